"""The alerts: what is measured, against what, since when, and where it points."""

from typing import Final

from plinthctl.domain.alerting import AlertRule, AlertState, AlertView, Severity
from plinthctl.domain.snapshot import Snapshot
from plinthctl.domain.spans import age, window
from plinthctl.render.board.cells import NOTHING, Cell, Column, Grid, Row, Tone, row
from plinthctl.render.board.marks import of_alert

NAMES: Final = {
    AlertRule.FAILURE_RATE: "failure rate",
    AlertRule.STUCK_JOBS: "stuck jobs",
    AlertRule.P95_DURATION: "p95 duration",
    AlertRule.QUEUE_DEPTH: "queue depth",
}
COLUMNS: Final = (
    Column("LEVEL", 6),
    Column("RULE", 12),
    Column("NOW", 6, right=True),
    Column("THRESHOLD", 13),
    Column("WHERE"),
    Column("SINCE", 5, right=True),
)


def alerts(snapshot: Snapshot) -> Grid:
    """The four rules, the loudest first, and what is open of them."""
    return Grid(COLUMNS, tuple(_row(alert, snapshot) for alert in snapshot.alerts))


def _row(alert: AlertView, snapshot: Snapshot) -> Row:
    quiet = alert.state is AlertState.OK
    return row(
        of_alert(alert),
        NAMES[alert.rule],
        Cell(measured(alert.rule, alert.value), Tone.PLAIN if quiet else Tone.STRONG),
        Cell(_threshold(alert, snapshot.window_s), Tone.DIM),
        alert.where or "",
        age((snapshot.at - alert.since).total_seconds()) if alert.since else "",
        key=alert.incident or "",
    )


def measured(rule: AlertRule, value: float | None) -> str:
    """A rule's number in its own unit."""
    if value is None:
        return NOTHING
    match rule:
        case AlertRule.FAILURE_RATE:
            return f"{value:.1%}"
        case AlertRule.P95_DURATION:
            return f"{value:.1f}×"
        case AlertRule.QUEUE_DEPTH | AlertRule.STUCK_JOBS:
            return f"{value:,.0f}"


def _threshold(alert: AlertView, window_s: float) -> str:
    match alert.rule:
        case AlertRule.FAILURE_RATE:
            return f"> {alert.threshold:.0%} over {window(window_s)}"
        case AlertRule.P95_DURATION:
            return f"> {alert.threshold:g}× normal"
        case AlertRule.QUEUE_DEPTH:
            return f"> {alert.threshold:g} warns"
        case AlertRule.STUCK_JOBS:
            return f"> {alert.threshold:g}"


def loud(snapshot: Snapshot) -> tuple[int, int]:
    """How many page, and how many warn."""
    firing = [a for a in snapshot.alerts if a.state is AlertState.FIRING]
    pages = sum(a.severity is Severity.PAGE for a in firing)
    return pages, len(firing) - pages
