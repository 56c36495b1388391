"""A way to a PostgreSQL server that can be cut and mended, on loopback."""

import socket
import threading
from contextlib import suppress
from typing import Self

from sqlalchemy.engine import make_url

CHUNK_BYTES = 65_536


class Relay:
    """Passes on what clients and the server say; ``url`` leads through it."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self._server = f"{parsed.query['host']}/.s.PGSQL.{parsed.port or 5432}"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port = self._listener.getsockname()[1]
        through = parsed.difference_update_query(["host", "port"])
        self.url = through.set(host="127.0.0.1", port=self._port).render_as_string(
            hide_password=False
        )
        self._open: list[socket.socket] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    def cut(self) -> None:
        """Hang up, and let nobody in."""
        _close(self._listener)
        while self._open:
            _close(self._open.pop())

    def mend(self) -> None:
        """Let everybody in again."""
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self.__enter__()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                self._open += [client, server]
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while said := one.recv(CHUNK_BYTES):
            other.sendall(said)
    _close(other)


def _close(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
