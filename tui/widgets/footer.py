"""The line at the bottom: the keys that are worth knowing here, as many as have room."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from rich.text import Text
from textual import events

from plinthctl.render.board.cells import Cell, Tone
from tui import draw
from tui.theme import Palette
from tui.widgets.painted import Painted

GAP: Final = 2


@dataclass(frozen=True, slots=True)
class Hint:
    """A key, what it does, and the action that a click on it is."""

    key: str
    does: str
    action: str = ""

    @property
    def cells(self) -> int:
        """How wide it is."""
        return cell_len(self.key) + 1 + cell_len(self.does)


class Footer(Painted):
    """Hints; a click on one is its key."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._hints: tuple[Hint, ...] = ()

    def hint(self, hints: Iterable[Hint]) -> None:
        """Show these from now on."""
        self._hints = tuple(hints)
        self.show(self._line)

    def _line(self, width: int, colours: Palette) -> list[Text]:
        line = Text()
        for at, hint in placed(self._hints, width):
            line.append(" " * (at - line.cell_len))
            line.append_text(draw.text(colours, Cell(hint.key, Tone.KEY), f" {hint.does}"))
        return [line]

    async def on_click(self, event: events.Click) -> None:
        """Do what the hint under the mouse says."""
        for at, hint in placed(self._hints, self.size.width):
            if at <= event.x < at + hint.cells and hint.action:
                await self.run_action(hint.action)


def placed(hints: Iterable[Hint], width: int) -> Iterator[tuple[int, Hint]]:
    """The hints that have room, and where each begins."""
    at = 1
    for hint in hints:
        if at + hint.cells <= width:
            yield at, hint
            at += hint.cells + GAP
