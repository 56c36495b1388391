"""Following on stderr: one redrawn line a job, or one line a change, or silence."""

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from rich.text import Text

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.ids import SHORT_LENGTH, short
from plinthctl.domain.job import JobStatus, Phase
from plinthctl.domain.spans import span
from plinthctl.domain.views import JobView
from plinthctl.render.layout import Layout, layout, note
from plinthctl.render.phases import phase_mark, phase_text
from plinthctl.render.sheet import padded, words
from plinthctl.render.times import TimeStyle, clock, starts

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

BARS_AT_MOST: Final = 20
LINE_EVERY_S: Final = 1.0


class Follower(Protocol):
    """Somebody who is told what a look at the store has seen."""

    def seen(self, jobs: Sequence[JobView]) -> None:
        """The jobs as they are now."""
        ...

    def away(self, retry_s: float) -> None:
        """The store did not answer; it will be asked again."""
        ...

    def deaf(self, why: str | None, poll_s: float) -> None:
        """Updates do not come, and the store is looked at so often; None: they come again."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class _Plain:
    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None


class Silence(_Plain):
    """``-q``: nothing is said."""

    def seen(self, jobs: Sequence[JobView]) -> None:
        """Says nothing."""

    def away(self, retry_s: float) -> None:
        """Says nothing."""

    def deaf(self, why: str | None, poll_s: float) -> None:
        """Says nothing."""


class ChangeLines(_Plain):
    """One line for each change of a job's phase, step or message, at most one a
    second and job; the latest is told when the second is over."""

    def __init__(
        self, say: Callable[[Text], None], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._say = say
        self._monotonic = monotonic
        self._told: dict[str, tuple[object, ...]] = {}
        self._told_at: dict[str, float] = {}

    def seen(self, jobs: Sequence[JobView]) -> None:
        """Tell what has changed."""
        for job in jobs:
            state = (job.phase, job.progress, job.step, job.status_message)
            now = self._monotonic()
            early = now - self._told_at.get(job.id, -LINE_EVERY_S) < LINE_EVERY_S
            if self._told.get(job.id) != state and not job.ended and not early:
                self._told[job.id], self._told_at[job.id] = state, now
                self._say(change_line(job))

    def away(self, retry_s: float) -> None:
        """Tell that the store is away."""
        self._say(words((f"store unreachable, retry in {span(retry_s)}", "yellow")))

    def deaf(self, why: str | None, poll_s: float) -> None:
        """Tell that updates do not come, or that they come again."""
        self._say(deaf_line(why, poll_s))


def deaf_line(why: str | None, poll_s: float) -> Text:
    """Why nobody tells of changes, and what is done instead."""
    if why is None:
        return words(("live updates are back", "dim"))
    return words((f"{why}: no live updates, looking each {poll_s:g} s", "yellow"))


def change_line(job: JobView) -> Text:
    """Time, short id, percent and message."""
    at = clock(job.read_at, TimeStyle.UTC)
    return words((f"{at}  ", "dim"), f"{short(job.id)}  {job.progress:>3}%  ", doing(job))


def doing(job: JobView) -> str:
    """What the job is at, in words."""
    if job.phase is Phase.SCHEDULED:
        return f"Starts {starts(job.available_at, job.read_at)}"
    if job.phase is Phase.PAUSED:
        return "Paused: waits until it is resumed"
    if job.phase is Phase.CANCELLING:
        return "Cancelling: its worker stops it"
    if job.status is JobStatus.PENDING and job.attempt == 1:
        return job.status_message or "Waiting for a worker…"
    return job.status_message or f"{job.phase.value.capitalize()}…"


class Bars:
    """One line a job, drawn again and again; wiped at the end.

    ``named``: each line begins with its job's short id.
    """

    def __init__(self, console: "Console", width: int, *, named: bool = False) -> None:
        self._progress = _progress(console, layout(width, named=named), named=named)
        self._tasks: dict[str, TaskID] = {}
        self._more: TaskID | None = None

    def seen(self, jobs: Sequence[JobView]) -> None:
        """Draw the jobs as they are now."""
        for job in jobs[:BARS_AT_MOST]:
            self._draw(job)
        rest = jobs[BARS_AT_MOST:]
        if rest:
            self._draw_rest(rest)

    def _draw(self, job: JobView) -> None:
        fields = _fields(job)
        task = self._tasks.get(job.id)
        if task is None:
            task = self._tasks[job.id] = self._progress.add_task("", total=100, **fields)
        self._progress.update(task, completed=job.progress, **fields)

    def _draw_rest(self, rest: Sequence[JobView]) -> None:
        ended = sum(job.ended for job in rest)
        told: dict[str, Any] = {
            "name": "",
            "message": f"and {len(rest)} more",
            "note": f"{ended} ended",
            "mark": ("…", ""),
        }
        if self._more is None:
            self._more = self._progress.add_task("", total=len(rest), since=None, **told)
        self._progress.update(self._more, completed=ended, **told)

    def away(self, retry_s: float) -> None:
        """Say so on the lines; they stay as they were."""
        told: dict[str, Any] = {"message": "store unreachable", "mark": ("▲", "yellow")}
        for task in self._tasks.values():
            self._progress.update(task, note=f"retry in {span(retry_s)}", **told)

    def deaf(self, why: str | None, poll_s: float) -> None:
        """Say so above the lines."""
        self._progress.console.print(deaf_line(why, poll_s), soft_wrap=True)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()


def _fields(job: JobView) -> dict[str, Any]:
    job_type = JOB_TYPES.get(job.type)
    age_s = ((job.completed_at or job.read_at) - job.created_at).total_seconds()
    return {
        "name": short(job.id),
        "message": doing(job) if not job.ended else phase_text(job.phase).plain,
        "note": note(job_type.usual_s) if job_type else "",
        "mark": None if job.status is JobStatus.RUNNING else phase_mark(job.phase),
        "since": None if job.ended else time.monotonic() - age_s,
        "age_s": age_s,
    }


def _progress(console: "Console", shares: Layout, *, named: bool) -> "Progress":
    from rich.progress import BarColumn, Progress, ProgressColumn, Task
    from rich.spinner import Spinner
    from rich.table import Column

    class Cell(ProgressColumn):
        def get_table_column(self) -> Column:
            return Column(no_wrap=True)

    class Mark(Cell):
        spinner = Spinner("dots", style="cyan")

        def render(self, task: Task) -> Text:
            mark = task.fields["mark"]
            if mark is not None:
                return words(mark)
            frame = self.spinner.render(task.get_time())
            return frame if isinstance(frame, Text) else Text()

    class Name(Cell):
        def render(self, task: Task) -> Text:
            return words((str(task.fields["name"]).ljust(SHORT_LENGTH), "bold"))

    class Message(Cell):
        def render(self, task: Task) -> Text:
            text = words(padded(str(task.fields["message"]), shares.message))
            text.truncate(shares.message, overflow="ellipsis")
            return text

    class Percent(Cell):
        def render(self, task: Task) -> Text:
            return words(f"{task.percentage:>3.0f}%")

    class Elapsed(Cell):
        max_refresh = 0.5

        def render(self, task: Task) -> Text:
            since = task.fields.get("since")
            seconds = task.fields.get("age_s", 0) if since is None else time.monotonic() - since
            minutes, rest = divmod(int(seconds), 60)
            return words(f"{minutes // 60}:{minutes % 60:02}:{rest:02}")

    class Note(Cell):
        def render(self, task: Task) -> Text:
            return words((f"{task.fields['note']}{shares.hint}", "dim"))

    columns = (
        Mark(),
        *([Name()] if named else []),
        Message(),
        BarColumn(bar_width=shares.bar, complete_style="cyan", finished_style="green"),
        Percent(),
        Elapsed(),
        Note(),
    )
    return Progress(*columns, console=console, transient=True, refresh_per_second=10)
