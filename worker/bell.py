"""A worker's bell: it hears of work through arq, and tells others what has changed.

Redis may vanish at any moment. Running jobs do not notice, work is then found by
asking the store, and the bell is tried again until it rings.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from plinthctl.broker.address import Address
from plinthctl.broker.announcer import Announcer
from plinthctl.broker.carrier import Carrier, Desk
from plinthctl.broker.ending import ended
from plinthctl.broker.links import pool
from plinthctl.broker.names import Names
from plinthctl.broker.trouble import told
from plinthctl.domain.liveness import WorkerMode
from plinthctl.errors import BellUnavailable, StoreUnavailable
from worker.calls import StoreCalls, pauses_s, until_answered
from worker.logs import log

LAST_WORDS_S: Final = 0.5
NO_BELL: Final = "there is no bell"  # no Valkey for this platform, or no worker that hung one up

Join = Callable[[], Address | None]


class Mode:
    """How this worker finds its work, as its log and its row say it."""

    def __init__(self, calls: StoreCalls, worker_id: Callable[[], str]) -> None:
        self._calls = calls
        self._worker_id = worker_id
        self._said: tuple[WorkerMode, str | None] | None = None
        self._written: tuple[str, WorkerMode, str | None] | None = None

    async def note(self, mode: WorkerMode, why: str | None = None) -> None:
        """Say it once, and write it to the row unless it stands there."""
        if self._said != (mode, why):
            self._said = (mode, why)
            _say(mode, why)
        wanted = (self._worker_id(), mode, why)
        if self._written != wanted and wanted[0]:
            with suppress(StoreUnavailable):  # noted again before long
                await self._calls(self._calls.store.set_mode, *wanted)
                self._written = wanted


def _say(mode: WorkerMode, why: str | None) -> None:
    if mode is WorkerMode.BELL:
        log.info("told of work through Redis", event="bell", mode=mode)
    else:
        text = f"{why}; asking the store for work meanwhile"
        log.warning(text, event="no_bell", mode=mode, why=why)


class Bell:
    """Keeps the bell ringing for as long as the worker lives, and knows whether it does.

    Args:
        types: The job types that are delivered here.
        join: Where the bell hangs, hung up if need be; called in a thread.
        changed: Called when the bell falls silent.
    """

    def __init__(
        self,
        calls: StoreCalls,
        desk: Desk,
        types: Sequence[str],
        join: Join,
        changed: Callable[[], None],
    ) -> None:
        self._calls = calls
        self._desk = desk
        self._types = tuple(types)
        self._join = join
        self._changed = changed
        self._mode = Mode(calls, lambda: desk.worker_id)
        self._carrier: Carrier | None = None
        self._stopped = False
        self._warned = False
        self._noting: asyncio.Task[None] | None = None
        self.announcer = Announcer()
        self.heard = False

    def wake(self) -> None:
        """A slot came free: there may be a delivery for it."""
        if self._carrier is not None:
            self._carrier.wake()

    def stop(self) -> None:
        """Take no more deliveries. What changes is told all the same."""
        self._stopped = True
        if self._carrier is not None:
            self._carrier.stop()

    async def last_words(self) -> None:
        """Return once everything is said, or nobody has listened for a moment."""
        if not self.heard:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_S):
                await self.announcer.said.wait()

    async def run(self) -> None:
        """Ring along until cancelled."""
        name = await until_answered(self._calls, lambda: self._calls.store.name, lambda: True)
        names, pauses = Names(name or ""), pauses_s()
        while True:
            why = await self._until_it_fails(names)
            if self.heard:
                self.heard, pauses = False, pauses_s()
                self._changed()
            await self._mode.note(WorkerMode.STORE, why)
            await asyncio.sleep(next(pauses))

    async def _until_it_fails(self, names: Names) -> str:
        """Why it does not ring."""
        try:
            address = await asyncio.to_thread(self._join)
            if address is None:
                return NO_BELL
            self._warn_of_strangers(address)
            with told(address.shown):
                await self._ring_along(address, names)
        except BellUnavailable as error:
            return error.message
        except Exception as error:  # noqa: BLE001 - a bell that breaks must not take the worker along
            log.broken("the bell broke", error, event="bell_broken")
            return f"the bell broke ({type(error).__name__})"
        return "the bell is being hung up anew"

    def _warn_of_strangers(self, address: Address) -> None:
        if address.exposed and not self._warned:
            self._warned = True
            text = f"Redis at {address.shown} is spoken to without TLS; rediss:// has it"
            log.warning(text, event="no_tls")

    async def _ring_along(self, address: Address, names: Names) -> None:
        """Carry and tell until one of them fails; both raise what redis-py raises."""
        async with pool(address) as link:
            self._carrier = Carrier(link, names, self._desk, self._types, self._rings)
            if self._stopped:
                self._carrier.stop()
            carrying = asyncio.create_task(self._carrier.async_run())
            saying = asyncio.create_task(self.announcer.say_all(link, names))
            try:
                await asyncio.wait({carrying, saying}, return_when=asyncio.FIRST_COMPLETED)
                if carrying.done():
                    carrying.result()
                if self._stopped or saying.done():
                    await saying
            finally:
                self._carrier = None
                await ended(carrying, saying)

    def _rings(self) -> None:
        self.heard = True
        if self._noting is None or self._noting.done():
            self._noting = asyncio.create_task(self._mode.note(WorkerMode.BELL))
