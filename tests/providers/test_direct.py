"""The direct reader: what it makes of pages, and of websites that have none for it."""

import asyncio
import signal
import subprocess
import sys

import pytest

from plinthctl.domain.failures import FailureClass as F
from plinthctl.domain.failures import Usage
from plinthctl.domain.text import storable
from tests.providers.loopback import Loopback, Try, answer, drip, hang_up
from tests.providers.websites import PUBLIC, Names, Said, Visit, Wire, html, sent_on
from worker.page_reader.reading import read_page
from worker.providers import direct, page_text
from worker.providers.direct import DirectReader
from worker.providers.page_text import PageText

PARAGRAPH = "Acme makes heavy anvils for coyotes, in three sizes and five colours. "
ACME = f"""\
<html><head><title>Acme</title><meta name="description" content="Makes anvils"></head>
<body><nav><a href="/x">Home</a></nav><main><h1>Anvils</h1><p>{PARAGRAPH * 5}</p>
<h2>Sizes</h2><ul><li>A heavy one for the desert</li><li>A light one</li></ul></main>
<script>alert("nothing of this")</script><footer>Imprint</footer></body></html>
"""
SITE = "https://acme.example/"


def visit(pages, **names):
    of = {name.replace("_", "."): [[PUBLIC]] for name in ("acme_example", "www_acme_example")}
    return Visit(Wire(pages), Names(of | names))


@pytest.fixture
def here(monkeypatch):
    """Pages are read in this process, which takes a hundredth of the time."""

    async def read_here(body, charset):
        return PageText(**storable(read_page(body, charset)))

    monkeypatch.setattr(direct, "read_html", read_here)


def read(page):
    return visit({"acme.example/": page}).read(SITE)


def test_a_page_becomes_markdown():
    seen = visit({"acme.example/": html(ACME)})
    page = seen.read(SITE)
    assert (page.url, page.title, page.description) == (SITE, "Anvils", "Makes anvils")
    assert page.markdown.startswith(f"# Anvils\n\n{PARAGRAPH.strip()}")
    assert "- A heavy one for the desert" in page.markdown
    assert "alert" not in page.markdown
    assert page.provider == "direct"
    assert seen.attempt.spent == [Usage(calls=1, cost_usd=0.0)] * 2


@pytest.mark.parametrize(
    ("page", "markdown"),
    [
        pytest.param(html("<p>A fragment.</p>"), "A fragment.", id="a fragment"),
        pytest.param(html("<body><p>Out of <b>order</p></b>"), "Out of **order**", id="bad HTML"),
        pytest.param(html("# Hi\n\n<b>", "text/plain"), "# Hi\n\n<b>", id="plain text"),
        pytest.param(html(""), "", id="nothing"),
        pytest.param(html(b"\x00" * 9999), "", id="binary"),
        pytest.param(
            html("<p>Größe</p>".encode("cp1252"), "text/html; charset=ISO-8859-1"),
            "Größe",
            id="a charset by header",
        ),
        pytest.param(
            html("<meta charset='koi8-r'><p>Привет</p>".encode("koi8-r")),
            "Привет",
            id="a charset by the page",
        ),
        pytest.param(
            html("<p>Größe</p>".encode(), "text/html; charset=no-such"),
            "Größe",
            id="a charset that is none",
        ),
        pytest.param(html(b"<p>Gr\xf6\xdfe</p>"), "Größe", id="no charset, and no UTF-8"),
        pytest.param(Said(200, {}, b"<p>No type.</p>"), "No type.", id="no content type"),
    ],
)
@pytest.mark.usefixtures("here")
def test_odd_pages_are_read(page, markdown):
    assert read(page).markdown == markdown


@pytest.mark.usefixtures("here")
def test_a_title_without_an_end_is_cut():
    page = read(html(f"<title>{'long ' * 99_999}</title><p>Short.</p>"))
    assert len(page.title) <= 500
    assert page.title.endswith("…")


@pytest.mark.usefixtures("here")
def test_what_cannot_be_stored_is_replaced():
    assert read(html("<p>a&#0;b&#xD800;c</p>")).markdown.isprintable()


@pytest.mark.usefixtures("here")
def test_a_redirect_is_followed_and_the_last_address_is_kept():
    seen = visit(
        {
            "acme.example/": sent_on("//www.acme.example/", 301),
            "www.acme.example/": sent_on("home?a=1", 308),
            "www.acme.example/home?a=1": html("<p>Welcome.</p>"),
        }
    )
    page = seen.read(SITE)
    assert (page.url, page.markdown) == ("https://www.acme.example/home?a=1", "Welcome.")


@pytest.mark.usefixtures("here")
def test_a_cookie_goes_with_the_redirect_and_no_further():
    asked = []

    class Shy(Wire):
        async def handle_async_request(self, request):
            asked.append(request.headers.get("cookie"))
            answered = await super().handle_async_request(request)
            if request.url.path == "/" and request.headers.get("cookie") is None:
                answered.headers["location"] = "/"
                answered.headers["set-cookie"] = "seen=1"
                answered.status_code = 302
            return answered

    wire = Shy({"acme.example/": html("<p>Hello again.</p>")})
    seen = Visit(wire, Names({"acme.example": [[PUBLIC]]}))
    assert seen.read(SITE).markdown == "Hello again."
    assert asked == [None, None, "seen=1"]


@pytest.mark.parametrize(
    ("page", "expected", "code", "message"),
    [
        pytest.param(
            Said(404), F.INVALID_INPUT, None, f"The page {SITE} does not exist (404).", id="404"
        ),
        pytest.param(
            Said(410), F.INVALID_INPUT, None, f"The page {SITE} does not exist (410).", id="410"
        ),
        *(
            pytest.param(
                Said(status),
                F.CONTENT_REFUSED,
                None,
                f"The website acme.example refuses to be read ({status}).",
                id=str(status),
            )
            for status in (401, 403, 429, 451)
        ),
        *(
            pytest.param(
                Said(status),
                F.PROVIDER_UNAVAILABLE,
                None,
                f"The website acme.example is not working at the moment ({status}).",
                id=str(status),
            )
            for status in (500, 503)
        ),
        *(
            pytest.param(
                html(b"%PDF-1.7", kind),
                F.INVALID_INPUT,
                "not_a_page",
                f"What is at {SITE} is no web page.",
                id=kind,
            )
            for kind in ("application/pdf", "image/png", "application/json")
        ),
        pytest.param(
            html(" " * (4 * 1024**2 + 1)),
            F.INVALID_INPUT,
            "response_too_large",
            f"The page {SITE} is too large to be read.",
            id="more than 4 MB",
        ),
        pytest.param(
            sent_on("/"),
            F.INVALID_INPUT,
            "bad_redirect",
            "The website acme.example redirects without an end.",
            id="a loop",
        ),
        pytest.param(
            sent_on("http://acme.example/"),
            F.INVALID_INPUT,
            "bad_redirect",
            "The website acme.example redirects to an address without encryption.",
            id="a redirect to plain HTTP",
        ),
        pytest.param(
            sent_on("http://[x"),
            F.INVALID_INPUT,
            "bad_redirect",
            "The website acme.example redirects to an address that is none.",
            id="a redirect to nowhere",
        ),
        pytest.param(
            html("x", **{"content-encoding": "br"}),
            F.PROVIDER_UNAVAILABLE,
            None,
            "The website acme.example does not answer as it should.",
            id="a compression that was not asked for",
        ),
    ],
)
def test_a_website_without_a_page_for_us_is_told_of(page, expected, code, message):
    seen = visit({"acme.example/": page})
    failure = seen.failure(SITE)
    assert (failure.failure_class, failure.provider_code) == (expected, code)
    assert failure.message == message
    assert failure.provider == "direct"
    assert failure.user_fault is (expected is F.INVALID_INPUT)
    assert len(seen.wire.dialled) == len(seen.attempt.spent) <= 7


def test_a_website_that_does_not_exist_is_named():
    failure = visit({}).failure("https://nosuchfirm.example/x")
    assert (failure.failure_class, failure.provider_code) == (F.INVALID_INPUT, "no_such_host")
    assert failure.message == "The website nosuchfirm.example does not exist."


@pytest.mark.parametrize(
    ("robots", "page", "expected"),
    [
        pytest.param(html("User-agent: *\nDisallow: /x"), html("<p>Hi</p>"), None, id="allowed"),
        pytest.param(html("User-agent: *\nDisallow: /"), None, F.CONTENT_REFUSED, id="forbidden"),
        pytest.param(
            html("User-agent: plinthctl\nDisallow: /"), None, F.CONTENT_REFUSED, id="to us"
        ),
        pytest.param(html("User-agent: x\nDisallow: /"), html("<p>Hi</p>"), None, id="to others"),
        pytest.param(Said(403), html("<p>Hi</p>"), None, id="not to be had"),
        pytest.param(Said(503), None, F.PROVIDER_UNAVAILABLE, id="not at the moment"),
        pytest.param(sent_on("/robots.txt"), html("<p>Hi</p>"), None, id="a loop"),
        pytest.param(html("x" * 600_000), html("<p>Hi</p>"), None, id="too large"),
    ],
)
@pytest.mark.usefixtures("here")
def test_a_robots_file_is_kept_to(robots, page, expected):
    pages = {"acme.example/robots.txt": robots, "acme.example/": page or html("<p>No</p>")}
    seen = visit(pages)
    if expected is None:
        assert seen.read(SITE).markdown == "Hi"
    else:
        assert seen.failure(SITE).failure_class is expected
        assert len(seen.wire.dialled) == 1


def over_loopback(*answers, timeout_s=5.0):
    async def work(url):
        reader = DirectReader(timeout_s, allow_private=True)
        try:
            return await reader.read(f"{url}/", Try().call)
        finally:
            await reader.close()

    return Loopback(list(answers)).failure(work)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param(drip, F.NETWORK_TIMEOUT, id="a drip"),
        pytest.param(hang_up, F.PROVIDER_UNAVAILABLE, id="a hang-up"),
        pytest.param(b"chaos\r\n\r\n", F.PROVIDER_UNAVAILABLE, id="no HTTP"),
        pytest.param(
            answer(200, b"x" * 99, "Content-Type: text/html")[:-9],
            F.PROVIDER_UNAVAILABLE,
            id="a page that is cut short",
        ),
        pytest.param(
            answer(200, b"", "X: " + "x" * 200_000), F.PROVIDER_UNAVAILABLE, id="a long header"
        ),
    ],
)
def test_a_website_that_answers_badly_is_told_of(page, expected):
    timeout_s = 0.4 if page is drip else 5.0
    failure = over_loopback(answer(404, b""), page, timeout_s=timeout_s)
    assert failure.failure_class is expected
    assert failure.message.startswith("The website 127.0.0.1 ")


def test_a_page_of_great_depth_is_read_or_not_but_harms_nobody():
    assert read(html("<div>" * 200_000 + "x")).markdown == ""


@pytest.mark.parametrize(
    "program",
    [
        pytest.param("import os; os.abort()", id="one that crashes"),
        pytest.param("import sys; sys.exit(1)", id="one that gives up"),
        pytest.param("import time; time.sleep(60)", id="one that never ends"),
    ],
)
def test_a_page_that_is_too_much_for_its_reader_is_a_parse_error(monkeypatch, program):
    monkeypatch.setattr(page_text.programs, "command", lambda _: [sys.executable, "-c", program])
    monkeypatch.setattr(page_text, "READ_WITHIN_S", 1.0)
    failure = visit({"acme.example/": html("<p>Hi</p>")}).failure(SITE)
    assert failure.failure_class is F.PARSE_ERROR
    assert failure.message == f"The page {SITE} could not be read."


def test_a_reading_that_is_cancelled_leaves_no_process(monkeypatch):
    started, begun, real = [], asyncio.Event(), asyncio.create_subprocess_exec

    async def starting(*words, **options):
        started.append(await real(*words, **options))
        begun.set()
        return started[0]

    async def work():
        reading = asyncio.create_task(page_text.read_html(b"<p>Hi</p>", None))
        await begun.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading

    program = "import time; time.sleep(60)"
    monkeypatch.setattr(page_text.programs, "command", lambda _: [sys.executable, "-c", program])
    monkeypatch.setattr(page_text.asyncio, "create_subprocess_exec", starting)
    asyncio.run(work())
    assert [process.returncode for process in started] == [-signal.SIGKILL]


def test_the_process_that_reads_a_page_is_bounded_in_memory_and_time():
    code = (
        "import resource as r; from worker.page_reader.__main__ import bound; bound();"
        "print(r.getrlimit(r.RLIMIT_AS)[1] >> 20, r.getrlimit(r.RLIMIT_CPU)[1]);"
        "bytearray(600 << 20)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.split() == ["512", "10"]
    assert done.stderr.strip().endswith("MemoryError")


def test_the_process_that_reads_a_page_sees_no_key(monkeypatch):
    monkeypatch.setenv("PLINTHCTL_PROVIDERS_EXA_API_KEY", "sk-CANARY")
    program = "import os, sys; sys.exit(any('CANARY' in v for v in os.environ.values()) + 40)"
    monkeypatch.setattr(page_text.programs, "command", lambda _: [sys.executable, "-c", program])
    failure = visit({"acme.example/": html("<p>Hi</p>")}).failure(SITE)
    assert "ended with 40" in failure.detail
