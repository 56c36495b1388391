"""Which hours are summed up when, and from which of them a window is read."""

from datetime import UTC, datetime, timedelta

import pytest

from plinthctl.domain.numbers import End, EndKind, end_kind, usual_s
from plinthctl.domain.rollups import (
    by_hour,
    hour_of,
    is_closed,
    next_hour,
    normals,
    rolled_up,
    whole_hours,
)
from plinthctl.domain.spread import Histogram

TEN = datetime(2026, 3, 1, 10, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("after", "closed"),
    [
        pytest.param(HOUR, False, id="the hour has just ended"),
        pytest.param(HOUR + 119 * timedelta(seconds=1), False, id="a second too early"),
        pytest.param(HOUR + 2 * MINUTE, True, id="two minutes after its end"),
    ],
)
def test_an_hour_is_closed_two_minutes_after_its_end(after: timedelta, closed: bool) -> None:
    assert is_closed(TEN, TEN + after) is closed


def test_hours_begin_at_whole_hours_of_utc() -> None:
    assert hour_of(TEN + 59 * MINUTE) == TEN == next_hour(TEN)
    assert next_hour(TEN + MINUTE) == TEN + HOUR
    india = (TEN + 15 * MINUTE).astimezone(datetime.fromisoformat("2026-01-01T00:00+05:30").tzinfo)
    assert hour_of(india) == TEN


@pytest.mark.parametrize(
    ("window", "rolled_until", "hours"),
    [
        pytest.param(6 * HOUR, TEN, None, id="six hours are read from their ends"),
        pytest.param(DAY, None, None, id="nothing is rolled up yet"),
        pytest.param(DAY, TEN - 2 * DAY, None, id="what is rolled up is before the window"),
        pytest.param(
            DAY, TEN, (TEN - 23 * HOUR, TEN), id="from its first whole hour to the last rolled up"
        ),
    ],
)
def test_long_windows_are_read_from_whole_hours(
    window: timedelta, rolled_until: datetime | None, hours: tuple[datetime, datetime] | None
) -> None:
    now = TEN + 30 * MINUTE
    assert whole_hours(now - window, now, rolled_until) == hours


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        pytest.param("completed", None, EndKind.COMPLETED, id="completed"),
        pytest.param("cancelled", None, EndKind.CANCELLED, id="cancelled"),
        pytest.param("failed", "network_timeout", EndKind.FAILED, id="failed"),
        pytest.param("failed", "expired_running", EndKind.FAILED, id="ran too long: failed"),
        pytest.param("failed", "worker_lost", EndKind.FAILED, id="lost its worker: failed"),
        pytest.param("failed", None, EndKind.FAILED, id="failed, and nobody knows why"),
        pytest.param("failed", "expired_in_queue", EndKind.EXPIRED, id="nobody took it"),
        pytest.param("failed", "invalid_input", EndKind.INVALID, id="its input was at fault"),
    ],
)
def test_an_end_counts_as_one_kind(status: str, code: str | None, kind: EndKind) -> None:
    assert end_kind(status, code) is kind


def end(name: str, kind: EndKind = EndKind.COMPLETED, took_s: float = 5.0) -> End:
    ended_us = int(TEN.timestamp() * 1e6)
    return End("job_1", name, "acme", kind, None, ended_us, took_s, 1.0, 6.0, {"s": took_s}, 0.5)


def test_a_roll_up_has_each_type_and_the_steps_of_what_completed() -> None:
    ends = [end("a"), end("a", EndKind.FAILED), end("b", EndKind.CANCELLED)]
    found = {(one.type, one.step): one for one in rolled_up(TEN, ends, {"a": 4, "c": 1})}
    assert set(found) == {("a", ""), ("a", "s"), ("b", ""), ("c", "")}
    whole = found["a", ""]
    assert (whole.created, whole.cost_usd, whole.duration.count) == (4, 1.0, 1)
    assert (whole.ends[EndKind.COMPLETED], whole.ends[EndKind.FAILED]) == (1, 1)
    assert found["a", "s"].duration.count == 1
    assert (found["c", ""].created, found["c", ""].cost_usd) == (1, None)


def test_hours_are_told_in_their_order_whatever_they_are_read_from() -> None:
    earlier = rolled_up(TEN - HOUR, [end("a"), end("b")], {})
    found = by_hour([end("a")], earlier)
    assert [(at, tally.ends.total()) for at, tally in found.items()] == [(TEN - HOUR, 2), (TEN, 1)]


def test_normal_needs_a_hundred_jobs() -> None:
    spreads = {("a", ""): Histogram(), ("b", ""): Histogram()}
    for n in range(100):
        spreads["a", ""].add(n)
        if n:
            spreads["b", ""].add(n)
    found = normals(spreads)
    assert set(found) == {("a", "")}
    assert found["a", ""].p95_s == pytest.approx(94, rel=0.01)


def test_what_is_usual_needs_twenty() -> None:
    assert usual_s([10.0] * 19) is None
    assert usual_s([float(n) for n in range(1, 21)]) == (10.0, 19.0)
