"""Workers and limits: who works, and whose places are taken."""

from collections.abc import Sequence
from typing import Final

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.ids import short
from plinthctl.domain.limits import Scope
from plinthctl.domain.occupancy import Occupancy
from plinthctl.domain.spans import age
from plinthctl.domain.views import WorkerView
from plinthctl.render.board.cells import Cell, Column, Grid, Row, Tone, row
from plinthctl.render.board.jobs import bar

WORKER_COLUMNS: Final = (
    Column("NAME", 10),
    Column("BUSY", 10),
    Column("SLOTS", 5, right=True),
    Column("BEAT", 8),
    Column("WORK"),
)
LIMIT_COLUMNS: Final = (Column("SCOPE", 4), Column("ID", 16), Column("USED", 5), Column("PLACES"))
_SCOPES: Final = {Scope.ORG: "org", Scope.USER: "user", Scope.DECISION: "dec"}
LIMIT_BAR: Final = 5


def worker_grid(workers: Sequence[WorkerView]) -> Grid:
    """Who works, how busy, and when they were heard of last."""
    return Grid(WORKER_COLUMNS, tuple(map(_worker, workers)), "none: plinthctl worker")


def _worker(one: WorkerView) -> Row:
    beat = Cell(f"{age(one.silent_s)}!", Tone.ALARM) if one.silent else Cell(age(one.silent_s))
    return row(
        Cell(one.name, Tone.STRONG),
        Cell(bar(one.running / one.slots if one.slots else 0.0), Tone.RUNNING),
        f"{one.running}/{one.slots}",
        Cell(f"beat {beat.text}", beat.tone),
        _types(one.types),
        key=one.id,
    )


def _types(types: Sequence[str]) -> str:
    """What a worker takes, in a few words."""
    if not types or set(types) >= set(JOB_TYPES):
        return "all types"
    return types[0] if len(types) == 1 else f"{len(types)} types"


def limit_grid(full: Sequence[Occupancy]) -> Grid:
    """Whose places are taken, the fullest first."""
    return Grid(LIMIT_COLUMNS, tuple(map(_limit, full)), "no active jobs")


def _limit(one: Occupancy) -> Row:
    used, tone = f"{one.active}/{one.limit}", Tone.BAD if one.full else Tone.RUNNING
    return row(
        _SCOPES[one.scope],
        short(one.identifier) if one.scope is Scope.DECISION else one.identifier,
        Cell(bar(one.active / one.limit if one.limit else 1.0, LIMIT_BAR), tone),
        Cell(f"{used} full", Tone.BAD) if one.full else Cell(used),
        key=f"{one.scope}:{one.identifier}",
    )
