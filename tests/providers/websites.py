"""Websites of a test: names that lead where it says, and a wire that keeps a record."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import httpx
import pytest

from plinthctl.domain.failures import Failure
from tests.providers.loopback import Try
from worker.context import Page, ProviderError
from worker.providers.dialling import LookUp, NoSuchHost
from worker.providers.direct import DirectReader

PUBLIC = "93.184.215.14"


@dataclass
class Names:
    """Looks names up in a table; the last answer of several stays."""

    table: Mapping[str, Sequence[Sequence[str]]]
    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        answers = self.table.get(host)
        if answers is None:
            raise NoSuchHost(host)
        self.asked.append(host)
        return answers[min(self.asked.count(host), len(answers)) - 1]


@dataclass
class Wire(httpx.AsyncBaseTransport):
    """Plays websites at literal addresses. ``pages`` by host and path; others are 404."""

    pages: Mapping[str, "Said"]
    dialled: list[str] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.dialled.append(request.url.host)
        asked = f"{request.headers['host']}{request.url.raw_path.decode()}"
        said = self.pages.get(asked, Said(404))
        headers = [(name.encode(), value.encode()) for name, value in said.headers.items()]
        stream = httpx.ByteStream(said.body)
        return httpx.Response(said.status, headers=headers, stream=stream)


@dataclass(frozen=True)
class Said:
    """What a website answers."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def html(body: str | bytes, kind: str = "text/html", **headers: str) -> Said:
    """A page that a reader takes."""
    content = body if isinstance(body, bytes) else body.encode()
    return Said(200, {"content-type": kind, **headers}, content)


def sent_on(to: str, status: int = 302) -> Said:
    """A redirect."""
    return Said(status, {"location": to})


@dataclass
class Visit:
    """One reading: of a public reader, unless it says otherwise."""

    wire: Wire
    names: LookUp
    attempt: Try = field(default_factory=Try)
    allow_private: bool = False

    def read(self, url: str) -> Page:
        async def work() -> Page:
            reader = DirectReader(
                5.0,
                allow_private=self.allow_private,
                look_up=self.names,
                dial=lambda: self.wire,
            )
            try:
                return await reader.read(url, self.attempt.call)
            finally:
                await reader.close()

        return asyncio.run(work())

    def failure(self, url: str) -> Failure:
        with pytest.raises(ProviderError) as caught:
            self.read(url)
        return caught.value.failure
