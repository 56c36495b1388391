"""One job: how far it is and why, its steps over time, its error, what it was given, what
it found, and what happens to it."""

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.widget import Widget

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.ids import short
from plinthctl.domain.restart import RETRYABLE
from plinthctl.domain.text import safe_line
from plinthctl.domain.views import JobDetail, JobView
from plinthctl.render.board import order
from plinthctl.render.board.cells import Cell, Tone
from plinthctl.render.board.timeline import timeline
from plinthctl.render.board.usual import usual_s
from tui import draw, sheets
from tui.frame import Frame, Wanted
from tui.screens.base import Looking
from tui.screens.whole import Whole
from tui.timeline import bars, height
from tui.widgets.footer import Hint
from tui.widgets.painted import Paint, Painted
from tui.widgets.reading import Reading

AXIS_FROM = 30  # lines of the screen


class Detail(Looking):
    """Everything about one job."""

    AUTO_FOCUS = "#events"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.leave", "Back", id="view.back"),
        Binding("i", "whole('input')", "Input", id="job.input"),
        Binding("o", "whole('output')", "Output", id="job.output"),
        Binding("e", "whole('error')", "Error", id="job.error"),
        Binding("F", "from_step", "Retry from a step", id="job.from_step"),
        Binding(
            "left_square_bracket", "beside(-1)", "Previous", key_display="[", id="job.previous"
        ),
        Binding("right_square_bracket", "beside(1)", "Next", key_display="]", id="job.next"),
        Binding("l,right", "app.focus_next", "Next panel", show=False, id="move.next_panel"),
        Binding(
            "h,left", "app.focus_previous", "Previous panel", show=False, id="move.previous_panel"
        ),
    ]

    def __init__(self, job_id: str, beside: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.job_id = job_id
        self.where = short(job_id)
        self._beside = beside
        self._detail: JobDetail | None = None

    def compose_body(self) -> ComposeResult:
        """Its head over its steps over what else there is."""
        yield Painted(id="head")
        yield Painted(id="why")
        yield _panel("steps", "Steps", Painted(id="steps"))
        yield _panel("error", "Error", Painted(id="error"))
        with Container(id="texts"):
            yield _panel("input", "Input", Reading(id="input"))
            yield _panel("output", "Output", Reading(id="output"))
            yield _panel("events", "Events", Reading(id="events", follows=True))

    def wanted(self) -> Wanted:
        """This job."""
        return Wanted(detail=self.job_id)

    def targets(self) -> tuple[JobView, ...]:
        """This job."""
        return (self._detail.job,) if self._detail else ()

    def subject(self) -> str:
        """What it is about."""
        return order.subject(self._detail.input) if self._detail else ""

    def commands(self) -> tuple[str, ...]:
        """What would submit a job like it."""
        if self._detail is None:
            return ()
        job, given = self._detail.job, self._detail.input
        return (order.submit_command(job.type, given, job.org, job.user, job.decision),)

    def hints(self) -> Iterable[Hint]:
        """What can be done with it as it is."""
        top, job = self.top, self._detail.job if self._detail else None
        yield Hint("esc", "Back", "app.leave")
        if job is not None and not job.ended:
            yield from top.hints_of("job.cancel")
        if job is not None and job.status in RETRYABLE:
            yield from top.hints_of("job.retry")
            if top.check_action("retry", ()):
                yield top.hint("job.from_step", "F", "From step", "screen.from_step")
        for name, key in (("input", "i"), ("output", "o"), ("error", "e")):
            if self._has(name):
                does = name.capitalize()
                yield top.hint(f"job.{name}", key, does, f"screen.whole('{name}')")
        yield from top.hints_of("job.copy")
        if len(self._beside) > 1:
            yield Hint("[ ]", "prev/next")
        if self.wide:
            yield from top.hints_of("job.copy_command", "top.times", "top.help", "top.quit")

    def _has(self, name: str) -> bool:
        found = self._detail
        if found is None:
            return False
        return {
            "input": True,
            "output": found.output is not None,
            "error": bool(found.job.error or any(s.tries or s.history for s in found.steps)),
        }[name]

    def show(self, frame: Frame) -> None:
        """Show the job, if this frame has it."""
        if frame.wanted.detail != self.job_id:
            return
        if frame.detail is None:
            gone = Cell("this job is not in the store any more", Tone.WARNING)
            self._auto("why", lambda _w, c: [draw.text(c, " ", gone)])
            return
        if self._detail is None and not frame.detail.job.ended:
            self.top.tracker.watch(self.job_id)
        self._detail = frame.detail
        self._head(frame, frame.detail)
        self._steps(frame, frame.detail)
        self._texts(frame.detail)
        self._arrange(frame.detail)

    def _head(self, frame: Frame, detail: JobDetail) -> None:
        usual, times = usual_s(detail.job.type, frame.snapshot), self.top.times
        self.query_one("#head", Painted).show(
            lambda width, c: sheets.head(detail, usual, times, width, c), lines=4
        )
        self._auto("why", lambda width, c: sheets.why(frame.why, detail, width, c))

    def _steps(self, frame: Frame, detail: JobDetail) -> None:
        usual = usual_s(detail.job.type, frame.snapshot)
        line = timeline(detail, usual[1] if usual else 0.0)
        axis = self.wide and self.size.height >= AXIS_FROM
        self.query_one("#steps", Painted).show(
            lambda width, c: bars(line, width, c, axis=axis), lines=height(line, axis=axis)
        )
        self._auto("error", lambda width, c: sheets.error(detail, width, c))

    def _auto(self, name: str, paint: Paint) -> None:
        """Show as many lines as there are, and no panel around none."""
        room = self.size.width - 4
        lines = len(paint(room, self.top.palette))
        painted = self.query_one(f"#{name}", Painted)
        painted.show(lambda _width, c: paint(room, c), lines=lines)
        shell = painted if name == "why" else self.query_one(f"#panel-{name}")
        shell.display = lines > 0

    def _texts(self, detail: JobDetail) -> None:
        times = self.top.times
        self.query_one("#input", Reading).show(lambda w, c: sheets.given(detail, w, c))
        self.query_one("#output", Reading).show(lambda w, c: sheets.found(detail, times, w, c))
        self.query_one("#events", Reading).show(lambda w, c: sheets.events(detail, times, w, c))

    def _arrange(self, detail: JobDetail) -> None:
        job = detail.job
        self.set_class(detail.output is not None, "-has-output")
        ended = job.error is not None
        error = "Error" if ended else "Last failed try"
        self.query_one("#panel-error").border_title = Content(safe_line(f"{error} · e whole text"))
        follows = not job.ended and self.query_one("#events", Reading).at_end
        events = "Events · following" if follows else "Events"
        self.query_one("#panel-events").border_title = Content(safe_line(events))

    def action_whole(self, name: str) -> None:
        """Show one of its texts in whole."""
        detail, times = self._detail, self.top.times
        if detail is None or not self._has(name):
            return
        paints: dict[str, Paint] = {
            "input": lambda width, c: sheets.given(detail, width, c),
            "output": lambda width, c: sheets.found(detail, times, width, c),
            "error": lambda width, c: sheets.whole_error(detail, width, c),
        }
        title = f"{name.capitalize()} of {short(self.job_id)}"
        self.top.push_screen(Whole(title, paints[name]))

    def action_from_step(self) -> None:
        """Choose from where to retry it, and retry it."""
        if self._detail is not None and self._detail.job.status in RETRYABLE:
            self.top.retry_from(self._detail, JOB_TYPES.get(self._detail.job.type))

    def action_beside(self, rows: int) -> None:
        """Show the job before or after it in the list it was opened from."""
        if self.job_id not in self._beside:
            return
        place = self._beside.index(self.job_id) + rows
        if 0 <= place < len(self._beside):
            self.top.view_instead(self._beside[place], self._beside)


def _panel(name: str, title: str, inner: Widget) -> Container:
    panel = Container(inner, id=f"panel-{name}", classes="panel")
    panel.border_title = Content(safe_line(title))
    return panel
