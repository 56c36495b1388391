"""How a worker finds its work: it claims from the store what it was told of, or
what is due there and nobody was told of.

The store is asked at the start, when a slot comes free, and while idle about each
second: the floor under the bell, which finds whatever the bell has lost.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

from plinthctl.domain import floor
from plinthctl.domain.runs import ClaimedJob
from plinthctl.errors import StoreUnavailable
from plinthctl.store.store import NO_KEYS
from worker.alone import Alone
from worker.calls import StoreCalls
from worker.clocks import roll
from worker.post import Post
from worker.runs import Runs


class Claimer:
    """Claims due jobs into free slots until told to stop.

    It is the desk (`broker.carrier.Desk`) that deliveries come to.

    Args:
        types: The job types that this worker runs.
        may_claim: The worker is sound, on duty and not draining.
        empty: Called when nothing is left to run or to wait for.
        bell_heard: Whether deliveries come just now.
        workers: How many workers there are in all.
        look: Called when somebody asks for one of the running jobs to be stopped.
        keys: The digests of the providers' keys.
    """

    def __init__(
        self,
        calls: StoreCalls,
        post: Post,
        runs: Runs,
        alone: Alone,
        types: Sequence[str],
        may_claim: Callable[[], bool],
        empty: Callable[[], None],
        bell_heard: Callable[[], bool],
        workers: Callable[[], int],
        look: Callable[[], None],
        keys: Mapping[str, str] = NO_KEYS,
    ) -> None:
        self._calls = calls
        self._post = post
        self._runs = runs
        self._alone = alone
        self._types = tuple(types)
        self._may_claim = may_claim
        self._empty = empty
        self._bell_heard = bell_heard
        self._workers = workers
        self._stopped = asyncio.Event()
        self._turn = asyncio.Lock()  # free slots are counted and filled by one at a time
        self._named: list[str] = []
        self._naming: asyncio.Task[None] | None = None
        self._keys = keys
        self.look = look
        self.asking = False

    def stop(self) -> None:
        """Claim no more."""
        self._stopped.set()
        self._runs.changed.set()

    async def run(self) -> None:
        """Claim until stopped; returns once no claim is under way."""
        while not self._stopped.is_set():
            self._runs.changed.clear()
            if self._may_claim():
                await self._ask()
            await self._idle()
        await self._named_are_answered()

    # -- what was delivered ---------------------------------------------------------

    @property
    def worker_id(self) -> str:
        """Who is woken; empty while this worker has no row."""
        return self._post.worker_id if self._post.taken else ""

    def room(self) -> int:
        """How many more jobs may be delivered just now."""
        return self._runs.free if self._may_claim() else 0

    @asynccontextmanager
    async def claiming(self) -> AsyncIterator[None]:
        """Nobody else fills free slots meanwhile."""
        async with self._turn:
            await self._named_are_answered()
            yield

    async def _named_are_answered(self) -> None:
        """A carrier that was broken off has left its claim under way."""
        if self._naming is not None:
            await asyncio.wait([self._naming])

    async def take(self, job_id: str) -> None:
        """Claim a job that was delivered, together with those delivered with it."""
        self._named.append(job_id)
        if self._naming is None or self._naming.done():
            # A task of its own: the claim must be answered whatever becomes of the bell.
            self._naming = asyncio.create_task(self._claim_named())
        await asyncio.shield(self._naming)

    async def _claim_named(self) -> None:
        ids, self._named = self._named, []
        store = self._calls.store
        await self._claimed(
            lambda: self._calls(
                store.claim_named, self._post.worker_id, self._types, ids, keys=self._keys
            )
        )

    # -- what is due ----------------------------------------------------------------

    async def _ask(self) -> None:
        try:
            async with self.claiming():
                await self._claim_due()
            await self._start_alone()
            if not self._runs and not self._alone and await self._nothing_left():
                self._empty()
        except StoreUnavailable as error:
            self._calls.outage.noticed(error)

    async def _claim_due(self) -> None:
        free, store = self._runs.free, self._calls.store
        leave_s = floor.leave_s(bell_heard=self._bell_heard())
        if free:
            mine = (self._post.worker_id, self._types, free)
            await self._claimed(
                lambda: self._calls(store.claim, *mine, leave_s=leave_s, keys=self._keys)
            )

    async def _claimed(self, claim: Callable[[], Awaitable[Sequence[ClaimedJob]]]) -> None:
        """Start what a claim brings. A store that does not answer brings nothing: if
        it claimed all the same, the roll call gives the jobs back."""
        self.asking = True
        try:
            claimed = await claim()
        except StoreUnavailable as error:
            self._calls.outage.noticed(error)
            return
        finally:
            self.asking = False
        for job in claimed:
            self._runs.start(job)

    async def _start_alone(self) -> None:
        if self._alone.free:
            store = self._calls.store
            for job_id in await self._calls(store.due_alone, self._types, self._alone.free):
                await self._alone.start(job_id)

    async def _nothing_left(self) -> bool:
        # Others' running jobs count: if their worker is dead, they come back to us.
        return not await self._calls(self._calls.store.anything_left, self._types)

    async def _idle(self) -> None:
        heard = self._bell_heard()
        pause_s = floor.pause_s(bell_heard=heard, workers=self._workers(), roll=roll())
        if heard:
            await _within(floor.AFTER_A_CHANGE_S, self._stopped)
            pause_s -= floor.AFTER_A_CHANGE_S
        await _within(pause_s, self._runs.changed)


async def _within(seconds: float, event: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
