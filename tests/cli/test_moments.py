"""When a job starts: what can be typed, and how it is said."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from plinthctl.cli import parsing
from plinthctl.errors import UsageError
from plinthctl.render.times import local_time, starts

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)  # 17:30 in Kolkata


@pytest.fixture(autouse=True)
def _kolkata(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as there:
        there.setenv("TZ", "Asia/Kolkata")
        time.tzset()
        yield
    time.tzset()


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        pytest.param("17:45", utc(24, 12, 15), id="a time of day that comes: today"),
        pytest.param("17:30", utc(24, 12), id="just now is not past"),
        pytest.param("17:15", utc(25, 11, 45), id="a time of day that has passed: tomorrow"),
        pytest.param("17:45:30", utc(24, 12, 15).replace(second=30), id="with seconds"),
        pytest.param("12:30Z", utc(24, 12, 30), id="a time of day in UTC"),
        pytest.param("11:30Z", utc(25, 11, 30), id="one that has passed in UTC"),
        pytest.param("2026-11-25", utc(24, 18, 30), id="a day: its local midnight"),
        pytest.param("2026-11-25T09:00", utc(25, 3, 30), id="without a zone: local"),
        pytest.param("2026-11-25 09:00+01:00", utc(25, 8), id="with a zone"),
        pytest.param("2026-11-20T09:00Z", utc(20, 9), id="the past is for others to judge"),
    ],
)
def test_a_time_is_read(typed: str, expected: datetime) -> None:
    assert parsing.upcoming(typed, "--at", NOW) == expected


@pytest.mark.parametrize("typed", ["", "soon", "10m", "25:00", "2026-13-01", "17:61", "12:"])
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(UsageError, match="is not a time") as refused:
        parsing.upcoming(typed, "--at", NOW)
    assert "14:30" in (refused.value.fix or "")


@pytest.mark.parametrize(
    ("at", "words"),
    [
        pytest.param(utc(24, 12, 10), "at 17:40, in 10m", id="today"),
        pytest.param(utc(24, 12).replace(second=9), "at 17:30, in 9s", id="in seconds"),
        pytest.param(utc(24, 19), "at 00:30 tomorrow, in 7h00m", id="tomorrow, where we are"),
        pytest.param(utc(26, 12), "at 17:30 on 2026-11-26, in 2d0h", id="another day"),
    ],
)
def test_a_start_is_said(at: datetime, words: str) -> None:
    assert starts(at, NOW) == words
    assert local_time(at, NOW) == words.removeprefix("at ").partition(",")[0]
