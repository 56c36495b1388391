"""Progress inside steps, from the step to the store."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from plinthctl.domain.runs import Tick
from plinthctl.errors import StoreUnavailable
from tests.worker.states import DONE, NEWS, PROFILE, RUNNING, SCRAPE, state
from worker import plan
from worker.outage import Outage
from worker.ticks import Ticks


class Calls:
    """A store that keeps what it is told, and is away for its first ``away`` calls."""

    def __init__(self, away: int = 0) -> None:
        self.store = self
        self.outage = Outage()
        self.told: list[list[Tick]] = []
        self.heard = asyncio.Event()
        self._away = away

    def tick(self, ticks: Sequence[Tick]) -> int:
        self.told.append(list(ticks))
        if len(self.told) <= self._away:
            raise StoreUnavailable("away")
        return len(ticks)

    async def __call__(self, call: Callable[..., Any], *args: Any) -> Any:
        self.heard.set()
        return call(*args)


def ran(note: Callable[[Ticks, Calls], Any], away: int = 0) -> list[list[Tick]]:
    """What the store was told while ``note`` went on."""

    async def work() -> list[list[Tick]]:
        calls = Calls(away)
        ticks = Ticks(calls, every_s=0.0)  # type: ignore[arg-type]
        running = asyncio.create_task(ticks.run())
        await note(ticks, calls)
        running.cancel()
        return calls.told

    return asyncio.run(work())


async def until_told(calls: Calls, times: int) -> None:
    while len(calls.told) < times:
        calls.heard.clear()
        await calls.heard.wait()


def test_of_each_jobs_ticks_the_newest_is_told_with_the_others() -> None:
    async def note(ticks: Ticks, calls: Calls) -> None:
        for tick in (Tick("a", 1, 20), Tick("b", 1, 30), Tick("a", 1, 25)):
            ticks.note(tick)
        await until_told(calls, 1)

    assert ran(note) == [[Tick("a", 1, 25), Tick("b", 1, 30)]]


def test_a_store_that_is_away_stops_no_ticks() -> None:
    async def note(ticks: Ticks, calls: Calls) -> None:
        for number in (1, 2):
            ticks.note(Tick("a", 1, number))
            await until_told(calls, number)

    assert ran(note, away=1) == [[Tick("a", 1, 1)], [Tick("a", 1, 2)]]


@pytest.mark.parametrize(
    ("share", "progress"),
    [
        pytest.param(0.0, 70, id="nothing yet: what has begun"),
        pytest.param(0.5, 80, id="half of what its end will bring"),
        pytest.param(0.99, 89, id="nearly there, rounded down"),
        pytest.param(7.0, 90, id="more than all is all"),
        pytest.param(-1.0, 70, id="less than nothing is nothing"),
    ],
)
def test_a_share_of_a_step_is_that_share_of_what_its_end_will_bring(
    share: float, progress: int
) -> None:
    board = {SCRAPE: DONE, NEWS: DONE, "get-reviews": DONE, PROFILE: RUNNING}
    assert plan.tick(state(board), PROFILE, share) == Tick("job_1", 7, progress)
