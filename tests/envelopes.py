"""A loopback Sentry that takes envelopes, or hangs; and what it was sent.

Source: contracts/sentry.md section 6.
"""

import gzip
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import pytest

PUBLIC_KEY: Final = "c0ffee0000000000000000000000dead"
PROJECT: Final = "42"


class SentryServer:
    """Where envelopes arrive. ``requests`` are their headers and bodies, unpacked."""

    def __init__(self, url: str) -> None:
        self.dsn = url.replace("://", f"://{PUBLIC_KEY}@") + f"/{PROJECT}"
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.arrived = threading.Condition()

    def take(self, path: str, headers: dict[str, str], body: bytes) -> None:
        with self.arrived:
            self.requests.append((path, headers, body))
            self.arrived.notify_all()

    @property
    def raw(self) -> str:
        """All bodies, as they were before they were packed."""
        return "\n".join(body.decode(errors="replace") for _, _, body in self.requests)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events of all envelopes, in the order of their arrival."""
        return [event for _, _, body in self.requests for event in events_in(body)]

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        """The events, as soon as there are so many."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.events) >= count, 20), self.requests
        return self.events


def events_in(body: bytes) -> Iterator[dict[str, Any]]:
    """The events of one envelope; other items are passed over."""
    _, _, rest = body.partition(b"\n")
    while rest:
        head, _, rest = rest.partition(b"\n")
        if not head:
            continue
        item = json.loads(head)
        length = item.get("length", rest.find(b"\n") if b"\n" in rest else len(rest))
        if item["type"] == "event":
            yield json.loads(rest[:length])
        rest = rest[length:]


@contextmanager
def sentry_server() -> Iterator[SentryServer]:
    """One that answers as Sentry does."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            server.take(self.path, dict(self.headers), body)
            answer = b'{"id": "1"}'
            self.send_response(200)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            """The test says what matters."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    server = SentryServer(f"http://127.0.0.1:{listening.server_address[1]}")
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()


@contextmanager
def hanging_server() -> Iterator[str]:
    """The DSN of one that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://{PUBLIC_KEY}@127.0.0.1:{listening.getsockname()[1]}/{PROJECT}"


def absent_server() -> str:
    """The DSN of a port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    return f"http://{PUBLIC_KEY}@127.0.0.1:{port}/{PROJECT}"


@pytest.fixture
def sentry() -> Iterator[SentryServer]:
    with sentry_server() as server:
        yield server
