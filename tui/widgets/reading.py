"""Lines to be read: more than have room are scrolled; at its end it follows what comes."""

from typing import ClassVar

from rich.segment import Segment
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.widgets.painted import Paint, colours_of


class Reading(ScrollView, can_focus=True):
    """Shows lines that are made for its width. ``follows``: it stays at its end as long as
    nobody scrolls away from it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll_down", "Down", show=False, id="move.down"),
        Binding("up,k", "scroll_up", "Up", show=False, id="move.up"),
        Binding("home,g", "scroll_home", "First", show=False, id="move.first"),
        Binding("end,G", "scroll_end", "Last", show=False, id="move.last"),
        Binding("pagedown", "page_down", "Page down", show=False, id="move.page_down"),
        Binding("pageup", "page_up", "Page up", show=False, id="move.page_up"),
    ]

    def __init__(self, *, id: str | None = None, follows: bool = False) -> None:
        super().__init__(id=id)
        self._paint: Paint = lambda _width, _colours: []
        self._lines: list[Text] = []
        self._follows = follows
        self.at_end = follows

    def show(self, paint: Paint) -> None:
        """Show these lines from now on."""
        self._paint = paint
        self._draw()

    def on_resize(self) -> None:
        """Make the lines for another width."""
        self._draw()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow again once somebody has come back to the end."""
        super().watch_scroll_y(old_value, new_value)
        self.at_end = self._follows and new_value >= self.max_scroll_y - 1

    def _draw(self) -> None:
        width = self.size.width
        if not width:
            return
        follow = self.at_end
        self._lines = self._paint(width, colours_of(self))
        self.virtual_size = Size(width, len(self._lines))
        if follow:
            self.scroll_to(y=max(0, len(self._lines) - self.size.height), animate=False, force=True)
            self.at_end = True
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line."""
        row, width = y + round(self.scroll_y), self.size.width
        line = self._lines[row] if row < len(self._lines) else Text()
        segments = line.render(self.app.console)
        drawn = Strip([Segment(s.text, s.style) for s in segments if s.text != "\n"])
        return drawn.adjust_cell_length(width).apply_style(self.rich_style)
