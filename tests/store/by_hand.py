"""The numbers of a window, worked out anew from the bare rows by other means: for each
value it is counted how many are not above it."""

import json
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from plinthctl.domain.snapshot import Durations, Snapshot
from plinthctl.store import Store
from tests.store.acts import read

ENDS = "SELECT * FROM job_ends"
JOBS = "SELECT type, created_at FROM jobs"


@dataclass
class Sums:
    """What one type comes to; times in seconds."""

    counts: Counter[str] = field(default_factory=Counter)
    cost_usd: float | None = None
    durations: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    completions: list[float] = field(default_factory=list)
    steps: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


def sums(store: Store, since: datetime, until: datetime | None = None) -> dict[str, Sums]:
    """What each type comes to, of what happened from ``since`` on and before ``until``."""
    from_us = since.timestamp() * 1e6
    to_us = float("inf") if until is None else until.timestamp() * 1e6
    found: dict[str, Sums] = defaultdict(Sums)
    for job in _rows(store, JOBS):
        if from_us <= job["created_at"] < to_us:
            found[job["type"]].counts["created"] += 1
    for end in _rows(store, ENDS):
        if from_us <= end["ended_at"] < to_us:
            _count(found[end["type"]], end)
    return found


def _rows(store: Store, sql: str) -> list[dict[str, Any]]:
    return read(store, lambda tx: [dict(row) for row in tx.execute(text(sql)).mappings()])


def _count(into: Sums, end: dict[str, Any]) -> None:
    apart = {"expired_in_queue": "expired", "invalid_input": "invalid"}
    into.counts[apart.get(end["code"], end["status"])] += 1
    if end["cost_usd"] is not None:
        into.cost_usd = (into.cost_usd or 0) + end["cost_usd"]
    if end["status"] == "completed":
        into.durations.append(max(0, end["ended_at"] - end["started_at"]) / 1e6)
        into.waits.append(max(0, end["started_at"] - end["created_at"]) / 1e6)
        into.completions.append(max(0, end["ended_at"] - end["created_at"]) / 1e6)
        for step, took_s in _parsed(end["step_times"]).items():
            into.steps[step].append(took_s)


def _parsed(value: Any) -> dict[str, float]:
    return json.loads(value) if isinstance(value, str) else value


def percentile(values: list[float], percent: int) -> float | None:
    """The smallest value that at least so many percent are not above; None of fewer than 5."""
    if len(values) < 5:
        return None
    ordered = sorted(values)
    return next(v for v in ordered if 100 * bisect_right(ordered, v) >= percent * len(ordered))


def agrees(found: Snapshot, by_hand: Mapping[str, Sums]) -> None:
    """Assert that a snapshot says what was worked out by hand."""
    for numbers in found.types:
        own = by_hand.get(numbers.type, Sums())
        for count in ("created", "completed", "failed", "expired", "invalid", "cancelled"):
            assert getattr(numbers, count) == own.counts[count], (numbers.type, count)
        assert numbers.cost_usd == pytest.approx(own.cost_usd)
        for durations, values in (
            (numbers.duration, own.durations),
            (numbers.wait, own.waits),
            (numbers.completion, own.completions),
        ):
            same(durations, values, found.error)
    for step in found.steps:
        same(step.duration, by_hand[step.type].steps[step.step], found.error)
    assert {step.type for step in found.steps} == {
        name for name, own in by_hand.items() if own.durations
    }


def same(found: Durations, values: list[float], error: float) -> None:
    """Assert that percentiles are these values', exactly or within an error."""
    assert found.count == len(values)
    for percent, value in ((50, found.p50_s), (95, found.p95_s), (99, found.p99_s)):
        expected = percentile(values, percent)
        if expected is None or value is None:
            assert value is expected
        elif error:
            assert value == pytest.approx(expected, rel=error + 1e-9, abs=0.001)
        else:
            assert value == expected
