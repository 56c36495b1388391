"""Numbers, readings and incidents of tests, of which each says only what matters to it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from plinthctl.domain.alert_life import Incident, Letter, Standing, Telling
from plinthctl.domain.alert_rules import EVERYTHING, SEVERITIES, Numbers, Reading, StepPace
from plinthctl.domain.alerting import AlertRule
from plinthctl.domain.snapshot import Durations, Normal, Now, TypeNumbers
from tests.store.acts import NOON, TYPE

NOTHING = Durations(0, None, None, None, None)


def numbers_of(name: str = TYPE, **values: Any) -> TypeNumbers:
    defaults: dict[str, Any] = {
        "pending": 0,
        "running": 0,
        "created": 0,
        "completed": 0,
        "failed": 0,
        "cancelled": 0,
        "expired": 0,
        "invalid": 0,
        "duration": NOTHING,
        "wait": NOTHING,
        "completion": NOTHING,
        "normal": Normal(60.0, guessed=False),
        "cost_usd": None,
    }
    return TypeNumbers(type=name, **{**defaults, **values})


def took(count: int, p95_s: float, name: str = TYPE, normal_s: float = 60.0) -> TypeNumbers:
    """A type whose completed jobs took so long."""
    durations = Durations(count, p95_s / 2, p95_s / 2, p95_s, p95_s)
    return numbers_of(
        name, completed=count, duration=durations, normal=Normal(normal_s, guessed=False)
    )


def now_of(**values: Any) -> Now:
    defaults: dict[str, Any] = {
        "pending": 0,
        "depth": 0,
        "running": 0,
        "scheduled": 0,
        "oldest_due_s": None,
        "stuck_pending": 0,
        "stuck_running": 0,
        "reaped": 0,
        "last_end_at": None,
    }
    return Now(**{**defaults, **values})


def all_numbers(
    *types: TypeNumbers, steps: Mapping[str, tuple[StepPace, ...]] | None = None, **now: Any
) -> Numbers:
    return Numbers(NOON, now_of(**now), types, types, steps or {})


def a_reading(
    rule: AlertRule = AlertRule.QUEUE_DEPTH,
    value: float | None = 60.0,
    *,
    fires: bool = True,
    job_type: str | None = None,
    **values: Any,
) -> Reading:
    defaults: dict[str, Any] = {
        "where": None,
        "worst": None,
        "why": ("60 jobs are due and wait",),
        "action": "Start more workers.",
        "command": "plinthctl worker list",
    }
    bar = {"threshold": 50.0, **values}
    return Reading(rule=rule, type=job_type, value=value, fires=fires, **{**defaults, **bar})


def standing(
    rule: AlertRule = AlertRule.QUEUE_DEPTH,
    *,
    scope: str = EVERYTHING,
    below_for: timedelta | None = None,
) -> Standing:
    """An open alert at noon."""
    return Standing(f"al_{rule}", rule, scope, None if below_for is None else NOON - below_for)


def an_incident(rule: AlertRule = AlertRule.QUEUE_DEPTH, **values: Any) -> Incident:
    defaults: dict[str, Any] = {
        "id": "al_01HZX7Q2K9M4T0000000000001",
        "severity": SEVERITIES[rule],
        "scope": EVERYTHING,
        "fired_at": NOON,
        "value": 60.0,
        "peak": 60.0,
        "threshold": 50.0,
        "where": None,
        "why": ("60 jobs are due and wait",),
        "action": "Start more workers.",
        "command": "plinthctl worker list",
    }
    return Incident(rule=rule, **{**defaults, **values})


def a_letter(
    sink: str = "command", what: Telling = Telling.FIRING, incident: Incident | None = None
) -> Letter:
    return Letter(what, sink, incident or an_incident(), 1)
