"""A loopback server that is told: it keeps what is posted to it."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.e2e.program import wait_for


@dataclass
class Ear:
    """What it heard, and how it answers: a status, or nothing for as long as it is held."""

    port: int = 0
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    heard: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    held: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.held.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def apprise_url(self) -> str:
        return f"json://127.0.0.1:{self.port}/push"

    def hang(self) -> None:
        """Take connections and never answer."""
        self.held.clear()

    def hears(self, count: int) -> list[dict[str, Any]]:
        """What it was told, once it is so much."""
        wait_for(lambda: len(self.heard) >= count, f"{count} messages, heard {self.heard}")
        return self.heard


@contextmanager
def listening() -> Iterator[Ear]:
    """An ear on a free port of its own."""
    ear = Ear()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            ear.held.wait()
            ear.paths.append(self.path)
            ear.heard.append(json.loads(body))
            self.send_response(ear.status)
            for name, value in ear.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

        def handle(self) -> None:
            with suppress(OSError):  # whoever asked has left
                super().handle()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    ear.port = server.server_address[1]
    serving = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    serving.start()
    try:
        yield ear
    finally:
        ear.held.set()
        server.shutdown()
        server.server_close()


def ended(pid: int, patience_s: float = 10.0) -> bool:
    """Whether a process is gone, or a zombie, within that time."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.02)
    return False
