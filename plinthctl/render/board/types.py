"""The job types: what each is doing, and how the last hour went against what is normal."""

from typing import Final

from plinthctl.domain.alerting import AlertRule
from plinthctl.domain.snapshot import Snapshot, TypeNumbers
from plinthctl.domain.spans import span
from plinthctl.render.board.cells import FEWEST_RUNS, NOTHING, Cell, Column, Grid, Row, Tone, row

COLUMNS: Final = (
    Column("TYPE", 19),
    Column("PEND", 5, right=True),
    Column("RUN", 3, right=True),
    Column("DONE", 4, right=True),
    Column("FAIL%", 6, right=True),
    Column("P50", 6, right=True),
    Column("P95", 6, right=True),
    Column("NORMAL", 6, right=True),
    Column("×", 5, right=True),
)
_RATE: Final = 0.10
_TIMES: Final = 2.0


def types(snapshot: Snapshot) -> Grid:
    """Every job type, in the catalogue's order."""
    limits = {a.rule: a.threshold for a in snapshot.alerts}
    return Grid(COLUMNS, tuple(_row(one, limits) for one in snapshot.types))


def _row(one: TypeNumbers, limits: dict[AlertRule, float]) -> Row:
    return row(
        one.type,
        f"{one.pending:,}",
        f"{one.running:,}",
        f"{one.completed:,}",
        _failing(one, limits.get(AlertRule.FAILURE_RATE, _RATE)),
        _seconds(one.duration.p50_s),
        _seconds(one.duration.p95_s),
        f"{'~' if one.normal.guessed else ''}{span(one.normal.p95_s)}",
        _times(one, limits.get(AlertRule.P95_DURATION, _TIMES)),
        key=one.type,
    )


def _failing(one: TypeNumbers, threshold: float) -> Cell:
    rate = one.failure_rate
    if rate is None or one.failed + one.completed < FEWEST_RUNS:
        return Cell(NOTHING, Tone.DIM)
    return _marked(f"{100 * rate:.1f}", over=rate > threshold)


def _seconds(seconds: float | None) -> Cell:
    return Cell(NOTHING, Tone.DIM) if seconds is None else Cell(span(seconds))


def _times(one: TypeNumbers, threshold: float) -> Cell:
    times = one.times_normal
    if times is None:
        return Cell(NOTHING, Tone.DIM)
    return _marked(f"{times:.1f}×", over=times > threshold)


def _marked(told: str, *, over: bool) -> Cell:
    """A number; past its threshold it says so without its colour, too."""
    return Cell(f"{told}!", Tone.BAD) if over else Cell(told)
