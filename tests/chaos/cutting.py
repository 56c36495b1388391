"""Answers to a COMMIT that never arrive, on both databases.

A cutter is armed with a word that the transaction must have carried (the kind of
an event, say). It cuts once for each arming, before or after the COMMIT was done.
"""

import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import make_url

from plinthctl.store import Store, open_store
from plinthctl.store.sqlite import SqliteDatabase, driver

COMMIT = b"COMMIT\0"  # the query, and the tag of its answer
CHUNK_BYTES = 65_536


class When(StrEnum):
    BEFORE = "before the commit"
    AFTER = "after the commit"


@dataclass
class Cutter:
    """What is still to be cut. The armings are used in their order for a word."""

    cuts: int = 0
    _armed: deque[tuple[bytes, When]] = field(default_factory=deque)
    _changing: threading.Lock = field(default_factory=threading.Lock)

    def arm(self, word: str, when: When = When.AFTER) -> None:
        self._armed.append((word.encode(), when))

    def due(self, said: bytes) -> When | None:
        """Whether the transaction that said this is to be cut; uses the arming up."""
        with self._changing:
            for one in self._armed:
                if one[0] in said:
                    self._armed.remove(one)
                    self.cuts += 1
                    return one[1]
        return None


@contextmanager
def cut_store(url: str) -> Iterator[tuple[Store, Cutter]]:
    """A store whose answers can be cut off."""
    cutter = Cutter()
    if url.startswith("sqlite"):
        store = open_store(url)
        assert isinstance(store._database, SqliteDatabase)
        _cut_commits(store._database._writer_engine, cutter)
        yield store, cutter
        store.close()
        return
    with Proxy(url, cutter) as proxy:
        store = open_store(proxy.url)
        yield store, cutter
        store.close()


def _cut_commits(engine: Any, cutter: Cutter) -> None:
    """Let COMMIT fail as it does when the disk goes away: with an error of the driver's."""
    said: list[str] = []
    commit = engine.dialect.do_commit

    def hear(*heard: Any) -> None:
        said.append(f"{heard[2]} {heard[3]}")

    def begin(_connection: Any) -> None:
        said.clear()

    def cut_or_commit(connection: Any) -> None:
        when = cutter.due("\n".join(said).encode())
        if when is not When.BEFORE:
            commit(connection)
        if when is not None:
            raise driver.OperationalError("disk I/O error")

    event.listen(engine, "before_cursor_execute", hear)
    event.listen(engine, "begin", begin)
    engine.dialect.do_commit = cut_or_commit


class Proxy:
    """Stands before a PostgreSQL server's socket, on loopback."""

    def __init__(self, url: str, cutter: Cutter) -> None:
        parsed = make_url(url)
        folder = parsed.query["host"]
        self._server = f"{folder}/.s.PGSQL.{parsed.port or 5432}"
        self._cutter = cutter
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        through = parsed.difference_update_query(["host", "port"]).set(host="127.0.0.1", port=port)
        self.url = through.render_as_string(hide_password=False)
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, name="proxy")

    def __enter__(self) -> "Proxy":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        for one in self._open:
            _hang_up(one)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                self._open += [client, server]
                _Conversation(client, server, self._cutter).start()


class _Conversation:
    """One connection through the proxy."""

    def __init__(self, client: socket.socket, server: socket.socket, cutter: Cutter) -> None:
        self._client = client
        self._server = server
        self._cutter = cutter
        self._said = b""  # by the client since its transaction began
        self._doomed = False

    def start(self) -> None:
        for talk in (self._ask, self._answer):
            threading.Thread(target=talk, name="proxy", daemon=True).start()

    def _ask(self) -> None:
        with suppress(OSError):
            while asked := self._client.recv(CHUNK_BYTES):
                self._said = asked if b"BEGIN" in asked else self._said + asked
                when = self._cutter.due(self._said) if COMMIT in asked else None
                if when is When.BEFORE:
                    break
                self._doomed = when is When.AFTER
                self._server.sendall(asked)
        self._end()

    def _answer(self) -> None:
        with suppress(OSError):
            while answer := self._server.recv(CHUNK_BYTES):
                if self._doomed and COMMIT in answer:
                    break
                self._client.sendall(answer)
        self._end()

    def _end(self) -> None:
        _hang_up(self._client)
        _hang_up(self._server)


def _hang_up(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
