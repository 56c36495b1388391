"""Getting in: passwords, users with few rights, sockets and TLS, for workers and submitters."""

import asyncio
import re
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from plinthctl.broker import links, scripts
from plinthctl.broker.address import parse
from plinthctl.broker.announcer import Announcer
from plinthctl.broker.names import WORK
from plinthctl.broker.trouble import told
from plinthctl.errors import BellUnavailable
from tests.broker.desks import Desk, carrying
from tests.broker.ringing import NAMES, TYPE, bell_at, news
from tests.broker.tls import Authority, tls_before
from tests.valkeys import Valkey

README: Final = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
RULE: Final = re.search(r"ACL SETUSER plinth on >secret ((?:.|\n)+?)\n```", README)
RIGHTS: Final = tuple(RULE[1].split()) if RULE else ()
OF_SUBMITTERS: Final = RULE[1].rpartition("\n")[0].split() if RULE else []
LONG_S: Final = 20.0


def use(url: str) -> None:
    """All that workers and submitters ever do with a server."""
    with told(parse(url).shown):
        asyncio.run(_work(url))
    _submit_and_follow(url)


async def _work(url: str) -> None:
    desk, announcer, job = Desk(), Announcer(), news()
    async with links.pool(parse(url)) as link, carrying(url, desk):
        saying = asyncio.create_task(announcer.say_all(link, NAMES))
        announcer.hear([job])
        taken = asyncio.create_task(desk.sees(lambda: desk.taken))
        ended, going = await asyncio.wait({saying, taken}, return_when=asyncio.FIRST_COMPLETED)
        for task in going:
            task.cancel()
        for task in ended:
            task.result()
        desk.free = 0
        await desk.looks_again()
        relay = link.register_script(scripts.RELAY)
        await relay(keys=[NAMES.idle(TYPE)], args=[NAMES.wake_prefix, WORK])


def _submit_and_follow(url: str) -> None:
    bell, job = bell_at(url), news()
    ear = bell.ear([job.job_id])
    assert ear is not None
    try:
        bell.ring([job])
        assert ear.wait(LONG_S) == {job.job_id}
        ear.wait(0.0)  # asks for a sign of life, and reads it
        ear.wait(0.1)
    finally:
        ear.close()


def plinth(valkey: Valkey, rights: str) -> str:
    """The address of a user with these rights."""
    with valkey.client() as client:
        client.execute_command(f"ACL SETUSER plinth reset on >secret {rights}")
    return f"redis://plinth:secret@127.0.0.1:{valkey.port}/1"


# -- passwords, users, sockets -------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("redis://127.0.0.1:{port}", id="redis://"),
        pytest.param("valkey://localhost:{port}/2", id="valkey://"),
        pytest.param("unix://{socket}?db=3", id="unix://"),
    ],
)
def test_an_open_server_is_used(valkey: Valkey, url: str) -> None:
    use(url.format(port=valkey.port, socket=valkey.socket))


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("redis://:p%40%3A%2Fw@127.0.0.1:{port}", id="in its usual place"),
        pytest.param("redis://127.0.0.1:{port}?password=p%40%3A%2Fw", id="behind ?"),
        pytest.param("redis://default:p%40%3A%2Fw@127.0.0.1:{port}", id="with the user"),
        pytest.param("unix://{socket}?password=p%40%3A%2Fw", id="for a socket"),
        pytest.param("unix://:p%40%3A%2Fw@{socket}", id="for a socket, in its usual place"),
    ],
)
def test_a_password_opens(valkey: Valkey, url: str) -> None:
    valkey.set("requirepass", "p@:/w")
    use(url.format(port=valkey.port, socket=valkey.socket))


def test_the_readmes_rights_are_enough(valkey: Valkey) -> None:
    assert RIGHTS
    use(plinth(valkey, " ".join(RIGHTS)))


def test_those_without_the_last_line_are_enough_to_submit_and_watch(valkey: Valkey) -> None:
    _submit_and_follow(url := plinth(valkey, " ".join(OF_SUBMITTERS)))
    with pytest.raises(BellUnavailable, match="does not let"), told("it"):
        asyncio.run(_work(url))


@pytest.mark.parametrize("right", OF_SUBMITTERS)
def test_whoever_submits_and_watches_needs_each_of_them(valkey: Valkey, right: str) -> None:
    url = plinth(valkey, " ".join(one for one in OF_SUBMITTERS if one != right))
    with pytest.raises(BellUnavailable, match="does not let its user do this"):
        _submit_and_follow(url)


@pytest.mark.parametrize("right", [one for one in RIGHTS if one not in OF_SUBMITTERS])
def test_a_worker_needs_those_of_the_last_line_too(valkey: Valkey, right: str) -> None:
    url = plinth(valkey, " ".join(one for one in RIGHTS if one != right))
    with pytest.raises(BellUnavailable, match="does not let its user do this"):
        use(url)


# -- TLS -----------------------------------------------------------------------------------


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def test_tls_with_a_certificate_that_is_trusted(valkey: Valkey, authority: Authority) -> None:
    with tls_before(valkey, authority.context("localhost", "127.0.0.1")) as port:
        use(f"rediss://localhost:{port}/1?ssl_ca_certs={authority.file}")
        use(f"rediss://127.0.0.1:{port}?ssl_ca_certs={authority.file}")


def test_tls_with_password_and_a_certificate_of_the_clients(
    valkey: Valkey, authority: Authority
) -> None:
    valkey.set("requirepass", "secret")
    own = f"ssl_ca_certs={authority.file}&{authority.client_files()}"
    with tls_before(valkey, authority.context("localhost", of_clients=True)) as port:
        use(f"rediss://:secret@localhost:{port}?{own}")


def _another_name(authority: Authority) -> ssl.SSLContext:
    return authority.context("other.example")


def _own_name(authority: Authority) -> ssl.SSLContext:
    return authority.context("localhost")


def _wants_ours(authority: Authority) -> ssl.SSLContext:
    return authority.context("localhost", of_clients=True)


@pytest.mark.parametrize(
    ("context", "options", "said"),
    [
        pytest.param(
            _another_name,
            "?ssl_ca_certs={ca}",
            "has a certificate that is not trusted: Hostname mismatch",
            id="it is another host's",
        ),
        pytest.param(
            _own_name,
            "",
            "has a certificate that is not trusted: ",
            id="nobody known has signed it",
        ),
        pytest.param(
            _wants_ours, "?ssl_ca_certs={ca}", "(does not speak TLS|hung up)", id="it wants ours"
        ),
    ],
)
def test_tls_that_is_not_as_it_should_be_is_told(
    valkey: Valkey,
    authority: Authority,
    context: Callable[[Authority], ssl.SSLContext],
    options: str,
    said: str,
) -> None:
    with tls_before(valkey, context(authority)) as port:
        url = f"rediss://localhost:{port}{options.format(ca=authority.file)}"
        with pytest.raises(BellUnavailable, match=f"^Redis at rediss://localhost:{port}/0 {said}"):
            bell_at(url).ring([news()])
        with pytest.raises(BellUnavailable, match=said), told(parse(url).shown):
            asyncio.run(_work(url))


def test_a_server_without_tls_does_not_answer_to_it(valkey: Valkey) -> None:
    with pytest.raises(BellUnavailable, match="does not answer to TLS") as failed:
        bell_at(f"rediss://127.0.0.1:{valkey.port}").ring([news()])
    assert "redis:// is without TLS" in (failed.value.fix or "")


def test_a_server_with_tls_does_not_understand_what_is_without(
    valkey: Valkey, authority: Authority
) -> None:
    with tls_before(valkey, authority.context("localhost")) as port:
        url = f"redis://:secret@localhost:{port}"
        with pytest.raises(BellUnavailable, match=r"hung up|does not speak") as failed:
            bell_at(url).ring([news()])
    assert "rediss:// with it" in (failed.value.fix or "")
