"""One job in words, as lines of a width: its head, why it waits, its error, what it was
given, what it found, and what has happened to it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from rich.text import Text

from plinthctl.domain.ids import short
from plinthctl.domain.job import Phase
from plinthctl.domain.quality import Quality
from plinthctl.domain.text import one_line, without_credentials
from plinthctl.domain.views import JobDetail, JobView
from plinthctl.domain.why import Cause, Explanation
from plinthctl.render.advice import fix_for
from plinthctl.render.board import failings, heads
from plinthctl.render.board.cells import Cell, Row, Tone
from plinthctl.render.board.events import event_grid
from plinthctl.render.board.jobs import bar
from plinthctl.render.board.usual import Usual
from plinthctl.render.jsons import dumps
from plinthctl.render.results import result_sheets
from plinthctl.render.sheet import hang, wrap
from plinthctl.render.times import TimeStyle
from plinthctl.services.explain import AS_IT_SHOULD
from tui import draw
from tui.retone import retoned
from tui.theme import Palette
from tui.times import Times

BAR: Final = 30
_EVENT: Final = 26  # cells before an event's words
_SAID_BY_THE_HEAD: Final = AS_IT_SHOULD | {Cause.COMPLETED, Cause.CANCELLED, Cause.DEGRADED}


def head(
    detail: JobDetail, usual: Usual | None, times: Times, width: int, c: Palette
) -> list[Text]:
    """Four lines: who it is, whose, since when, and how far."""
    job = detail.job
    whole = draw.text(c, Cell(f"{job.id} ", Tone.DIM))
    named = draw.text(c, " ", *heads.named(job))
    first = draw.ends(named, whole, width) if named.cell_len + whole.cell_len < width else named
    paid = draw.text(c, Cell(f"{' · '.join(heads.cost_words(detail))} ", Tone.DIM))
    return [
        first,
        draw.ends(draw.text(c, f" {heads.belongs(job)}"), paid, width),
        draw.text(c, f" {heads.clocks(job, usual, times.zone)}"),
        _far(detail, c),
    ]


def _far(detail: JobDetail, c: Palette) -> Text:
    job = detail.job
    tone = {Phase.FAILED: Tone.BAD, Phase.COMPLETED: Tone.GOOD}.get(job.phase, Tone.RUNNING)
    said = Cell(one_line(job.status_message or "") if not job.ended else "")
    drawn = Cell(bar(job.progress / 100, BAR), tone)
    return draw.text(c, " ", drawn, f"  {job.progress}%  ", _worth(job) or said)


def _worth(job: JobView) -> Cell | None:
    """What its results lack, in a line; None: nothing, or nobody judged them."""
    if job.quality is None or job.quality is Quality.OK:
        return None
    tone = Tone.BAD if job.quality is Quality.HOLLOW else Tone.WARNING
    return Cell(one_line(f"{job.quality.value}: {job.quality_reason}"), tone)


def why(found: Explanation | None, detail: JobDetail, width: int, c: Palette) -> list[Text]:
    """Why it is where it is, and what helps; nothing where the head says it all."""
    if found is None or found.cause in _SAID_BY_THE_HEAD:
        return []
    helps = found.command or (found.otherwise if detail.job.ended else None)
    told = draw.text(c, found.sentence)
    way = draw.text(c, "  → ", Cell(helps, Tone.STRONG)) if helps else Text()
    label = draw.text(c, Cell(" why  ", Tone.DIM))
    if label.cell_len + told.cell_len + way.cell_len < width:
        return [label + told + way]
    more = hang(Text("    "), way, width - 1) if helps else []
    return [*hang(label, told, width - 1), *more]


def error(detail: JobDetail, width: int, c: Palette) -> list[Text]:
    """What went wrong, shortly: two lines of the provider's words at most."""
    told: list[Text] = []
    for cells in failings.failing(detail):
        told += _wrapped(cells, width - 2, c)[:2]
    return [Text(" ") + line for line in told]


def whole_error(detail: JobDetail, width: int, c: Palette) -> list[Text]:
    """Everything about it."""
    told = [line for cells in failings.whole(detail) for line in _wrapped(cells, width, c)]
    fix = fix_for(detail.error_detail, short(detail.job.id)) or ""
    mend = [Text(), *hang(draw.text(c, Cell("fix  ", Tone.DIM)), draw.text(c, fix), width)]
    return [*told, *(mend if fix else [])]


def _wrapped(cells: Iterable[Cell], width: int, c: Palette) -> list[Text]:
    """One paragraph; line breaks in what is told stay."""
    paragraphs = draw.paragraphs(c, *cells)
    return [line for one in paragraphs for line in (list(wrap(one, max(20, width))) or [Text()])]


def given(detail: JobDetail, width: int, c: Palette) -> list[Text]:
    """What it was given, a field a paragraph."""
    return [line for name, value in detail.input.items() for line in _field(name, value, width, c)]


def _field(name: str, value: Any, width: int, c: Palette) -> Iterator[Text]:
    yield draw.text(c, Cell(name, Tone.DIM))
    told = value if isinstance(value, str) else dumps(value)
    for line in _wrapped([Cell(without_credentials(told))], width - 2, c):
        yield Text("  ") + line


def found(detail: JobDetail, times: Times, width: int, c: Palette) -> list[Text]:
    """What it found, as a person reads it; what it went without comes first."""
    drawn = [line for one in _warnings(detail.output) for line in _wrapped(one, width, c)]
    style = TimeStyle.LOCAL if times is Times.LOCAL else TimeStyle.UTC
    for sheet in result_sheets(detail.results, width, style):
        drawn += [*([Text()] if drawn else []), *(retoned(line, c) for line in sheet)]
    if not detail.results and detail.output is not None:
        drawn += [draw.text(c, line) for line in dumps(detail.output).split("\n")]
    return drawn or [draw.text(c, Cell(_nothing_found(detail), Tone.DIM))]


def _warnings(output: Mapping[str, Any] | None) -> Iterator[tuple[Cell, ...]]:
    for one in (output or {}).get("warnings", []):
        yield (Cell(f"▲ {one.get('step')}: ", Tone.WARNING), Cell(str(one.get("reason"))))


def _nothing_found(detail: JobDetail) -> str:
    return "nothing was found" if detail.job.ended else "nothing yet"


def events(detail: JobDetail, times: Times, width: int, c: Palette) -> list[Text]:
    """What has happened to it; long lines go on below themselves."""
    grid = event_grid(detail.history, times.zone)
    drawn: list[Text] = []
    for row in grid.rows:
        first = draw.line(Row(row.cells[:-1]), grid.columns[:-1], _EVENT, c)
        drawn += hang(first + Text(" "), draw.text(c, row.cells[-1]), width)
    return drawn
