"""Alerts: what fires, what was told of it, and the arithmetic behind it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from rich.text import Text

from plinthctl.domain.alert_board import Board
from plinthctl.domain.alert_life import Incident, Silence, Telling, Told
from plinthctl.domain.alert_rules import EVERYTHING, AlertRules, Reading, bar_of, bar_shown, shown
from plinthctl.domain.alerting import AlertRule, AlertState, AlertView, Severity
from plinthctl.domain.ids import short
from plinthctl.domain.spans import span, zulu
from plinthctl.render.sheet import Lines, columns, hang, or_nothing, words
from plinthctl.render.times import TimeStyle, field

_LEVELS: Final = {
    Severity.PAGE: ("✗ PAGE", "bold red"),
    Severity.INVESTIGATE: ("▲ LOOK", "yellow"),
    Severity.WARNING: ("▲ WARN", "yellow"),
}
_HEADER: Final = ("LEVEL", "METRIC", "NOW", "THRESHOLD", "SINCE", "STATE", "WHERE", "DO")
_HISTORY: Final = ("ID", "LEVEL", "METRIC", "TYPE", "PEAK", "FIRED", "LASTED", "STATE", "TOLD")


def rule_name(rule: AlertRule) -> str:
    """``failure rate``."""
    return rule.replace("_", " ")


def table(board: Board, rules: AlertRules, width: int | None, times: TimeStyle) -> Lines:
    """A line a rule, and one for each further alert."""
    piped = width is None
    rows = [_row(one, board.at, rules, times) for one in board.views]
    return columns(_HEADER, [[or_nothing(c, piped) for c in row] for row in rows], width)


def _row(one: AlertView, now: datetime, rules: AlertRules, times: TimeStyle) -> list[Text]:
    is_ok = one.state is AlertState.OK
    return [
        words(("✓ OK", "green") if is_ok else _LEVELS[one.severity]),
        words(rule_name(one.rule)),
        words(shown(one.rule, one.value)),
        words(bar_shown(one.rule, bar_of(rules, one.rule))),
        words(field(one.since, now, times) if one.since else ""),
        words(state_words(one, now)),
        words(one.where or ""),
        words("" if is_ok else one.command or ""),
    ]


def state_words(one: AlertView, now: datetime) -> str:
    """``firing``, ``ana has it``, ``silenced 2h``; nothing where all is well."""
    match one.state:
        case AlertState.OK:
            return ""
        case AlertState.FIRING:
            return "firing" if one.incident else "firing, untold"
        case AlertState.ACKNOWLEDGED:
            return f"{one.acknowledged_by} has it"
        case AlertState.SILENCED:
            left = (one.silenced_until - now).total_seconds() if one.silenced_until else 0.0
            return f"silenced {span(left)}"


def silence_line(one: Silence, now: datetime) -> Text:
    """What is silenced, for how long, by whom and why; and how to lift it."""
    why = f" ({one.reason})" if one.reason else ""
    left = span((one.until - now).total_seconds())
    told = f"silenced: {_whose(one.rule, one.scope)}, for {left} by {one.operator}{why}"
    return words((told, "yellow"), f"; {_lift(one)}")


def _whose(rule: AlertRule, scope: str) -> str:
    return rule_name(rule) if scope == EVERYTHING else f"{rule_name(rule)} of {scope}"


def _lift(one: Silence) -> str:
    only = "" if one.scope == EVERYTHING else f" --type {one.scope}"
    return f"plinthctl alerts silence {one.rule}{only} --lift"


def board_object(board: Board) -> dict[str, Any]:
    """All of the board."""
    return {
        "at": zulu(board.at),
        "evaluated_at": zulu(board.evaluated_at),
        "unwatched": board.unwatched,
        "worst": board.worst.value if board.worst else None,
        "alerts": [view_object(one) for one in board.views],
        "silences": [silence_object(one) for one in board.silences],
    }


def view_object(one: AlertView) -> dict[str, Any]:
    """One line of `table`."""
    return {
        "rule": one.rule.value,
        "severity": one.severity.value,
        "state": one.state.value,
        "value": one.value,
        "threshold": one.threshold,
        "type": one.type,
        "where": one.where,
        "since": zulu(one.since),
        "action": one.action,
        "command": one.command,
        "incident": one.incident,
        "acknowledged_by": one.acknowledged_by,
        "silenced_until": zulu(one.silenced_until),
    }


def silence_object(one: Silence) -> dict[str, Any]:
    """What is silenced; ``type`` is null for all types."""
    return {
        "rule": one.rule.value,
        "type": None if one.scope == EVERYTHING else one.scope,
        "silenced_until": zulu(one.until),
        "silenced_by": one.operator,
        "reason": one.reason,
    }


# -- what was -----------------------------------------------------------------------------


def history(found: Sequence[Incident], now: datetime, width: int | None, times: TimeStyle) -> Lines:
    """A line each, and what was told of it."""
    piped = width is None
    rows = [
        [
            words(one.id if piped else short(one.id)),
            words(_LEVELS[one.severity]),
            words(rule_name(one.rule)),
            words(one.type or ""),
            words(shown(one.rule, one.peak)),
            words(field(one.fired_at, now, times)),
            words(span(((one.resolved_at or now) - one.fired_at).total_seconds())),
            words(_was(one)),
            words(", ".join(map(_told_words, one.told))),
        ]
        for one in found
    ]
    return columns(_HISTORY, [[or_nothing(c, piped) for c in row] for row in rows], width)


def _was(one: Incident) -> str:
    taken = f" ({one.acknowledged_by})" if one.acknowledged_by else ""
    return ("resolved" if one.resolved_at else "open") + taken


def _told_words(one: Told) -> str:
    name = one.sink if one.what is Telling.FIRING else f"{one.sink} (resolved)"
    if one.told_at is not None:
        return f"{name} ✓"
    why = f": {one.error}" if one.error else ""
    if one.given_up_at is not None:
        return f"{name} given up{why}"
    return f"{name} due{why}"


def incident_object(one: Incident) -> dict[str, Any]:
    """An alert with its whole life, as JSON."""
    return {
        "incident": one.id,
        "rule": one.rule.value,
        "severity": one.severity.value,
        "type": one.type,
        "state": "resolved" if one.resolved_at else "open",
        "value": one.value,
        "peak": one.peak,
        "threshold": one.threshold,
        "where": one.where,
        "why": list(one.why),
        "action": one.action,
        "command": one.command,
        "fired_at": zulu(one.fired_at),
        "below_since": zulu(one.below_since),
        "resolved_at": zulu(one.resolved_at),
        "acknowledged_at": zulu(one.acknowledged_at),
        "acknowledged_by": one.acknowledged_by,
        "reason": one.acknowledged_reason,
        "told": [_told_object(told) for told in one.told],
    }


def _told_object(one: Told) -> dict[str, Any]:
    return {
        "event": one.what.value,
        "sink": one.sink,
        "tries": one.tries,
        "told_at": zulu(one.told_at),
        "due_at": zulu(one.due_at) if one.told_at is None and one.given_up_at is None else None,
        "given_up_at": zulu(one.given_up_at),
        "error": one.error,
    }


# -- why ----------------------------------------------------------------------------------


def reading_lines(one: Reading, width: int | None) -> Lines:
    """A reading, and its arithmetic below it."""
    mark = ("✗ fires", "bold red") if one.fires else ("✓ does not fire", "green")
    head = words((rule_name(one.rule), "bold"), f" of {one.type or 'all types'}: ", mark)
    lines = [head]
    for line in one.why:
        lines += hang(words("  "), words(line), width)
    if one.fires:
        lines += hang(words("  "), words(("do ", "bold"), f"{one.action} {one.command}"), width)
    return lines


def reading_object(one: Reading, told: Sequence[str]) -> dict[str, Any]:
    """The same as JSON; ``told`` names who would be told."""
    return {
        "rule": one.rule.value,
        "severity": one.severity.value,
        "type": one.type,
        "value": one.value,
        "threshold": one.threshold,
        "fires": one.fires,
        "where": one.where,
        "why": list(one.why),
        "action": one.action,
        "command": one.command,
        "told": list(told),
    }


def acknowledged_line(one: Incident, *, changed: bool) -> Text:
    """What has become of an alert."""
    became = "acknowledged" if changed else f"acknowledged already, by {one.acknowledged_by}"
    return words(
        ("✓ ", "green"), (short(one.id), "bold"), f" {_whose(one.rule, one.scope)} {became}"
    )
