"""A loopback server that answers with exact bytes, and a try's calling card."""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import pytest

from plinthctl.domain.failures import Failure, Usage
from worker.context import Call, ProviderError

KEY = "key-0123456789abcdef"


@dataclass
class Try:
    """One try: its request id, and what it was told to spend."""

    request_id: str = "job_1:step:1"
    spent: list[Usage] = field(default_factory=list)

    @property
    def call(self) -> Call:
        return Call(self.request_id, self.spent.append)


@dataclass
class Loopback:
    """Plays the given answers, one a connection, and keeps what it was sent."""

    answers: Sequence[bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]]
    requests: list[bytes] = field(default_factory=list)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.requests.append(head + await reader.readexactly(length(head)))
            answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def run(
        self, work: Callable[[str], Awaitable[object]], tls: ssl.SSLContext | None = None
    ) -> object:
        """What ``work`` returns, given the server's address."""

        async def served() -> object:
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
            port = server.sockets[0].getsockname()[1]
            try:
                return await work(f"http://127.0.0.1:{port}")
            finally:
                server.close()

        return asyncio.run(served())

    def failure(
        self, work: Callable[[str], Awaitable[object]], tls: ssl.SSLContext | None = None
    ) -> Failure:
        """The failure that ``work`` ends in."""
        with pytest.raises(ProviderError) as caught:
            self.run(work, tls)
        return caught.value.failure


def length(head: bytes) -> int:
    """How long the body of a request is."""
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


def answer(status: int, body: object, *headers: str) -> bytes:
    """A whole HTTP answer; ``body`` is bytes, or becomes JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [
        f"HTTP/1.1 {status} Because",
        f"Content-Length: {len(content)}",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


async def drip(writer: asyncio.StreamWriter) -> None:
    """Promise a body and send a blank of it now and then."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)  # the misbehaviour itself, not a wait of the test


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Answer nothing."""
    writer.close()
