"""What is too much for a machine is stopped early: in memory and in time, by every client.

Memory is the peak of a process of its own: nothing before it has raised that already.
"""

import asyncio
import gzip
import json
import sys
import zlib

import pytest

from tests.providers.bounded_client import TIMEOUT_S
from tests.providers.loopback import answer, drip, length

MOST_GROWTH_MB = 50
MOST_TIME_S = TIMEOUT_S + 10  # the machine may be busy
BOMB_MB = 200


@pytest.fixture(scope="module")
def bomb():
    """200 MB of blanks in about 194 kB."""
    packer = zlib.compressobj(9, wbits=31)
    block = b" " * 1_000_000
    body = b"".join([*(packer.compress(block) for _ in range(BOMB_MB)), packer.flush()])
    assert 190_000 < len(body) < 200_000
    return body


def as_page(body, *headers):
    return answer(200, body, "Content-Type: text/html", *headers)


async def endless(writer: asyncio.StreamWriter) -> None:
    """A body without an end, as fast as it is taken."""
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    while not writer.is_closing():
        writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        await writer.drain()


def answers(bomb, kind):
    return {
        "good": as_page(b"{}"),
        "bomb": as_page(bomb, "Content-Encoding: gzip"),
        "drip": drip,
        "endless": endless,
        "deep": as_page(b"<div>" * 200_000 if kind == "direct" else b"[" * 100_000),
        "wide": as_page(gzip.compress(b"[" + b"[]," * 6_000_000), "Content-Encoding: gzip"),
        "loop": answer(302, b"", "Location: /loop"),
    }


class Site:
    """Answers by the first part of the path, whatever follows; a robots.txt is none."""

    def __init__(self, played):
        self._played = played

    async def serve(self, reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(length(head))
            part = head.split(b" ", 2)[1].decode().split("/")[1].partition("?")[0]
            said = self._played.get(part, answer(404, b""))
            if isinstance(said, bytes):
                writer.write(said)
                await writer.drain()
            else:
                await said(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def outcomes(kind, played):
    server = await asyncio.start_server(Site(played).serve, "127.0.0.1", 0)
    root = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.providers.bounded_client", kind),
        *(f"{root}/{name}" for name in played),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await child.communicate()
    server.close()
    assert child.returncode == 0
    lines = [json.loads(line) for line in said.splitlines()]
    return dict(zip(list(played)[1:], lines, strict=True))


API = {
    "bomb": "parse_error response_too_large",
    "drip": "network_timeout None",
    "endless": "parse_error response_too_large",
    "deep": "parse_error invalid_json",
    "wide": "parse_error response_too_large",
    "loop": "unknown None",
}
ENDS = {
    "direct": {
        "bomb": "invalid_input response_too_large",
        "drip": "network_timeout None",
        "endless": "invalid_input response_too_large",
        "deep": "read",
        "wide": "invalid_input response_too_large",
        "loop": "invalid_input bad_redirect",
    },
    "exa": API,  # as Firecrawl and G2, whose client is the same
    "llm": {**API, "deep": "parse_error None"},
}


@pytest.mark.parametrize("kind", ENDS)
def test_what_is_too_much_is_stopped_early_and_classed(bomb, kind):
    found = asyncio.run(outcomes(kind, answers(bomb, kind)))
    assert {name: one["ended"] for name, one in found.items()} == ENDS[kind]
    assert sum(one["grew_mb"] for one in found.values()) < MOST_GROWTH_MB, found
    assert all(one["took_s"] < MOST_TIME_S for one in found.values()), found
