"""The last things before the terminal, whoever has drawn a line: borders, scrollbars, toasts
and what somebody has pasted into a field included."""

import unicodedata
from typing import Final

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from plinthctl.render.board.marks import in_ascii

_OBEYED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class SafeFilter(LineFilter):
    """Takes away what a terminal would obey, or nobody can see. Data has been made safe long
    before; a field shows what was pasted into it as it is."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same line without that; it had no width."""
        if all(text.isprintable() for text, _, _ in segments):
            return segments
        return [Segment(_visible(text), style, control) for text, style, control in segments]


def _visible(text: str) -> str:
    return "".join(c for c in text if unicodedata.category(c) not in _OBEYED)


class AsciiFilter(LineFilter):
    """Lets nothing past ASCII through: what is ours by its ASCII, all else as question marks."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same line, as wide, in ASCII."""
        return [Segment(in_ascii(text), style, control) for text, style, control in segments]
