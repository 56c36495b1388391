"""The steps of a job as bars over one axis of time."""

from collections.abc import Iterator
from typing import Final

from rich.text import Text

from plinthctl.domain.spans import span
from plinthctl.render.board.cells import Cell, Tone
from plinthctl.render.board.timeline import Part, StepLine, Timeline
from tui import draw
from tui.theme import Palette

USUALLY: Final = "┊"
NOTE: Final = 20  # cells of a note
TOOK: Final = 6
TICKS: Final = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)
BETWEEN_TICKS: Final = 10  # cells at least


def height(line: Timeline, *, axis: bool) -> int:
    """How many lines it takes."""
    return len(line.steps) + axis


def bars(line: Timeline, width: int, colours: Palette, *, axis: bool) -> list[Text]:
    """A line a step, and below them the axis, if there is to be one; with it goes a mark
    at the time by which such jobs have usually ended."""
    names = max((len(step.name) for step in line.steps), default=0)
    room = max(8, width - names - TOOK - NOTE - 9)
    usual_s = line.usual_s if axis else 0.0
    scale = _Scale(max(line.end_s, usual_s * 1.1, 0.001), room, usual_s)
    drawn = [_step(step, names, scale, colours) for step in line.steps]
    return [*drawn, _axis(names, scale, colours)] if axis else drawn


class _Scale:
    def __init__(self, whole_s: float, cells: int, usual_s: float) -> None:
        self.whole_s = whole_s
        self.cells = cells
        self.usual = self.cell(usual_s) if usual_s else None

    def cell(self, at_s: float) -> int:
        return min(self.cells - 1, max(0, int(at_s / self.whole_s * self.cells)))


def _step(step: StepLine, names: int, scale: _Scale, colours: Palette) -> Text:
    took = span(step.took_s) if step.took_s is not None else ""
    return draw.text(
        colours,
        " ",
        step.mark,
        f" {step.name:<{names}}  ",
        *_bar(step.parts, scale),
        f" {took:>{TOOK}}  ",
        step.note,
    )


def _bar(parts: tuple[Part, ...], scale: _Scale) -> Iterator[Cell]:
    cells = [Cell(" ")] * scale.cells
    if scale.usual is not None:
        cells[scale.usual] = Cell(USUALLY, Tone.DIM)
    for part in parts:
        first, last = scale.cell(part.from_s), scale.cell(part.to_s)
        cells[first : last + 1] = [Cell(part.doing.value, part.tone)] * (last + 1 - first)
    yield from cells


def _axis(names: int, scale: _Scale, colours: Palette) -> Text:
    marks = [" "] * (scale.cells + TOOK + NOTE)
    if scale.usual is not None:
        _write(marks, scale.usual, f"{USUALLY} usually")
    every_s = next(
        (t for t in TICKS if t / scale.whole_s * scale.cells >= BETWEEN_TICKS), TICKS[-1]
    )
    for n in range(int(scale.whole_s / every_s) + 1):
        label = span(n * every_s)
        at = scale.cell(n * every_s)
        if all(mark == " " for mark in marks[at : at + len(label) + 1]):
            _write(marks, at, label)
    return draw.text(colours, " " * (names + 5), Cell("".join(marks).rstrip(), Tone.DIM))


def _write(marks: list[str], at: int, text: str) -> None:
    marks[at : at + len(text)] = text
