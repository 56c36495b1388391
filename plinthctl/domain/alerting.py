"""Alerts as people see them. Source: SPEC.md section 8."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AlertRule(StrEnum):
    """What is watched, in the order that screens list it."""

    FAILURE_RATE = "failure_rate"
    STUCK_JOBS = "stuck_jobs"
    P95_DURATION = "p95_duration"
    QUEUE_DEPTH = "queue_depth"
    PROVIDER_DOWN = "provider_down"  # listed only while it is not OK
    HOLLOW_RATE = "hollow_rate"  # off by default, and listed only while it is not OK


class Severity(StrEnum):
    """How loudly a rule is told."""

    PAGE = "page"
    INVESTIGATE = "investigate"
    WARNING = "warning"


class AlertState(StrEnum):
    """Where an alert stands in its life. OK: nothing is open for its rule."""

    OK = "ok"
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    SILENCED = "silenced"


@dataclass(frozen=True, slots=True)
class AlertView:
    """One rule of one type as it stands, for every screen.

    Attributes:
        incident: The id of the open alert; None while it is OK. Firing without one:
            nobody has evaluated it yet, so nobody was told.
        type: The worst job type, or the type it fires for; None: all of them.
        value: Today's number in the rule's own unit (a share 0-1, jobs, times
            normal); None below the minimum sample.
        threshold: In the same unit.
        since: When it fired.
        where: What it points at, in words: a type and its value, a step, a split.
        action: What to do, one sentence.
        command: The command that helps, ready to be pasted.
        acknowledged_by: Who said "mine".
        silenced_until: Until when it is not told.
    """

    rule: AlertRule
    severity: Severity
    state: AlertState
    value: float | None
    threshold: float
    since: datetime | None = None
    type: str | None = None
    where: str | None = None
    action: str | None = None
    command: str | None = None
    incident: str | None = None
    acknowledged_by: str | None = None
    silenced_until: datetime | None = None
