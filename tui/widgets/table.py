"""A table whose cursor is on a job, and not on a row number.

Rows may be sorted, refreshed and taken away under it: the cursor stays on what it was put
on. A row that leaves while somebody has put the cursor on it stays, dimmed, until the
cursor leaves it or it has been gone for a while: what is under the cursor is never
swapped for something else in the moment before a key is pressed.
"""

from dataclasses import dataclass
from typing import ClassVar, Final

from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from plinthctl.render.board.cells import Cell, Column, Grid, Row, Tone
from plinthctl.render.board.marks import CURSOR, MARKED
from tui import draw
from tui.cursor import Cursor
from tui.widgets.painted import colours_of

_TITLES: Final = 1


class Table(ScrollView, can_focus=True):
    """Rows by their keys, a cursor, and marks."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"table--cursor", "table--gone"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False, id="move.down"),
        Binding("up,k", "move(-1)", "Up", show=False, id="move.up"),
        Binding("home,g", "first", "First", show=False, id="move.first"),
        Binding("end,G", "last", "Last", show=False, id="move.last"),
        Binding("pagedown", "leaf(1)", "Page down", show=False, id="move.page_down"),
        Binding("pageup", "leaf(-1)", "Page up", show=False, id="move.page_up"),
        Binding("enter", "open", "View", id="job.view"),
        Binding("space", "mark", "Mark", show=False, id="job.mark"),
    ]

    @dataclass
    class Opened(Message):
        """Somebody wants to see what a row tells of."""

        key: str

    @dataclass
    class Marked(Message):
        """The marks have changed."""

        keys: frozenset[str]

    def __init__(self, *, id: str | None = None, marking: bool = False) -> None:
        super().__init__(id=id)
        self._columns: tuple[Column, ...] = ()
        self._rows: dict[str, Row] = {}
        self._note = ""
        self._cursor = Cursor()
        self._marking = marking
        self.marked: frozenset[str] = frozenset()

    def show(self, grid: Grid) -> None:
        """Show these rows; cursor and marks stay on theirs."""
        before = self._rows
        self._columns, self._note = grid.columns, grid.note
        shown = {row.key: row for row in grid.rows}
        self._cursor = self._cursor.after(tuple(shown))
        order = self._cursor.keys
        self._rows = {key: shown[key] if key in shown else before[key] for key in order}
        self.marked &= frozenset(shown)
        self.virtual_size = Size(self.size.width, len(self._rows) + _TITLES)
        self._follow()
        self.refresh()

    @property
    def cursor_key(self) -> str | None:
        """The key of the row that the cursor is on."""
        return self._cursor.key

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all rows, in their order."""
        return self._cursor.keys

    @property
    def chosen(self) -> tuple[str, ...]:
        """The keys of the marked rows in their order, or of the one under the cursor."""
        if self.marked:
            return tuple(key for key in self._rows if key in self.marked)
        return (self._cursor.key,) if self._cursor.key else ()

    def put_cursor(self, key: str) -> None:
        """Put the cursor on a row."""
        self._cursor = self._cursor.on(key)
        self._follow()
        self.refresh()

    def clear_marks(self) -> None:
        """Take all marks away."""
        self._mark(frozenset())

    def action_move(self, rows: int) -> None:
        """Move the cursor by so many rows."""
        self._cursor = self._cursor.moved(rows)
        self._follow()
        self.refresh()

    def action_leaf(self, pages: int) -> None:
        """Move the cursor by so many pages."""
        self.action_move(pages * max(1, self.size.height - _TITLES))

    def action_first(self) -> None:
        """Put the cursor on the first row."""
        self.action_move(-len(self._rows))

    def action_last(self) -> None:
        """Put the cursor on the last row."""
        self.action_move(len(self._rows))

    def action_open(self) -> None:
        """Say that somebody wants to see the row under the cursor."""
        if self._cursor.key:
            self.post_message(self.Opened(self._cursor.key))

    def action_mark(self) -> None:
        """Mark the row under the cursor, or unmark it, and go on to the next."""
        if self._marking and self._cursor.key:
            self._mark(self.marked ^ {self._cursor.key})
            self.action_move(1)

    def _mark(self, keys: frozenset[str]) -> None:
        self.marked = keys
        self.refresh()
        self.post_message(self.Marked(keys))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where somebody clicks; twice opens it."""
        keys = self._cursor.keys
        row = event.y - _TITLES + round(self.scroll_y)
        if 0 <= row < len(keys) and event.y >= _TITLES:
            self.put_cursor(keys[row])
            if event.chain > 1:
                self.action_open()

    def _follow(self) -> None:
        """Scroll so that the cursor is seen."""
        place, room = self._cursor.place, max(1, self.size.height - _TITLES)
        top = round(self.scroll_y)
        if place < top:
            self.scroll_to(y=place, animate=False)
        elif place >= top + room:
            self.scroll_to(y=place - room + 1, animate=False)

    def on_focus(self) -> None:
        """The cursor is where the keys go."""
        self.refresh()

    def on_blur(self) -> None:
        """The keys go somewhere else."""
        self.refresh()

    def on_resize(self) -> None:
        """Keep the cursor in sight at another size."""
        self.virtual_size = Size(self.size.width, len(self._rows) + _TITLES)
        self._follow()

    def render_line(self, y: int) -> Strip:
        """One line: the titles stay at the top, whatever is scrolled."""
        width = self.size.width
        keys = self._cursor.keys
        row = y - _TITLES + round(self.scroll_y)
        if not keys:
            return self._strip(self._empty(y), width, "")
        if y < _TITLES:
            titles = draw.header(self._columns, width - draw.MARGIN, colours_of(self))
            return self._strip(Text(" " * draw.MARGIN) + titles, width, "")
        return self._row(keys[row], width) if row < len(keys) else self._strip(Text(), width, "")

    def _empty(self, y: int) -> Text:
        note = Cell(f"{' ' * draw.MARGIN}{self._note}", Tone.DIM)
        return draw.text(colours_of(self), note) if y == 0 else Text()

    def _row(self, key: str, width: int) -> Strip:
        colours = colours_of(self)
        line = draw.line(self._rows[key], self._columns, width - draw.MARGIN, colours)
        here = key == self._cursor.key and self.has_focus
        name = "table--gone" if key in self._cursor.gone else "table--cursor" if here else ""
        return self._strip(draw.text(colours, self._prefix(key, here)) + line, width, name)

    def _prefix(self, key: str, here: bool) -> str:
        if key in self.marked:
            return f"{CURSOR}{MARKED}" if here else f"{MARKED} "
        return f"{CURSOR} " if here else "  "

    def _strip(self, line: Text, width: int, name: str) -> Strip:
        style = self.get_component_rich_style(name) if name else self.rich_style
        segments = line.render(self.app.console)
        drawn = Strip([Segment(s.text, s.style) for s in segments if s.text != "\n"])
        return drawn.adjust_cell_length(width).apply_style(style)
