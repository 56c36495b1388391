"""What is wrong with a server, in our words: real servers, each in trouble."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Final

import pytest
from redis import exceptions as redis

from plinthctl.broker import bell, links, scripts
from plinthctl.broker.address import parse
from plinthctl.broker.trouble import told, unavailable, words
from plinthctl.errors import BellUnavailable, ExitCode
from tests.broker.ringing import NAMES, TYPE, bell_at, news, rings
from tests.valkeys import Valkey

CANARY: Final = "c4n4ry"


def nothing(_: Valkey) -> None: ...


def locked(server: Valkey) -> None:
    server.set("requirepass", CANARY)


def replica(server: Valkey) -> None:
    server.be_replica(read_only=True)


def lost_replica(server: Valkey) -> None:
    replica(server)
    server.set("replica-serve-stale-data", "no")


def full(server: Valkey) -> None:
    server.set("maxmemory", "1")


def lonely(server: Valkey) -> None:
    server.set("min-replicas-to-write", "3")


def squatted(server: Valkey) -> None:
    with server.client() as client:
        client.set(NAMES.queue(TYPE), "a text")


def user(rights: str) -> Callable[[Valkey], None]:
    def made(server: Valkey) -> None:
        with server.client() as client:
            client.execute_command(f"ACL SETUSER ana reset on >{CANARY} {rights}")

    return made


PLAIN: Final = "redis://127.0.0.1:{port}/0"
AS_ANA: Final = f"redis://ana:{CANARY}@127.0.0.1:{{port}}/0"


@pytest.mark.parametrize(
    ("trouble", "url", "said"),
    [
        pytest.param(Valkey.kill, PLAIN, "refuses connections", id="it is gone"),
        pytest.param(Valkey.kill, "unix://{socket}", "is not there", id="its socket is gone"),
        pytest.param(Valkey.freeze, PLAIN, "does not answer", id="it stands still"),
        pytest.param(locked, PLAIN, "wants a password", id="it has a password, we have none"),
        pytest.param(
            locked, "redis://:no@127.0.0.1:{port}", "refuses the password", id="another password"
        ),
        pytest.param(
            nothing, "redis://127.0.0.1:{port}/99", "has no database of that number", id="database"
        ),
        pytest.param(replica, PLAIN, "is read-only", id="it has become a replica"),
        pytest.param(
            lost_replica, PLAIN, "is a replica that has lost its master", id="a lost replica"
        ),
        pytest.param(full, PLAIN, "has no memory left", id="it is full"),
        pytest.param(
            lonely, PLAIN, "has too few replicas and refuses changes", id="it has no replicas"
        ),
        pytest.param(
            squatted,
            PLAIN,
            "holds something else under a name of plinthctl's",
            id="somebody has taken a name of ours",
        ),
        pytest.param(
            user("~* &* +@all -eval"), AS_ANA, "does not let its user do this (ACL)", id="no EVAL"
        ),
        pytest.param(
            user("~plinthctl:* &* +@all"), AS_ANA, "does not let its user do this", id="no payloads"
        ),
        pytest.param(
            user("~* +@all"), AS_ANA, "does not let its user do this (ACL)", id="no channels"
        ),
        pytest.param(user("~* &* +@all off"), AS_ANA, "refuses the password", id="the user is off"),
    ],
)
def test_a_server_in_trouble_is_told_in_our_words(
    valkey: Valkey, trouble: Callable[[Valkey], None], url: str, said: str
) -> None:
    address = url.format(port=valkey.port, socket=valkey.socket)
    trouble(valkey)
    with pytest.raises(BellUnavailable) as failed:
        rings(address)([news()])
    error = failed.value
    assert f"Redis at {parse(address).shown} {said}" in error.message
    assert error.exit_code is ExitCode.UNAVAILABLE
    assert "jobs run all the same" in (error.fix or "")
    assert CANARY not in f"{error!r} {error.why} {error.fix}"


def test_a_server_without_room_is_told(valkey: Valkey) -> None:
    valkey.set("maxclients", "1")
    with valkey.client() as holder:
        holder.ping()
        with pytest.raises(BellUnavailable) as failed:
            rings(valkey.url)([news()])
    # Its answer is lost where it hangs up before we have said anything.
    assert failed.value.message.partition(".sock ")[2] in {
        "has no room for another connection",
        "hung up",
    }


def test_a_script_of_somebodys_that_never_ends_is_told(valkey: Valkey) -> None:
    valkey.set("busy-reply-threshold", "1")
    with valkey.client() as client:
        busy: Any = client.connection_pool.get_connection()
        busy.send_command("EVAL", "while true do end", 0)
        with pytest.raises(BellUnavailable, match="is busy with a script of somebody's"):
            rings(valkey.url)([news()])
        client.script_kill()


@contextmanager
def _listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """The port of something else than Redis."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        yield server.getsockname()[1]


def hangs_up(server: socket.socket) -> None:
    server.accept()[0].close()


def drips(server: socket.socket) -> None:
    """An answer that takes two seconds, byte by byte."""
    connection = server.accept()[0]
    with connection, suppress(OSError):
        for _ in range(40):
            connection.sendall(b"+")
            time.sleep(0.05)


def test_a_server_that_hangs_up_is_told() -> None:
    with _listening(hangs_up) as port, pytest.raises(BellUnavailable, match="hung up"):
        rings(f"redis://127.0.0.1:{port}")([news()])


def test_a_server_that_is_no_redis_is_told() -> None:
    class Web(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Web) as web:
        threading.Thread(target=web.serve_forever, args=(0.01,), daemon=True).start()
        with pytest.raises(BellUnavailable, match="does not speak Redis's protocol"):
            rings(f"redis://127.0.0.1:{web.server_port}")([news()])
        web.shutdown()


def test_a_host_that_is_not_found_is_told() -> None:
    with pytest.raises(BellUnavailable, match="is on a host that is not found"):
        rings("redis://nowhere.invalid")([news()])


@pytest.mark.parametrize("use", ["ring", "ear"])
def test_a_name_that_is_looked_up_for_too_long_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, use: str
) -> None:
    found = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found.wait(30))
    monkeypatch.setattr(bell, "IN_ALL_S", 0.1)
    far = bell_at("redis://far.example")
    with pytest.raises(BellUnavailable, match="does not answer"):
        far.ring([news()]) if use == "ring" else far.ear([news().job_id])
    found.set()


def test_an_answer_that_drips_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "IN_ALL_S", 0.3)
    with _listening(drips) as port, pytest.raises(BellUnavailable, match="does not answer"):
        rings(f"redis://127.0.0.1:{port}")([news()])


def test_what_a_worker_meets_is_told_in_the_same_words(valkey: Valkey) -> None:
    async def pop() -> None:
        address = parse(f"redis://localhost:{valkey.port}")
        with told(address.shown):
            async with links.pool(address) as link:
                await link.register_script(scripts.POP)(keys=[], args=["me", 0, 1, 1])

    asyncio.run(pop())
    valkey.kill()
    with pytest.raises(BellUnavailable, match=r"at redis://localhost:.* refuses connections"):
        asyncio.run(pop())


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(
            OSError("Multiple exceptions: [Errno 111] Connect call failed, [Errno 111] no"),
            "refuses connections",
            id="a host with two addresses, as asyncio tells it",
        ),
        pytest.param(
            redis.ResponseError("Error running script (call to f_1): user_script: -READONLY no"),
            "is read-only",
            id="a script's error as Redis 6 tells it",
        ),
        pytest.param(redis.ResponseError("MOVED 1 127.0.0.1:7"), "is a cluster", id="a cluster"),
        pytest.param(redis.ResponseError("MISCONF save"), "cannot write to its disk", id="a disk"),
        pytest.param(redis.BusyLoadingError("LOADING"), "is still loading", id="it loads"),
        pytest.param(
            redis.NoPermissionError("User BUSY may not"), "does not let", id="a user named BUSY"
        ),
        pytest.param(
            redis.ConnectionError("Error 5 connecting to /BUSY/x.sock"), "hung up", id="a path"
        ),
        pytest.param(redis.ResponseError("ERR of a new kind"), "answers with an error", id="new"),
        pytest.param(
            redis.ResponseError("Command # 1 (EVAL BUSY) of pipeline caused error: new kind"),
            "answers with an error",
            id="a command that holds the word",
        ),
    ],
)
def test_an_error_is_told_in_our_words(error: Exception, said: str) -> None:
    assert words(error).startswith(said)
    assert str(error) not in unavailable("redis://h", error).message
