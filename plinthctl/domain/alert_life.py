"""The life of alerts: when one begins, goes on and ends, and what is told of it.

Source: SPEC.md section 8 and CORE.md, "Alerts".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from plinthctl.domain.alert_rules import EVERYTHING, Reading
from plinthctl.domain.alerting import AlertRule, AlertState, Severity

CLEAR_AFTER: Final = timedelta(minutes=10)  # below the threshold without a break
EVALUATED_WITHIN: Final = timedelta(minutes=3)  # three in a row were missed
KEPT_FOR: Final = timedelta(days=90)  # resolved ones
GIVEN_UP_AFTER: Final = timedelta(hours=24)  # of trying to tell
FIRST_AGAIN_AFTER: Final = timedelta(seconds=15)
LAST_AGAIN_AFTER: Final = timedelta(minutes=5)
_DOUBLINGS: Final = 5  # from the first wait past the last


@dataclass(frozen=True, slots=True)
class Standing:
    """An open alert, as far as its life depends on it."""

    id: str
    rule: AlertRule
    scope: str
    below_since: datetime | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of alerts by one evaluation.

    Attributes:
        fire: Readings that begin an alert.
        go_on: Open alerts whose reading fires still.
        calm: Open alerts whose reading does not fire; for not long enough.
        resolve: Open alerts that end.
    """

    fire: tuple[Reading, ...] = ()
    go_on: tuple[tuple[Standing, Reading], ...] = ()
    calm: tuple[tuple[Standing, Reading | None], ...] = ()
    resolve: tuple[Standing, ...] = ()


def plan(found: Sequence[Reading], standing: Sequence[Standing], now: datetime) -> Plan:
    """What one evaluation comes to.

    While a rule fires for everything, or is open for it, none begins for one type:
    the one that is told names the worst type. A type whose alert is open keeps it.
    """
    by_key = {(one.rule, one.scope): one for one in found}
    open_ = {(one.rule, one.scope) for one in standing}
    pairs = [(one, by_key.get((one.rule, one.scope))) for one in standing]
    below = [(one, reading) for one, reading in pairs if reading is None or not reading.fires]
    return Plan(
        fire=tuple(
            one
            for one in found
            if one.fires and (one.rule, one.scope) not in open_ and not _covered(one, found, open_)
        ),
        go_on=tuple((one, r) for one, r in pairs if r is not None and r.fires),
        calm=tuple((one, r) for one, r in below if not _is_over(one, now)),
        resolve=tuple(one for one, _ in below if _is_over(one, now)),
    )


def _covered(
    one: Reading, found: Iterable[Reading], open_: Iterable[tuple[AlertRule, str]]
) -> bool:
    if one.scope == EVERYTHING:
        return False
    firing = {(other.rule, other.scope) for other in found if other.fires}
    return (one.rule, EVERYTHING) in {*firing, *open_}


def _is_over(one: Standing, now: datetime) -> bool:
    return one.below_since is not None and now - one.below_since >= CLEAR_AFTER


class Telling(StrEnum):
    """What is told of an alert, once each."""

    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Told:
    """One message to one sink: where it stands.

    Attributes:
        due_at: When it is tried next, or was last due.
        error: Why the last try failed; no secret is in it.
    """

    what: Telling
    sink: str
    due_at: datetime
    tries: int
    told_at: datetime | None = None
    given_up_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """Until when nothing is told of a rule: of one type, or of everything."""

    rule: AlertRule
    scope: str
    until: datetime
    operator: str
    reason: str | None = None

    def covers(self, rule: AlertRule, scope: str) -> bool:
        """Whether it holds messages of that rule and scope back."""
        return self.rule is rule and self.scope in {EVERYTHING, scope}


@dataclass(frozen=True, slots=True)
class Incident:
    """An alert with its whole life.

    Attributes:
        value: The last one that fired; ``peak`` the highest.
        below_since: Since when it has not fired, while it is open.
        told: What was told of it, or will be.
    """

    id: str
    rule: AlertRule
    severity: Severity
    scope: str
    fired_at: datetime
    value: float
    peak: float
    threshold: float
    where: str | None
    why: tuple[str, ...]
    action: str
    command: str
    below_since: datetime | None = None
    resolved_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    acknowledged_reason: str | None = None
    told: tuple[Told, ...] = ()

    @property
    def type(self) -> str | None:
        """The job type it fires for; None: everything."""
        return None if self.scope == EVERYTHING else self.scope

    def state(self, silence: Silence | None) -> AlertState:
        """Where it stands; ``silence``: what holds its messages back now."""
        if self.resolved_at is not None:
            return AlertState.OK
        if silence is not None:
            return AlertState.SILENCED
        return AlertState.ACKNOWLEDGED if self.acknowledged_by else AlertState.FIRING


def silence_of(silences: Iterable[Silence], rule: AlertRule, scope: str) -> Silence | None:
    """The one that lasts longest of those that cover a rule and scope."""
    covering = (one for one in silences if one.covers(rule, scope))
    return max(covering, key=lambda one: one.until, default=None)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that one sender has taken to tell it to one sink.

    Attributes:
        tries: This one included.
    """

    what: Telling
    sink: str
    incident: Incident
    tries: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a letter. ``error`` None: it was taken."""

    letter: Letter
    error: str | None = None


def again_after(tries: int) -> timedelta:
    """How long after try number ``tries`` began a message is tried again: 15 s, doubled
    up to 5 minutes. Nothing is random in it: messages are few.

    Raises:
        ValueError: ``tries`` is below 1.
    """
    if tries < 1:
        raise ValueError(f"tries count from 1, got {tries}")
    doublings: int = 2 ** min(tries - 1, _DOUBLINGS)
    return min(LAST_AGAIN_AFTER, FIRST_AGAIN_AFTER * doublings)


def is_given_up(first_tried_at: datetime | None, now: datetime) -> bool:
    """Whether a message has been tried for so long that nobody will take it."""
    return first_tried_at is not None and now - first_tried_at > GIVEN_UP_AFTER


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What one evaluation began and ended."""

    fired: tuple[Incident, ...] = ()
    resolved: tuple[Incident, ...] = ()


Sinks = Mapping[Severity, tuple[str, ...]]
"""The names of the sinks that are told of each severity."""
