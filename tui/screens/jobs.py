"""The jobs that a filter asks for: sorted, marked, and steered, one or many."""

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar, Final

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from plinthctl.domain.filter_terms import LONGEST, FilterError
from plinthctl.domain.queries import Sort
from plinthctl.domain.text import cut
from plinthctl.domain.views import JobView
from plinthctl.render.board.cells import Cell, Tone
from plinthctl.render.board.jobs import job_grid
from tui import draw
from tui.filtering import wrong_with
from tui.frame import Asked, Frame, Page, Wanted
from tui.screens.base import Looking
from tui.theme import Palette
from tui.widgets.filter_input import FilterInput
from tui.widgets.footer import Hint
from tui.widgets.painted import Painted
from tui.widgets.table import Table

CUT_AT: Final = 24  # characters of a filter that nothing fits


class Jobs(Looking):
    """A list of jobs, and the filter that it answers."""

    where = "jobs"
    AUTO_FOCUS = "#list"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="view.back"),
        Binding("o", "sort", "Sort", id="view.sort"),
        Binding("O", "reverse", "Reverse", show=False, id="view.reverse"),
    ]

    def __init__(self, filter_text: str = "", *, typing: bool = False) -> None:
        super().__init__()
        self._begin = filter_text
        self._typing = typing
        self._asked = Asked()
        self._wrong: FilterError | None = None
        self._page: Page | None = None

    def compose_body(self) -> ComposeResult:
        """The filter, the list, and what is marked."""
        with Horizontal(id="filter-line"):
            yield Painted(id="filter-mark")
            yield FilterInput(self._begin, id="filter", max_length=LONGEST)
            yield Painted(id="found")
        yield Table(id="list", marking=True)
        yield Painted(id="status")

    def on_mount(self) -> None:
        """Begin with what was asked for."""
        super().on_mount()
        self.query_one("#filter-mark", Painted).show(lambda _w, c: [draw.text(c, " /")])
        self._filtered(self._begin)
        if self._typing:
            self.query_one("#filter", Input).focus()

    def ask(self, filter_text: str) -> None:
        """Ask for something else."""
        self.query_one("#filter", Input).value = filter_text
        self.query_one("#list", Table).focus()

    def on_descendant_focus(self) -> None:
        """Other keys do something now."""
        self.show_link()

    def start_typing(self) -> None:
        """Let the keys go to the filter."""
        self.query_one("#filter", Input).focus()

    def wanted(self) -> Wanted:
        """The jobs of the filter."""
        return Wanted(jobs=self._asked)

    @on(Input.Changed, "#filter")
    def _typed(self, event: Input.Changed) -> None:
        self._filtered(event.value)

    @on(Input.Submitted, "#filter")
    def _entered(self) -> None:
        self.query_one("#list", Table).focus()

    def _filtered(self, text: str) -> None:
        """Ask for what was typed, or say what is wrong with it."""
        self._wrong = wrong_with(text, self.top.store_time())
        self.query_one("#filter", FilterInput).wrong = self._wrong
        if self._wrong is None:
            self._want(replace(self._asked, text=text.strip()))
        self._show_lines()

    def _want(self, asked: Asked) -> None:
        self._asked = asked
        self.top.want(self)

    def action_back(self) -> None:
        """Take away the marks, then the filter, then leave."""
        table, typed = self.query_one("#list", Table), self.query_one("#filter", Input)
        if table.marked:
            table.clear_marks()
        elif typed.value:
            typed.value = ""
            table.focus()
        else:
            self.top.action_leave()

    def action_sort(self) -> None:
        """Sort by the next thing."""
        kinds = list(Sort)
        following = kinds[(kinds.index(self._asked.sort) + 1) % len(kinds)]
        self._want(replace(self._asked, sort=following))
        self._show_lines()

    def action_reverse(self) -> None:
        """Sort the other way round."""
        self._want(replace(self._asked, reverse=not self._asked.reverse))
        self._show_lines()

    def targets(self) -> tuple[JobView, ...]:
        """The marked jobs, or the one under the cursor."""
        return self.top.known(self.query_one("#list", Table).chosen)

    def around(self) -> tuple[str, ...]:
        """The jobs of the page."""
        return self.query_one("#list", Table).keys

    def on_table_opened(self, opened: Table.Opened) -> None:
        """View a job."""
        self.top.view(opened.key)

    def on_table_marked(self) -> None:
        """Say how many are marked."""
        self._show_lines()
        self.show_link()

    def hints(self) -> Iterable[Hint]:
        """What can be done with the marked jobs, or with one; or with what is typed."""
        if self.query_one("#filter", Input).has_focus:
            yield from (Hint("enter", "List"), Hint("tab", "Complete"))
            yield Hint("esc", "Clear", "screen.back")
            return
        marked = len(self.query_one("#list", Table).marked)
        many = f" {marked}" if marked else ""
        top = self.top
        yield top.hint("job.view", "enter", "View")
        yield top.hint("job.mark", "space", "Mark")
        for hint in top.hints_of("job.retry", "job.cancel"):
            yield replace(hint, does=f"{hint.does}{many}")
        yield top.hint("view.sort", "o", "Sort", "screen.sort")
        yield from top.hints_of("filter.failed", "filter.stuck")
        yield Hint("esc", "", "screen.back")

    def show(self, frame: Frame) -> None:
        """Show the page, if it is the one that is asked for now."""
        page = frame.page
        if page is None or page.asked != self._asked:
            return
        self._page = page
        grid = job_grid(page.jobs, page.line, self.top.site.clocks, self.top.times.zone)
        self.query_one("#list", Table).show(replace(grid, note=_nothing(page, self._text)))
        self._show_lines()

    @property
    def _text(self) -> str:
        return self.query_one("#filter", Input).value

    def _show_lines(self) -> None:
        self.query_one("#found", Painted).show(lambda width, c: [_right(self._count(c), width)])
        self.query_one("#status", Painted).show(lambda width, c: [self._status(width, c)])

    def _count(self, colours: Palette) -> Text:
        if self._page is None:
            return Text()
        page = self._page
        more = "" if page.exact else "+"
        of = f" of {page.everything:,}" if page.everything is not None and self._text else ""
        return draw.text(colours, f"{page.total:,}{more}{of} ")

    def _status(self, width: int, colours: Palette) -> Text:
        if self._wrong is not None:
            wrong = f" ✗ {self._wrong.message}"
            hint = self._wrong.why or self._wrong.fix or ""
            return draw.text(colours, Cell(wrong, Tone.BAD), Cell(f"  {hint}", Tone.DIM))
        marked = len(self.query_one("#list", Table).marked)
        told = f" {marked} marked" if marked else _shown(self._page)
        arrow = "↑" if self._asked.reverse else "↓"
        order = f"sorted by {self._asked.sort} {arrow}  (o next, O reverse) "
        return draw.ends(draw.text(colours, told), draw.text(colours, Cell(order, Tone.DIM)), width)


def _shown(page: Page | None) -> str:
    if page is None or page.total <= len(page.jobs):
        return ""
    return f" the first {len(page.jobs)} are shown"


def _nothing(page: Page, text: str) -> str:
    if not text:
        return "no jobs yet"
    without = f" · {page.everything:,} without the filter" if page.everything is not None else ""
    return f"no jobs match {cut(text, CUT_AT)} · esc clears{without}"


def _right(line: Text, width: int) -> Text:
    return Text(" " * max(0, width - line.cell_len)) + line
