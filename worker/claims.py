"""How a worker finds its work: it claims from the store what is due.

At its start, when a slot comes free, and while idle about each second.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from plinthctl.domain.job import ACTIVE
from plinthctl.domain.queries import JobQuery
from plinthctl.errors import StoreUnavailable
from worker.alone import Alone
from worker.calls import StoreCalls
from worker.logs import log
from worker.post import Post
from worker.runs import Runs

IDLE_S: Final = (0.5, 1.0)


class Claimer:
    """Claims due jobs into free slots until told to stop.

    Args:
        types: The job types that this worker runs.
        may_claim: The worker is sound, on duty and not draining.
        empty: Called when nothing is left to run or to wait for.
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
    ) -> None:
        self._calls = calls
        self._post = post
        self._runs = runs
        self._alone = alone
        self._types = tuple(types)
        self._may_claim = may_claim
        self._empty = empty
        self._stopped = False
        self.asking = False

    def stop(self) -> None:
        """Claim no more."""
        self._stopped = True
        self._runs.changed.set()

    async def run(self) -> None:
        """Claim until stopped."""
        while not self._stopped:
            self._runs.changed.clear()
            if self._may_claim():
                await self._look()
            await self._idle()

    async def _look(self) -> None:
        try:
            await self._claim()
            await self._start_alone()
            if not self._runs and not self._alone and await self._nothing_left():
                self._empty()
        except StoreUnavailable as error:
            log.warning(f"store: {error}; claiming nothing", event="store_away")

    async def _claim(self) -> None:
        if not self._runs.free:
            return
        self.asking = True
        try:
            store = self._calls.store
            free = self._runs.free
            claimed = await self._calls(store.claim, self._post.worker_id, self._types, free)
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
        query = JobQuery(statuses=ACTIVE, types=self._types)
        return await self._calls(self._calls.store.count, query) == 0

    async def _idle(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(random.uniform(*IDLE_S)):  # noqa: S311 - spreads polls
                await self._runs.changed.wait()
