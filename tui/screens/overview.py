"""The overview: the figures, the alerts, the types, what runs and waits, and what is wrong."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.css.query import NoMatches
from textual.widget import Widget

from plinthctl.domain.snapshot import Snapshot
from plinthctl.domain.spans import window
from plinthctl.domain.text import safe_line
from plinthctl.domain.views import JobView
from plinthctl.render.board import jobs as board
from plinthctl.render.board import side
from plinthctl.render.board.alerts import advice, alerts
from plinthctl.render.board.cells import Cell, Grid
from plinthctl.render.board.notices import first_steps, last_reap, nothing_yet, quiet
from plinthctl.render.board.tiles import tiles
from plinthctl.render.board.types import types
from tui import draw
from tui.frame import Frame
from tui.screens.base import Looking
from tui.trends import trends
from tui.widgets.footer import Hint
from tui.widgets.painted import Paint, Painted
from tui.widgets.table import Table

_DIGITS: Final = "⁰¹²³⁴⁵⁶⁷"
SHOWN: Final = 6  # workers, and limits: the lines of the shared place
SWAPPED: Final = (3, 4, 5, 6, 7)  # share one place where there is room for one only


class Overview(Looking):
    """The screen that is left open all day."""

    AUTO_FOCUS = "#jobs"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(str(n), f"panel({n})", f"Panel {n}", show=False, id=f"panel.{n}")
            for n in range(1, 8)
        ),
        Binding("l,right", "next_panel(1)", "Next panel", show=False, id="move.next_panel"),
        Binding("h,left", "next_panel(-1)", "Previous panel", show=False, id="move.previous_panel"),
        Binding("escape", "leave", "Back", show=False, id="view.back"),
    ]

    def compose_body(self) -> ComposeResult:
        """Figures over two columns, which are one where there is no room."""
        yield Painted(id="tiles")
        yield Painted(id="trends")
        yield Painted(id="empty")
        with Container(id="body"):
            with Container(id="left"):
                yield _panel(1, Painted(id="alerts"), Painted(id="advice"))
                yield _panel(2, Painted(id="types"))
                yield _panel(3, Table(id="jobs"))
            with Container(id="right"):
                yield _panel(4, Table(id="stuck"))
                yield _panel(5, Painted(id="workers"))
                yield _panel(6, Painted(id="limits"))
                yield _panel(7, Table(id="recent"))

    def __init__(self) -> None:
        super().__init__()
        self._zoomed = 0

    def on_mount(self) -> None:
        """Begin with the jobs in the shared place."""
        super().on_mount()
        self.add_class("-panel-3")

    def action_panel(self, number: int) -> None:
        """Show a panel and let the keys go to it; if that is so, let it fill the screen,
        or give the others their places back. Toasts have been seen."""
        self.top.clear_notifications()
        seen = number not in SWAPPED or self.has_class(f"-panel-{number}")
        self._zoom(0 if self._zoomed == number or not seen else number)
        if number in SWAPPED:
            for other in SWAPPED:
                self.set_class(other == number, f"-panel-{other}")
            self.call_after_refresh(self._focus, number)

    def action_leave(self) -> None:
        """Give all panels their places back, and the jobs the keys."""
        if self._zoomed:
            self._zoom(0)
        elif not self.has_class("-panel-3"):
            self.action_panel(3)

    def _zoom(self, number: int) -> None:
        """Let this panel fill the screen; 0: none."""
        self._zoomed = number
        for other in range(1, 8):
            self.set_class(other == number, f"-zoom-{other}")
        self.top.show_again()

    def action_next_panel(self, step: int) -> None:
        """Show the next of the panels that share a place, or the one before."""
        now = next((n for n in SWAPPED if self.has_class(f"-panel-{n}")), SWAPPED[0])
        self.action_panel(SWAPPED[(SWAPPED.index(now) + step) % len(SWAPPED)])

    def _focus(self, number: int) -> None:
        try:
            self.query_one(f"#panel-{number} Table", Table).focus()
        except NoMatches:
            self.set_focus(None)

    def targets(self) -> tuple[JobView, ...]:
        """The job under the cursor of the table that has the keys."""
        table, frame = self.focused, self.top.frame
        if not isinstance(table, Table) or frame is None:
            return ()
        return self.top.known(table.chosen)

    def around(self) -> tuple[str, ...]:
        """The jobs of the table that has the keys."""
        return self.focused.keys if isinstance(self.focused, Table) else ()

    def hints(self) -> Iterable[Hint]:
        """As many as have room, those for trouble first."""
        yield self.top.hint("job.view", "enter", "View", "screen.open")
        yield from self.top.hints_of("job.submit", "view.filter", "filter.stuck")
        if self.wide:
            yield from self.top.hints_of("job.cancel", "job.retry")
            yield Hint("1-7", "Panels")
        yield from self.top.hints_of("top.pause")
        if self.wide:
            yield Hint("-/+", "Rate")
        yield from self.top.hints_of("top.commands", "top.help", "top.quit")

    def action_open(self) -> None:
        """View the job under the cursor."""
        if isinstance(self.focused, Table):
            self.focused.action_open()

    def on_table_opened(self, opened: Table.Opened) -> None:
        """View a job."""
        self.top.view(opened.key)

    def show(self, frame: Frame) -> None:
        """Show the whole snapshot."""
        look, clocks = frame.snapshot, self.top.site.clocks
        figures = tiles(look, clocks, wide=self.wide)
        self.query_one("#tiles", Painted).show(
            lambda width, c: [
                draw.spread(
                    (draw.text(c, f"{t.title} ", Cell(t.value, t.tone)) for t in figures), width
                )
            ]
        )
        self.query_one("#trends", Painted).show(lambda width, c: [trends(look, width, c)])
        self._grids(look)
        self._tables(look)
        self._titles(look)
        self.set_class(nothing_yet(look), "-empty")
        self.query_one("#empty", Painted).show(
            lambda _width, c: [draw.text(c, line) for line in first_steps(look)]
        )

    def _tables(self, look: Snapshot) -> None:
        zone, clocks = self.top.times.zone, self.top.site.clocks
        jobs = board.job_grid(look.active, board.places(look.active), clocks, zone)
        self.query_one("#jobs", Table).show(replace(jobs, note=quiet(look)))
        self.query_one("#stuck", Table).show(board.stuck_grid(look.stuck))
        self.query_one("#recent", Table).show(board.recent_grid(look.recent, zone))

    def _grids(self, look: Snapshot) -> None:
        most = None if self._zoomed else SHOWN
        shown = {
            "alerts": (alerts(look), False),
            "advice": (advice(look), True),
            "types": (types(look), True),
            "workers": (side.worker_grid(look.workers[:most]), False),
            "limits": (side.limit_grid(look.full[:most]), False),
        }
        for name, (grid, titles) in shown.items():
            self.query_one(f"#{name}", Painted).show(
                _painting(grid, titles), lines=draw.height(grid, titles=titles)
            )

    def _titles(self, look: Snapshot) -> None:
        now = look.now
        titles = {
            1: "Alerts",
            2: f"Job types · last {window(look.window_s)}",
            3: f"Running {now.running:,} · pending {now.pending:,}",
            4: f"Stuck {now.stuck:,}",
            5: f"Workers {len(look.workers):,}{_first(look.workers)}",
            6: f"Limits{_first(look.full)}",
            7: "Recent",
        }
        reap = "" if self.top.site.read_only else f"R reap now ({last_reap(look)})"
        self.query_one("#panel-4").border_subtitle = Content(safe_line(reap))
        for number, title in titles.items():
            words = f"{_DIGITS[number]}{title}"
            self.query_one(f"#panel-{number}").border_title = Content(safe_line(words))


def _panel(number: int, *inner: Widget) -> Container:
    return Container(*inner, id=f"panel-{number}", classes="panel")


def _first(found: Sequence[object]) -> str:
    """That not all of them are shown."""
    return f" · first {SHOWN}" if len(found) > SHOWN else ""


def _painting(grid: Grid, titles: bool) -> Paint:
    return lambda width, colours: draw.table(grid, width, colours, titles=titles)
