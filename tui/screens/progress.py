"""One job that is watched on its way: it may go on in the background, or be cancelled; it
stays when the job fails, and says why."""

from typing import ClassVar, Final

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.ids import short
from plinthctl.domain.job import JobStatus
from plinthctl.domain.spans import span
from plinthctl.domain.text import one_line, safe_line
from plinthctl.domain.views import JobDetail, JobView
from plinthctl.render.board.cells import Cell, Tone
from plinthctl.render.board.failings import failing
from plinthctl.render.board.jobs import bar
from plinthctl.render.board.usual import so_far
from plinthctl.render.sheet import wrap
from tui import draw, questions
from tui.actions import Cancel, Retry
from tui.frame import Frame, Wanted
from tui.screens.over import Over
from tui.theme import Palette
from tui.widgets.painted import Painted

BAR: Final = 48
ERROR_LINES: Final = 4


class Progress(Over[None]):
    """Watches a job. ``subject``: what it is about, in its submitter's words."""

    AUTO_FOCUS = "#background"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "background", "Run in background", id="view.back"),
        Binding("c", "cancel", "Cancel job", id="job.cancel"),
        Binding("r", "retry", "Retry", id="job.retry"),
        Binding("v", "details", "Details", id="toast.view"),
    ]

    def __init__(self, job: JobView, subject: str) -> None:
        super().__init__()
        self._job = job
        self._subject = subject
        self._frame: Frame | None = None
        self._detail: JobDetail | None = None

    @property
    def job_id(self) -> str:
        """The job that is watched."""
        return self._job.id

    def compose(self) -> ComposeResult:
        """What it is, how far it is, and what can be done."""
        with Vertical(id="progress"):
            yield Painted(id="subject")
            yield Painted(id="bar")
            yield Painted(id="message")
            yield Painted(id="so-far")
            with Horizontal(id="answers"):
                yield Button("Run in background  esc", id="background", compact=True)
                yield Button("Details  v", id="details", compact=True)
                yield Button("Cancel job  c", id="cancel", compact=True)
                yield Button("Retry  r", id="retry", compact=True)

    def on_mount(self) -> None:
        """Look at it from now on."""
        self._draw()
        self.top.look_for()

    def wanted(self, below: Wanted) -> Wanted:
        """This job, whatever is shown below."""
        return Wanted(below.jobs, self.job_id, below.slots, below.tracked)

    def show(self, frame: Frame) -> None:
        """Show how far it is."""
        found = frame.detail if frame.wanted.detail == self.job_id else None
        if found is not None and found.job.event_seq >= self._job.event_seq:
            self._job, self._detail = found.job, found
        self._frame = frame
        self._draw()

    def _draw(self) -> None:
        job = self._job
        panel = self.query_one("#progress")
        panel.border_title = Content(safe_line(_heading(job)))
        panel.set_class(job.status is JobStatus.FAILED, "-failed")
        self.query_one("#subject", Painted).show(self._head)
        self.query_one("#bar", Painted).show(lambda width, c: [_bar(job, width, c)])
        told = self._told(self.top.palette)
        self.query_one("#message", Painted).show(lambda _w, _c: told, lines=len(told))
        self.query_one("#so-far", Painted).show(lambda _w, c: [draw.text(c, self._lasted())])
        self._buttons()

    def _head(self, width: int, colours: Palette) -> list[Text]:
        name = draw.text(colours, Cell(short(self._job.id), Tone.STRONG))
        return [draw.ends(draw.text(colours, one_line(self._subject)), name, width)]

    def _told(self, colours: Palette) -> list[Text]:
        job = self._job
        if job.status is JobStatus.FAILED and self._detail is not None:
            room = max(20, self.query_one("#message").size.width or 58)
            lines = [draw.text(colours, *cells) for cells in failing(self._detail)]
            return [part for one in lines for part in wrap(one, room)][:ERROR_LINES] or [Text()]
        return [draw.text(colours, one_line(job.status_message or "") or _waiting(job))]

    def _lasted(self) -> str:
        job = self._job
        if job.ended:
            return f"took {span(job.elapsed_s)}" if job.elapsed_s is not None else ""
        look = self._frame.snapshot if self._frame else None
        unserved = look is not None and not look.workers and job.status is JobStatus.PENDING
        return f"{so_far(job, look)}{' · no worker is alive' if unserved else ''}"

    def _buttons(self) -> None:
        job, may = self._job, not self.top.site.read_only
        failed = job.status in {JobStatus.FAILED, JobStatus.CANCELLED}
        background = self.query_one("#background", Button)
        background.label = "Close  esc" if job.ended else "Run in background  esc"
        self.query_one("#details", Button).label = "Details  v" if failed else "View  v"
        self.query_one("#details").display = job.ended
        if job.ended and self.focused is background:
            self.query_one("#details").focus()
        self.query_one("#cancel").display = may and not job.ended
        self.query_one("#retry").display = may and failed

    @on(Button.Pressed)
    async def _pressed(self, event: Button.Pressed) -> None:
        await self.run_action(str(event.button.id))

    def action_background(self) -> None:
        """Let it go on by itself; its end is told."""
        self.dismiss()
        if not self._job.ended:
            self.top.tracker.started(self._job)

    def action_details(self) -> None:
        """Show everything about it."""
        self.dismiss()
        self.top.view(self.job_id)

    def action_cancel(self) -> None:
        """Cancel it, once a question is answered with yes."""
        if not self._job.ended and self.top.may_change():
            question = questions.cancelling((self._job,), self._subject)
            self.top.confirmed(question, Cancel((self.job_id,)))

    def action_retry(self) -> None:
        """Put it back in the queue, and go on watching."""
        if self._job.status in {JobStatus.FAILED, JobStatus.CANCELLED} and self.top.may_change():
            self.top.confirmed(questions.retrying((self._job,)), Retry((self.job_id,)))


def _heading(job: JobView) -> str:
    known = JOB_TYPES.get(job.type)
    title = (known.title if known else job.type).capitalize()
    match job.status:
        case JobStatus.COMPLETED:
            return f"✓ {known.ready if known else f'{title} completed'}"
        case JobStatus.FAILED:
            return f"✗ {title} failed"
        case JobStatus.CANCELLED:
            return f"⊘ {title} was cancelled"
    return title


def _bar(job: JobView, width: int, colours: Palette) -> Text:
    tone = {JobStatus.FAILED: Tone.BAD, JobStatus.COMPLETED: Tone.GOOD}.get(
        job.status, Tone.RUNNING
    )
    cells = max(10, min(BAR, width - 8))
    return draw.text(colours, Cell(bar(job.progress / 100, cells), tone), f"  {job.progress}%")


def _waiting(job: JobView) -> str:
    return "" if job.ended or job.started_at else "Waiting for a worker…"
