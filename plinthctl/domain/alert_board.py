"""The alerts as a screen lists them: each rule has a line, and so has each further alert."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from plinthctl.domain.alert_life import (
    EVALUATED_WITHIN,
    Incident,
    Plan,
    Silence,
    Standing,
    plan,
    silence_of,
)
from plinthctl.domain.alert_rules import EVERYTHING, SEVERITIES, AlertRules, Reading, bar_of
from plinthctl.domain.alerting import AlertRule, AlertState, AlertView, Severity
from plinthctl.domain.spans import span

_ONLY_FIRING: Final = frozenset({AlertRule.PROVIDER_DOWN, AlertRule.HOLLOW_RATE})


@dataclass(frozen=True, slots=True)
class Board:
    """All that is known of alerts at one moment.

    Attributes:
        evaluated_at: When somebody last evaluated the rules; None: nobody ever has.
    """

    at: datetime
    views: tuple[AlertView, ...]
    silences: tuple[Silence, ...]
    evaluated_at: datetime | None

    @property
    def unwatched(self) -> str | None:
        """That nobody evaluates alerts, in words; None: somebody does."""
        return unwatched(self.evaluated_at, self.at)

    @property
    def worst(self) -> Severity | None:
        """The loudest of what fires and is not silenced."""
        loud = {AlertState.FIRING, AlertState.ACKNOWLEDGED}
        firing = {one.severity for one in self.views if one.state in loud}
        return next((severity for severity in Severity if severity in firing), None)


def unwatched(evaluated_at: datetime | None, now: datetime) -> str | None:
    """That nobody evaluates alerts, in words; None: somebody has just done so."""
    if evaluated_at is None:
        return "nobody has evaluated the alerts yet"
    if now - evaluated_at <= EVALUATED_WITHIN:
        return None
    return f"nobody has evaluated the alerts for {span((now - evaluated_at).total_seconds())}"


def views(
    found: Sequence[Reading],
    incidents: Sequence[Incident],
    silences: Iterable[Silence],
    now: datetime,
    rules: AlertRules,
) -> tuple[AlertView, ...]:
    """The lines, in the order of the rules.

    What would begin an alert is shown as firing, be it that nobody has evaluated it yet.
    A provider that is well has no line, nor has how hollow results are, where that is
    not too much: the screens have room for four.
    """
    held_back = tuple(silences)
    standing = [Standing(one.id, one.rule, one.scope, one.below_since) for one in incidents]
    due = plan(found, standing, now)
    lines = (
        line
        for rule in AlertRule
        for line in _of_rule(rule, found, incidents, held_back, due, bar_of(rules, rule).threshold)
    )
    return tuple(one for one in lines if one.rule not in _ONLY_FIRING or _loud(one))


def _loud(line: AlertView) -> bool:
    return line.state is not AlertState.OK


def _of_rule(
    rule: AlertRule,
    found: Sequence[Reading],
    incidents: Sequence[Incident],
    silences: Sequence[Silence],
    due: Plan,
    threshold: float,
) -> list[AlertView]:
    mine = [one for one in found if one.rule is rule]
    open_ = {one.scope: one for one in incidents if one.rule is rule}
    begins = {one.scope for one in due.fire if one.rule is rule}
    read = {one.scope: one for one in mine}
    scopes = [s for s in read if s == EVERYTHING or s in open_ or s in begins]
    scopes += [s for s in open_ if s not in read]
    if not scopes and mine:
        scopes = [max(mine, key=lambda one: one.value or 0.0).scope]
    lines = [
        _view(
            rule, threshold, read.get(s), open_.get(s), silence_of(silences, rule, s), s in begins
        )
        for s in scopes
    ]
    return lines or [_nothing(rule, threshold)]


def _view(
    rule: AlertRule,
    threshold: float,
    reading: Reading | None,
    incident: Incident | None,
    silence: Silence | None,
    begins: bool,
) -> AlertView:
    told = incident if reading is None or not reading.fires else reading
    told = told or reading
    assert told is not None, "a line has a reading or an incident"
    return AlertView(
        rule=rule,
        severity=SEVERITIES[rule],
        state=_state(incident, silence, begins=begins),
        value=reading.value if reading else None,
        threshold=threshold,
        since=incident.fired_at if incident else None,
        type=(reading.worst if reading else None) or told.type,
        where=told.where,
        action=told.action,
        command=told.command,
        incident=incident.id if incident else None,
        acknowledged_by=incident.acknowledged_by if incident else None,
        silenced_until=silence.until if silence else None,
    )


def _state(incident: Incident | None, silence: Silence | None, *, begins: bool) -> AlertState:
    if incident is not None:
        return incident.state(silence)
    if not begins:
        return AlertState.OK
    return AlertState.FIRING if silence is None else AlertState.SILENCED


def _nothing(rule: AlertRule, threshold: float) -> AlertView:
    return AlertView(rule, SEVERITIES[rule], AlertState.OK, None, threshold)
