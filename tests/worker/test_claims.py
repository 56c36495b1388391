"""Finding work: free slots are filled by one at a time, whoever names the jobs."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from plinthctl.errors import StoreUnavailable
from worker.claims import Claimer
from worker.outage import Outage


class Office:
    """All that a claimer needs, and a store whose answers come when they are told to."""

    worker_id = "wrk_1"
    taken = True

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.question = asyncio.Event()
        self.answers: asyncio.Queue[Any] = asyncio.Queue()
        self.started: list[str] = []
        self.free = 2
        self.may_claim = True
        self.changed = asyncio.Event()
        self.store = self
        self.outage = Outage()
        self.claimer = Claimer(
            self,  # type: ignore[arg-type]
            self,  # type: ignore[arg-type]
            self,  # type: ignore[arg-type]
            self,  # type: ignore[arg-type]
            ("competitor_analysis",),
            may_claim=lambda: self.may_claim,
            empty=lambda: None,
            bell_heard=lambda: True,
            workers=lambda: 1,
            look=lambda: None,
        )

    async def __call__(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.asked.append((call.__name__, args[-1]))
        self.question.set()
        answer = await self.answers.get()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def claim(self) -> None: ...

    def claim_named(self) -> None: ...

    def start(self, job: str) -> None:
        self.started.append(job)
        self.free -= 1


def plays(play: Callable[[Office], Any]) -> None:
    async def on_stage() -> None:
        async with asyncio.timeout(20):
            await play(Office())

    asyncio.run(on_stage())


def test_what_is_delivered_together_is_claimed_by_one_question() -> None:
    async def play(office: Office) -> None:
        office.answers.put_nowait(["a", "b"])
        await asyncio.gather(office.claimer.take("a"), office.claimer.take("b"))
        assert office.asked == [("claim_named", ["a", "b"])]
        assert office.started == ["a", "b"]

    plays(play)


def test_a_store_that_does_not_answer_brings_nothing_and_breaks_nothing() -> None:
    async def play(office: Office) -> None:
        office.answers.put_nowait(StoreUnavailable("nobody answers"))
        await office.claimer.take("a")
        assert (office.started, office.claimer.asking) == ([], False)

    plays(play)


def test_slots_are_not_counted_while_a_carrier_that_broke_off_has_a_claim_under_way() -> None:
    """Else what it claims and what is then claimed for the same slots are too many."""

    async def play(office: Office) -> None:
        async def carry() -> None:
            async with office.claimer.claiming():
                await office.claimer.take("a")

        carrier = asyncio.create_task(carry())
        await office.question.wait()
        carrier.cancel()
        await asyncio.wait([carrier])
        counted = asyncio.create_task(_room_in_turn(office))
        await asyncio.sleep(0)
        office.answers.put_nowait(["a"])
        assert await counted == 1
        assert office.started == ["a"]

    plays(play)


async def _room_in_turn(office: Office) -> int:
    async with office.claimer.claiming():
        return office.claimer.room()


@pytest.mark.parametrize(
    ("may_claim", "room"),
    [pytest.param(True, 2, id="on duty"), pytest.param(False, 0, id="draining, or not sound")],
)
def test_there_is_room_while_it_may_claim(may_claim: bool, room: int) -> None:
    async def play(office: Office) -> None:
        office.may_claim = may_claim
        assert office.claimer.room() == room

    plays(play)


def test_nobody_is_woken_without_a_row() -> None:
    async def play(office: Office) -> None:
        assert office.claimer.worker_id == "wrk_1"
        office.taken = False
        assert office.claimer.worker_id == ""

    plays(play)
