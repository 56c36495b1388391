"""One job: its progress, its steps, its events."""

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from plinthctl.domain.ids import short
from plinthctl.domain.views import JobView
from plinthctl.render.board.jobs import job_grid
from tui import draw
from tui.frame import Frame, Wanted
from tui.screens.base import Looking
from tui.widgets.footer import Hint
from tui.widgets.painted import Painted


class Detail(Looking):
    """Everything about one job."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "app.leave", "Back", id="view.back")]

    def __init__(self, job_id: str) -> None:
        super().__init__()
        self.job_id = job_id
        self.where = short(job_id)
        self._job: JobView | None = None

    def compose_body(self) -> ComposeResult:
        """One line, so far."""
        yield Painted(id="job")

    def wanted(self) -> Wanted:
        """This job."""
        return Wanted(detail=self.job_id)

    def targets(self) -> tuple[JobView, ...]:
        """This job."""
        return (self._job,) if self._job else ()

    def hints(self) -> Iterable[Hint]:
        """Its keys."""
        return (Hint("esc", "Back", "app.leave"), Hint("c", "Cancel", "app.cancel"))

    def show(self, frame: Frame) -> None:
        """Show the job, if this frame has it."""
        if frame.detail is None or frame.detail.job.id != self.job_id:
            return
        self._job = frame.detail.job
        grid = job_grid([self._job], {}, self.top.site.clocks)
        self.query_one("#job", Painted).show(lambda width, c: draw.table(grid, width, c))
