"""Progress inside steps on its way to the store: the newest of each job, once a second."""

import asyncio
from typing import Final

from plinthctl.domain.runs import Tick
from plinthctl.errors import StoreUnavailable
from worker.calls import StoreCalls

EVERY_S: Final = 1.0


class Ticks:
    """What running steps have told of their progress. For the loop's thread only."""

    def __init__(self, calls: StoreCalls, every_s: float = EVERY_S) -> None:
        self._calls = calls
        self._every_s = every_s
        self._untold: dict[tuple[str, int], Tick] = {}
        self._something = asyncio.Event()

    def note(self, tick: Tick) -> None:
        """Tell of it soon; of a job's ticks only the newest is told."""
        self._untold[tick.job_id, tick.token] = tick
        self._something.set()

    async def run(self) -> None:
        """Store what is noted until cancelled. What the store does not take is lost:
        the next tick, or the step's end, says more."""
        while True:
            await self._something.wait()
            self._something.clear()
            told, self._untold = list(self._untold.values()), {}
            try:
                await self._calls(self._calls.store.tick, told)
            except StoreUnavailable as error:
                self._calls.outage.noticed(error)
            await asyncio.sleep(self._every_s)
