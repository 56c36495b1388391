"""The alerts: what is measured, against what, since when, and where it points."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from plinthctl.domain.alert_rules import Bar, bar_shown, shown
from plinthctl.domain.alerting import AlertState, AlertView, Severity
from plinthctl.domain.snapshot import Snapshot
from plinthctl.domain.spans import age
from plinthctl.render.alerts import rule_name
from plinthctl.render.board.cells import Cell, Column, Grid, Row, Tone, row
from plinthctl.render.board.marks import of_alert

_STATES: Final = (
    AlertState.FIRING,
    AlertState.ACKNOWLEDGED,
    AlertState.SILENCED,
    AlertState.OK,
)
COLUMNS: Final = (
    Column("LEVEL", 6),
    Column("RULE", 12),
    Column("NOW", 6, right=True),
    Column("THRESHOLD", 13),
    Column("WHERE"),
    Column("SINCE", 5, right=True),
)

ADVICE: Final = (Column("WHAT HELPS"),)


def alerts(snapshot: Snapshot) -> Grid:
    """The four rules, the loudest first, and what is open of them."""
    return Grid(
        COLUMNS, tuple(_row(alert, snapshot) for alert in sorted(snapshot.alerts, key=_quietness))
    )


def advice(snapshot: Snapshot) -> Grid:
    """What to do about each alert that is open, in their order."""
    open_ = [a for a in sorted(snapshot.alerts, key=_quietness) if a.state is not AlertState.OK]
    rows = (row(a.command or a.action or rule_name(a.rule)) for a in open_)
    return Grid(ADVICE, tuple(rows), "nothing fires")


def _quietness(alert: AlertView) -> tuple[int, int]:
    """The loudest come first; what is well comes last."""
    return _STATES.index(alert.state), list(Severity).index(alert.severity)


def _row(alert: AlertView, snapshot: Snapshot) -> Row:
    quiet = alert.state is AlertState.OK
    bar = Bar(alert.threshold, timedelta(seconds=snapshot.window_s))
    return row(
        of_alert(alert),
        rule_name(alert.rule),
        Cell(shown(alert.rule, alert.value), Tone.PLAIN if quiet else Tone.STRONG),
        Cell(bar_shown(alert.rule, bar), Tone.DIM),
        alert.where or "",
        age((snapshot.at - alert.since).total_seconds()) if alert.since else "",
        key=alert.incident or "",
    )


def loud(snapshot: Snapshot) -> tuple[int, int]:
    """How many page, and how many warn."""
    firing = [a for a in snapshot.alerts if a.state is AlertState.FIRING]
    pages = sum(a.severity is Severity.PAGE for a in firing)
    return pages, len(firing) - pages


@dataclass(frozen=True, slots=True)
class Turn:
    """An alert that has become louder or quieter: what it is, and its number."""

    title: str
    told: str
    louder: bool


def turns(before: Snapshot, after: Snapshot) -> Iterator[Turn]:
    """The alerts whose levels have changed; one that was silenced by hand is no news."""
    levels = {alert.rule: _level(alert) for alert in before.alerts}
    for alert in after.alerts:
        was, now = levels.get(alert.rule, 0), _level(alert)
        if was != now and alert.state is not AlertState.SILENCED:
            yield _turn(alert, after.window_s, louder=now > was)


def _level(alert: AlertView) -> int:
    """0: it is well; then the louder, the higher."""
    if alert.state is AlertState.OK:
        return 0
    return 2 if alert.severity is Severity.PAGE else 1


def _turn(alert: AlertView, window_s: float, *, louder: bool) -> Turn:
    bar = bar_shown(alert.rule, Bar(alert.threshold, timedelta(seconds=window_s)))
    value = f"{shown(alert.rule, alert.value)} {bar}" if louder else shown(alert.rule, alert.value)
    parts = (value, alert.where if louder else None)
    return Turn(
        f"{of_alert(alert).text}  {rule_name(alert.rule)}",
        " · ".join(part for part in parts if part),
        louder,
    )
