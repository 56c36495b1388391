"""The last thing before the terminal: in ASCII mode nothing past ASCII gets there, whoever
has drawn it: borders, scrollbars, toasts and data included."""

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from plinthctl.render.board.marks import in_ascii


class AsciiFilter(LineFilter):
    """Shows what is ours by its ASCII, and everything else as question marks."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same line, as wide, in ASCII."""
        return [Segment(in_ascii(text), style, control) for text, style, control in segments]
