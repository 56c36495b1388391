"""A store that is away: the log says so, and not at every call."""

import asyncio
import logging
from pathlib import Path
from typing import Any, NoReturn

import pytest

from plinthctl.errors import StoreUnavailable
from plinthctl.store import Store
from tests.worker.office import at_work
from tests.worker.test_pulse import Steady
from worker.outage import TOLD_AGAIN_AFTER_S, Outage

AWAY = StoreUnavailable("cannot reach the store")


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The events of the log, but for what else a worker says."""
    events = [getattr(record, "event", "") for record in caplog.records]
    return [event for event in events if event.startswith("store_")]


@pytest.fixture
def clock() -> Steady:
    return Steady()


@pytest.fixture
def outage(clock: Steady, caplog: pytest.LogCaptureFixture) -> Outage:
    caplog.set_level(logging.INFO)
    return Outage(clock)


def test_it_is_told_once_a_minute(
    outage: Outage, clock: Steady, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(10):
        outage.noticed(AWAY)
    assert told(caplog) == ["store_away"]
    clock.move(TOLD_AGAIN_AFTER_S)
    outage.noticed(AWAY)
    outage.noticed(AWAY)
    assert told(caplog) == ["store_away", "store_away"]


def test_a_beat_that_was_asked_for_since_ends_it(
    outage: Outage, clock: Steady, caplog: pytest.LogCaptureFixture
) -> None:
    before = clock()
    clock.move(1)
    outage.noticed(AWAY)
    outage.over(before)  # it was on its way already
    assert told(caplog) == ["store_away"]
    outage.over(clock.move(12))
    outage.over(clock.move(5))
    assert told(caplog) == ["store_away", "store_back"]
    assert "the store answers again after 12 s" in caplog.text
    outage.noticed(AWAY)
    assert told(caplog) == ["store_away", "store_back", "store_away"]


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_worker_says_that_its_store_is_away_and_that_it_is_back(
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked: list[object] = []

    def no_answer(*arguments: Any, **_: Any) -> NoReturn:
        asked.append(arguments)
        raise AWAY

    async def play() -> None:
        async with at_work(store, "http://127.0.0.1:9", tmp_path) as desk:
            await desk.sees(
                lambda: [w for w in store.workers() if w.beat_at > w.started_at], "beats"
            )
            with monkeypatch.context() as away:
                for call in ("read", "write"):
                    away.setattr(store._database, call, no_answer)
                desk.wake()
                await desk.sees(lambda: len(asked) > 10, "it asks again and again")
            await desk.sees(lambda: "store_back" in told(caplog), "it notices")

    caplog.set_level(logging.INFO)
    asyncio.run(play())
    assert told(caplog) == ["store_away", "store_back"]
