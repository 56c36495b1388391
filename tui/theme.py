"""What tones look like: Okabe and Ito's colours, which the colour-blind can tell apart, as
they can be read on dark and on light, in the terminal's own sixteen, and in none at all.

Source: UX.md section 4.9.
"""

import difflib
from collections.abc import Mapping
from typing import Final

from rich.text import Text
from textual.theme import BUILTIN_THEMES, Theme

from plinthctl.domain.text import safe_line
from plinthctl.errors import UsageError
from plinthctl.render.board.cells import Cell, Tone

OURS: Final = "plinth"
NO_COLOR_THEME: Final = "ansi-dark"

Palette = Mapping[Tone, str]

_SHAPES: Final[Palette] = {
    Tone.PLAIN: "",
    Tone.DIM: "",
    Tone.STRONG: "bold",
    Tone.WAITING: "",
    Tone.RUNNING: "",
    Tone.RETRYING: "",
    Tone.GOOD: "",
    Tone.WARNING: "bold",
    Tone.BAD: "bold",
    Tone.STOPPED: "",
    Tone.ALARM: "bold reverse",
    Tone.KEY: "bold",
}
_DARK: Final[Mapping[Tone, str]] = {
    Tone.DIM: "#8b949e",
    Tone.WAITING: "#a8b0ba",
    Tone.RUNNING: "#56b4e9",
    Tone.RETRYING: "#e69f00",
    Tone.GOOD: "#2fb58c",
    Tone.WARNING: "#e69f00",
    Tone.BAD: "#f0733a",
    Tone.STOPPED: "#a8b0ba",
    Tone.ALARM: "#f0733a",
    Tone.KEY: "#56b4e9",
}
_LIGHT: Final[Mapping[Tone, str]] = {
    Tone.DIM: "#5b636d",
    Tone.WAITING: "#4a5159",
    Tone.RUNNING: "#00588c",
    Tone.RETRYING: "#7a4f00",
    Tone.GOOD: "#00624a",
    Tone.WARNING: "#7a4f00",
    Tone.BAD: "#a33b00",
    Tone.STOPPED: "#4a5159",
    Tone.ALARM: "#a33b00",
    Tone.KEY: "#00588c",
}
_ANSI: Final[Mapping[Tone, str]] = {
    Tone.RUNNING: "cyan",
    Tone.RETRYING: "yellow",
    Tone.GOOD: "green",
    Tone.WARNING: "yellow",
    Tone.BAD: "red",
    Tone.ALARM: "red",
    Tone.KEY: "cyan",
}

PLINTH: Final = Theme(
    name=OURS,
    primary="#56b4e9",
    secondary="#8b949e",
    warning="#e69f00",
    error="#f0733a",
    success="#2fb58c",
    accent="#56b4e9",
    foreground="#d7dde3",
    background="#0d1117",
    surface="#0d1117",
    panel="#161b22",
    boost="#1f2630",
    dark=True,
    variables={
        "border": "#3d4651",
        "border-blurred": "#3d4651",
        "footer-key-foreground": "#56b4e9",
    },
)


def palette(theme: Theme, *, no_color: bool) -> Palette:
    """The styles of all tones under a theme."""
    if no_color:
        return _SHAPES
    colours = _ANSI if theme.ansi else _DARK if theme.dark else _LIGHT
    return {tone: f"{shape} {colours.get(tone, '')}".strip() for tone, shape in _SHAPES.items()}


def styled(cell: Cell, colours: Palette) -> Text:
    """A cell as it is drawn: its words made safe, in its tone."""
    return Text(safe_line(cell.text), colours[cell.tone])


def check_theme(name: str) -> None:
    """Raises:
    UsageError: there is no such theme.
    """
    known = ["default", *sorted(BUILTIN_THEMES)]
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        raise UsageError(
            f'no theme "{name}"',
            why=f"did you mean {near[0]}?" if near else None,
            fix=f"one of: {', '.join(known)}",
        )
