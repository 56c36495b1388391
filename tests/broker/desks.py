"""Carriers at work for desks that only write down what is brought to them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from plinthctl.broker.address import parse
from plinthctl.broker.carrier import Carrier
from plinthctl.broker.links import pool
from tests.broker.ringing import NAMES, TYPE
from tests.stores import an_id

WITHIN_S = 20.0


class Desk:
    """A worker with so much room, which fills up unless `keeps` is said to be False."""

    def __init__(self, room: int = 10, *types: str, keeps: bool = True) -> None:
        self.worker_id = an_id()
        self.types = types or (TYPE,)
        self.free = room
        self.taken: list[str] = []
        self.batches: list[list[str]] = []
        self.looks = 0
        self.looked_at = 0  # times that deliveries were looked for
        self._keeps = keeps
        self._changed = asyncio.Event()
        self._turn = asyncio.Lock()
        self.carrier: Any = None
        self._at_work: asyncio.Task[None] | None = None

    def room(self) -> int:
        return self.free

    @asynccontextmanager
    async def claiming(self) -> AsyncIterator[None]:
        async with self._turn:
            self.batches.append([])
            yield

    async def take(self, job_id: str) -> None:
        self.taken.append(job_id)
        self.batches[-1].append(job_id)
        self.free -= self._keeps
        self._changed.set()

    def look(self) -> None:
        self.looks += 1
        self._changed.set()

    def ready(self) -> None:
        """It has looked, and waits."""
        self.looked_at += 1
        self._changed.set()

    def starts(self, carrier: Carrier) -> "asyncio.Task[None]":
        self.carrier = carrier
        self._at_work = asyncio.create_task(carrier.async_run())
        self._at_work.add_done_callback(lambda _: self._changed.set())
        return self._at_work

    async def sees(self, wanted: Callable[[], Any]) -> None:
        """Return as soon as it is so. Raises what has ended its carrier."""
        async with asyncio.timeout(WITHIN_S):
            while not wanted():
                if self._at_work is not None and self._at_work.done():
                    self._at_work.result()
                self._changed.clear()
                await self._changed.wait()

    async def is_full(self) -> None:
        """Return when it has no room any more."""
        await self.sees(lambda: self.free <= 0)

    async def looks_again(self) -> None:
        """Return when it has looked from now on."""
        before = self.looked_at
        self.carrier.wake()
        await self.sees(lambda: self.looked_at > before)


@asynccontextmanager
async def carrying(url: str, *desks: Desk) -> AsyncIterator[None]:
    """Each desk has a carrier, which has looked once and waits."""
    async with AsyncExitStack() as stack:
        for desk in desks:
            await stack.enter_async_context(_carrying(url, desk))
        yield


@asynccontextmanager
async def _carrying(url: str, desk: Desk) -> AsyncIterator[None]:
    async with pool(parse(url)) as link:
        at_work = desk.starts(Carrier(link, NAMES, desk, desk.types, desk.ready))
        try:
            await desk.sees(lambda: desk.looked_at)
            yield
        finally:
            desk.carrier.stop()
            await asyncio.gather(at_work, return_exceptions=True)
