"""Telling others of what was committed here: once, and never at the cost of the change."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from plinthctl.domain.news import News
from plinthctl.errors import BellUnavailable, PlinthError, StoreUnavailable
from plinthctl.services.ringing import HOLD_OFF_S, Ringer

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SILENT = BellUnavailable("Redis at redis://h does not answer")


class Bell:
    def __init__(self) -> None:
        self.rung: list[list[str]] = []
        self.fails: PlinthError | None = None

    def ring(self, news: Sequence[News]) -> None:
        self.rung.append([one.job_id for one in news])
        if self.fails is not None:
            raise self.fails


def news(*ids: str) -> list[News]:
    return [News(i, "competitor_analysis", 1, "submitted", None, NOON, NOON) for i in ids]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def bell() -> Any:
    return Bell()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ringer(bell: Any, clock: Clock) -> Ringer:
    return Ringer(bell, clock)


def change(ringer: Ringer, *ids: str) -> None:
    """What a service does once the store has answered."""
    ringer.hear(news(*ids))
    ringer.ring()


def test_what_was_heard_is_said_once_and_in_order(bell: Any, ringer: Ringer) -> None:
    ringer.hear(news("a", "b"))
    change(ringer, "c")
    ringer.ring()
    assert bell.rung == [["a", "b", "c"], []]


@pytest.mark.parametrize(
    "fails", [SILENT, StoreUnavailable("nobody answers")], ids=["Redis", "the store's name"]
)
def test_what_nobody_heard_is_noted_and_no_error(
    bell: Any, ringer: Ringer, fails: PlinthError
) -> None:
    bell.fails = fails
    change(ringer, "a")
    assert ringer.trouble is fails


def test_a_bell_that_was_not_heard_is_left_alone_for_a_while(
    bell: Any, ringer: Ringer, clock: Clock
) -> None:
    bell.fails = SILENT
    for job_id in ("a", "b", "c"):
        change(ringer, job_id)
    assert bell.rung == [["a"]]
    assert ringer.trouble is SILENT
    clock.now = HOLD_OFF_S
    change(ringer, "d")
    assert bell.rung == [["a"], ["d"]]


def test_trouble_that_is_over_is_forgotten(bell: Any, ringer: Ringer, clock: Clock) -> None:
    bell.fails = SILENT
    change(ringer, "a")
    bell.fails, clock.now = None, HOLD_OFF_S
    change(ringer, "b")
    assert (bell.rung, ringer.trouble) == ([["a"], ["b"]], None)
    change(ringer, "c")
    assert bell.rung[-1] == ["c"]
