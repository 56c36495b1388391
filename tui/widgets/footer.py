"""The line at the bottom: the keys that are worth knowing here, as many as have room."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.style import Style
from rich.text import Text

from plinthctl.domain.text import safe_line
from plinthctl.render.board.cells import Tone
from tui.theme import Palette
from tui.widgets.painted import Painted


@dataclass(frozen=True, slots=True)
class Hint:
    """A key, what it does, and the action that a click on it is."""

    key: str
    does: str
    action: str = ""


class Footer(Painted):
    """Hints; a click on one is its key."""

    def hint(self, hints: Iterable[Hint]) -> None:
        """Show these from now on."""
        shown = tuple(hints)
        self.show(lambda width, colours: [_line(shown, width, colours)])


def _line(hints: Iterable[Hint], width: int, colours: Palette) -> Text:
    line = Text(" ")
    for n, hint in enumerate(hints):
        gap = "  " if n else ""
        if line.cell_len + len(gap) + len(hint.key) + 1 + len(hint.does) > width:
            continue
        line.append(gap)
        click = Style(meta={"@click": hint.action}) if hint.action else Style()
        line.append(
            safe_line(hint.key), Style.parse(colours[Tone.RUNNING]) + Style(bold=True) + click
        )
        line.append(safe_line(f" {hint.does}"), click)
    return line
