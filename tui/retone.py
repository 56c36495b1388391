"""What `plinthctl.render` has drawn for a printed page, in the tones of the dashboard."""

from typing import Final

from rich.style import Style
from rich.text import Text

from plinthctl.domain.text import safe_line
from plinthctl.render.board.cells import Tone
from tui.theme import Palette

_COLOURS: Final = {
    "red": Tone.BAD,
    "green": Tone.GOOD,
    "yellow": Tone.WARNING,
    "cyan": Tone.RUNNING,
    "magenta": Tone.STOPPED,
}


def retoned(line: Text, colours: Palette) -> Text:
    """The same line; what was a colour or dim is a tone."""
    drawn = Text(safe_line(line.plain), _tone(line.style, colours))
    for span in line.spans:
        drawn.stylize(_tone(span.style, colours), span.start, span.end)
    return drawn


def _tone(style: str | Style, colours: Palette) -> Style:
    asked = Style.parse(style) if isinstance(style, str) else style
    told = Style(bold=asked.bold)
    if asked.dim:
        told += Style.parse(colours[Tone.DIM])
    if asked.color is not None and asked.color.name in _COLOURS:
        told += Style.parse(colours[_COLOURS[asked.color.name]])
    return told
