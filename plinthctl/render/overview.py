"""One look at the whole system as plain text: what the dashboard shows, without a screen."""

from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Final

from rich.text import Text

from plinthctl.domain.expiry import Expiry
from plinthctl.domain.snapshot import Snapshot
from plinthctl.domain.spans import window
from plinthctl.render.board import jobs as board
from plinthctl.render.board import side
from plinthctl.render.board.alerts import alerts
from plinthctl.render.board.cells import Cell, Grid, Tone
from plinthctl.render.board.notices import first_steps, nothing_yet, notices
from plinthctl.render.board.tiles import tiles
from plinthctl.render.board.types import types
from plinthctl.render.sheet import Lines, columns, or_nothing, words

_STYLES: Final = {
    Tone.PLAIN: "",
    Tone.DIM: "dim",
    Tone.STRONG: "bold",
    Tone.WAITING: "yellow",
    Tone.RUNNING: "cyan",
    Tone.RETRYING: "yellow",
    Tone.GOOD: "green",
    Tone.WARNING: "yellow",
    Tone.BAD: "red",
    Tone.STOPPED: "magenta",
    Tone.ALARM: "bold red",
    Tone.KEY: "bold",
}


def lines(
    look: Snapshot, name: str, version: str, clocks: Expiry, width: int | None
) -> Iterator[Text]:
    """The whole look; ``width`` None: nothing is cut, and no field is empty."""
    yield words(
        ("plinthctl top", "bold"), f"  {name}  {look.at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"
    )
    yield from (words((notice, "yellow")) for notice in notices(look, version))
    for tile in tiles(look, clocks, wide=True):
        yield words(f"{tile.title:15}", (tile.value, _STYLES[tile.tone]))
    if nothing_yet(look):
        yield from (words(line) for line in first_steps(look))
        return
    for title, grid in _panels(look, clocks):
        yield Text()
        yield words((title, "bold"))
        yield from _table(grid, width)


def _panels(look: Snapshot, clocks: Expiry) -> Iterator[tuple[str, Grid]]:
    now, active = look.now, board.job_grid(look.active, board.places(look.active), clocks)
    yield "Alerts", alerts(look)
    yield f"Job types, last {window(look.window_s)}", types(look)
    yield f"Running {now.running:,}, pending {now.pending:,}", active
    yield f"Stuck {now.stuck:,}", board.stuck_grid(look.stuck)
    yield f"Workers {len(look.workers):,}", side.worker_grid(look.workers)
    yield "Limits", side.limit_grid(look.full)
    yield "Recent", board.recent_grid(look.recent)


def _table(grid: Grid, width: int | None) -> Lines:
    if not grid.rows:
        return [words((grid.note or "nothing", "dim"))]
    titles = [column.title for column in grid.columns]
    return columns(titles, [_cells(row.cells, width) for row in grid.rows], width)


def _cells(cells: Sequence[Cell], width: int | None) -> list[Text]:
    told = (words((cell.text, _STYLES[cell.tone])) for cell in cells)
    return [or_nothing(cell, width is None) for cell in told]
