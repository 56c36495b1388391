"""Addresses that come from data lead to public websites, or nothing is sent to them."""

import asyncio
import socket
import ssl

import httpx
import pytest
import trustme

from plinthctl.domain.failures import FailureClass as F
from tests.providers.loopback import Loopback, Try, answer
from tests.providers.websites import PUBLIC, Names, Visit, Wire, html, sent_on
from worker.context import ProviderError
from worker.providers import dialling
from worker.providers.dialling import NotDialled, NotPublic, PublicTransport, one_by_one
from worker.providers.direct import DirectReader

# Every form of RELIABILITY.md S3, and some more.
FORMS = [
    pytest.param("http://127.0.0.1/", id="this machine"),
    pytest.param("http://127.1/", id="two parts"),
    pytest.param("http://127.0.1/", id="three parts"),
    pytest.param("http://2130706433/", id="one decimal number"),
    pytest.param("http://0x7f000001/", id="one hexadecimal number"),
    pytest.param("http://0x7f.1/", id="a hexadecimal part"),
    pytest.param("http://0177.0.0.1/", id="an octal part"),
    pytest.param("http://017700000001/", id="one octal number"),
    pytest.param("http://①②⑦.⓪.⓪.①/", id="circled digits"),
    pytest.param("http://１２７.0.0.1/", id="full-width digits"),
    pytest.param("http://127。0。0。1/", id="ideographic dots"),
    pytest.param("http://0/", id="zero"),
    pytest.param("http://0.0.0.0/", id="four zeros"),
    pytest.param("http://localhost/", id="localhost"),
    pytest.param("http://LOCALHOST/", id="LOCALHOST"),
    pytest.param("http://localhost./", id="localhost with the root's dot"),
    pytest.param("http://10.0.0.1/", id="a private network"),
    pytest.param("http://169.254.169.254/latest/meta-data/", id="metadata"),
    pytest.param("http://100.100.100.200/", id="metadata elsewhere"),
    pytest.param("http://metadata/", id="a name without a dot"),
    pytest.param("http://[::1]/", id="IPv6"),
    pytest.param("http://[::]/", id="IPv6, none"),
    pytest.param("http://[::ffff:127.0.0.1]/", id="mapped"),
    pytest.param("http://[::ffff:7f00:1]/", id="mapped, in hexadecimal"),
    pytest.param("http://[::127.0.0.1]/", id="compatible"),
    pytest.param("http://[64:ff9b::169.254.169.254]/", id="NAT64"),
    pytest.param("http://[2002:7f00:1::]/", id="6to4"),
    pytest.param("http://[fe80::1%25lo]/", id="with a zone"),
    pytest.param("http://[fd00:ec2::254]/", id="metadata in IPv6"),
    pytest.param("http://8.8.8.8/", id="a public number, which no website is named"),
    pytest.param("http://good.example@127.0.0.1/", id="a user that looks like a host"),
    pytest.param("http://good.example:x@good.example/", id="a password"),
    pytest.param("http://good.example\\@127.0.0.1/", id="a backslash"),
    pytest.param("http://127.0.0.1:80@good.example/", id="a host that is a user"),
    pytest.param("https://good.example:22/", id="a port of another service"),
    pytest.param("http://good.example:6379/", id="a port of a database"),
    pytest.param("http://good.example:99999/", id="a port past the last"),
    pytest.param("file:///etc/passwd", id="a file"),
    pytest.param("gopher://good.example/", id="gopher"),
    pytest.param("ftp://good.example/", id="FTP"),
    pytest.param("data:text/html,x", id="data"),
    pytest.param("javascript:alert(1)", id="a script"),
    pytest.param("http://good.example\t.evil.example/", id="a tab"),
    pytest.param("http://good.example/\r\nHost: x", id="a line of its own"),
    pytest.param(f"http://{'a' * 300}.example/", id="a label of 300"),
    pytest.param(f"http://{'a.' * 200}example/", id="a name of 400"),
    pytest.param("http://.../", id="dots only"),
    pytest.param("http://private.example/", id="a name that leads inside"),
    pytest.param("http://mixed.example/", id="a name that leads inside and outside"),
    pytest.param("http://mixed6.example/", id="a name that leads inside by IPv6 only"),
    pytest.param("http://nat64.example/", id="a name that leads inside by NAT64"),
    pytest.param("http://nosuch.example/", id="a name that leads nowhere"),
]
# Of a redirect these are addresses of the website itself.
NO_WHOLE_ADDRESS = [
    pytest.param("http:x", id="a scheme and no host"),
    pytest.param("http:///x", id="no host"),
    pytest.param("//good.example/", id="no scheme"),
    pytest.param("good.example", id="a name only"),
    pytest.param("", id="nothing"),
]
NAMES = {
    "good.example": [[PUBLIC]],
    "private.example": [["10.0.0.7"]],
    "mixed.example": [[PUBLIC, "127.0.0.1"]],
    "mixed6.example": [["fd00:ec2::254", PUBLIC]],
    "nat64.example": [["64:ff9b::a9fe:a9fe"]],
    # What a system's resolver would make of them, if they got that far.
    **{
        form: [["127.0.0.1"]]
        for form in ("localhost", "localhost.", "127.1", "2130706433", "0x7f000001", "metadata")
    },
}


@pytest.mark.parametrize("url", [*FORMS, *NO_WHOLE_ADDRESS])
def test_as_a_company_url_it_is_refused_and_nothing_is_sent(url):
    visit = Visit(Wire({}), Names(NAMES))
    failure = visit.failure(url)
    assert (failure.failure_class, failure.provider) == (F.INVALID_INPUT, "direct")
    assert failure.user_fault
    assert visit.wire.dialled == []
    assert visit.attempt.spent == []


@pytest.mark.parametrize("url", [*FORMS, pytest.param("//127.0.0.1/", id="without a scheme")])
def test_as_a_redirects_target_it_is_refused_and_nothing_is_sent(url):
    visit = Visit(Wire({"good.example/": sent_on(url)}), Names(NAMES))
    failure = visit.failure("http://good.example/")
    assert (failure.failure_class, failure.provider_code) == (F.INVALID_INPUT, "bad_redirect")
    assert failure.message == (
        "The website good.example redirects to an address that cannot be read."
    )
    assert visit.wire.dialled == [PUBLIC, PUBLIC]  # robots.txt and the page
    assert [usage.calls for usage in visit.attempt.spent] == [1, 1]


@pytest.mark.parametrize(
    "host",
    [
        *("127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "0"),
        *("localhost", "127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254"),
    ],
)
def test_the_wire_is_guarded_by_itself_against_what_the_system_makes_of_a_name(host):
    async def work():
        wire, names = Wire({}), dialling.Names()
        transport = PublicTransport(names, wire, allow_private=False)
        try:
            with pytest.raises((NotDialled, httpx.InvalidURL)):
                await transport.handle_async_request(
                    httpx.Request("GET", httpx.URL(scheme="http", host=host, path="/"))
                )
        finally:
            names.close()
        return wire.dialled

    assert asyncio.run(work()) == []


def test_a_name_that_changes_its_answer_is_dialled_where_it_was_checked():
    names = Names({"rebound.example": [[PUBLIC], [PUBLIC], ["127.0.0.1"]]})
    wire = Wire({"rebound.example/": sent_on("/again")})
    failure = Visit(wire, names).failure("http://rebound.example/")
    assert failure.provider_code == "bad_redirect"
    assert wire.dialled == [PUBLIC, PUBLIC]
    assert names.asked == ["rebound.example"] * 3  # one look for each request, none after it


def test_all_addresses_of_a_name_are_tried_in_turn():
    class Flaky(Wire):
        async def handle_async_request(self, request):
            answered = await super().handle_async_request(request)
            if request.url.host != PUBLIC:
                raise httpx.ConnectError("no route")
            return answered

    wire = Flaky({"two.example/": html("<p>Here it is.</p>")})
    page = Visit(wire, Names({"two.example": [["2606:2800::1", PUBLIC]]})).read(
        "http://two.example/"
    )
    assert page.markdown == "Here it is."
    assert wire.dialled == ["2606:2800::1", PUBLIC] * 2


@pytest.mark.parametrize(
    ("url", "host"),
    [
        pytest.param("https://münchen.example/", "xn--mnchen-3ya.example", id="an international"),
        pytest.param("https://WWW.Good.example/", "www.good.example", id="one in capitals"),
        pytest.param("https://good.example./", "good.example.", id="one with the root's dot"),
        pytest.param("https://good.example:443/", "good.example", id="one with its usual port"),
    ],
)
def test_a_name_is_looked_up_and_asked_for_as_websites_know_it(url, host):
    visit = Visit(Wire({f"{host}/": html("text", "text/plain")}), Names({host: [[PUBLIC]]}))
    assert visit.read(url).markdown == "text"


class Canary:
    """A service of this machine that nobody should reach."""

    def __init__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]

    def was_reached(self):
        try:
            self._socket.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def close(self):
        self._socket.close()


@pytest.fixture
def canary(monkeypatch):
    canary = Canary()
    # Else the port alone would keep everybody away.
    monkeypatch.setattr(dialling, "WEB_PORTS", frozenset({canary.port}))
    yield canary
    canary.close()


@pytest.mark.parametrize(
    ("allow_private", "reached"),
    [
        pytest.param(False, False, id="by default not a packet goes inside"),
        pytest.param(True, True, id="by setting it does"),
    ],
)
def test_a_listening_service_of_this_machine(canary, allow_private, reached):
    async def work():
        names = Names({"inside.example": [["127.0.0.1"]]})
        reader = DirectReader(0.3, allow_private=allow_private, look_up=names)
        attempt = Try()
        with pytest.raises(ProviderError):
            await reader.read(f"http://inside.example:{canary.port}/", attempt.call)
        await reader.close()

    asyncio.run(work())
    assert canary.was_reached() is reached


@pytest.mark.parametrize("name", ["www.site.example", "other.example"])
def test_a_certificate_is_checked_for_the_name_and_not_for_the_address(monkeypatch, name):
    authority = trustme.CA()
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    monkeypatch.setattr(dialling, "trusted", lambda: trusting)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("www.site.example").configure_cert(serving)
    loopback = Loopback([answer(404, b""), answer(200, b"<p>Hi</p>", "Content-Type: text/html")])
    asked = []
    serving.sni_callback = lambda _socket, server_name, _context: asked.append(server_name)

    async def work(url):
        names = Names({name: [["127.0.0.1"]]})
        reader = DirectReader(5.0, allow_private=True, look_up=names, dial=one_by_one)
        port = url.rpartition(":")[2]
        try:
            return await reader.read(f"https://{name}:{port}/", Try().call)
        finally:
            await reader.close()

    if name == "www.site.example":
        assert loopback.run(work, tls=serving).markdown == "Hi"
        assert b"Host: www.site.example:" in loopback.requests[1]
        assert asked[-1] == "www.site.example"
    else:
        failure = loopback.failure(work, tls=serving)
        assert failure.message == (
            "The website other.example has a certificate that cannot be trusted."
        )
        assert loopback.requests == []


def test_a_look_up_that_nobody_answers_is_no_fault_of_the_address(monkeypatch):
    def away(*_, **__):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", away)
    names = dialling.Names()
    failure = Visit(Wire({}), names).failure("http://good.example/")
    names.close()
    assert failure.failure_class is F.PROVIDER_UNAVAILABLE
    assert failure.message == "The website good.example cannot be looked up at the moment."


def test_a_name_without_addresses_leads_nowhere():
    with pytest.raises(NotDialled):
        transport = PublicTransport(Names({"a.example": [[]]}), Wire({}), allow_private=False)
        asyncio.run(transport.handle_async_request(httpx.Request("GET", "http://a.example")))
    assert issubclass(NotPublic, NotDialled)
