"""The steps of a job over time: what was tried when, beside what, and what is said of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from plinthctl.domain.job import JobStatus
from plinthctl.domain.retries import MAX_TRIES
from plinthctl.domain.rounds import began, in_this_round
from plinthctl.domain.spans import span
from plinthctl.domain.steps import ENDED, StepStatus
from plinthctl.domain.views import JobDetail, StepView
from plinthctl.render.board.cells import Cell, Tone
from plinthctl.render.board.marks import of_step


class Doing(Enum):
    """What a step did in a part of its time: worked, waited, or has yet to wait."""

    WORK = "━"
    WAIT = "╌"
    TO_COME = "╍"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a step's time, in seconds since the first step began."""

    from_s: float
    to_s: float
    doing: Doing
    tone: Tone


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step: its mark, its name, its parts, how long it took, and what to say of it."""

    mark: Cell
    name: str
    parts: tuple[Part, ...]
    took_s: float | None
    note: Cell


@dataclass(frozen=True, slots=True)
class Timeline:
    """All steps on one axis: ``end_s`` is the last of their times, ``usual_s`` when a job
    of this type has usually ended."""

    steps: tuple[StepLine, ...]
    end_s: float
    usual_s: float


def timeline(detail: JobDetail, usual_s: float) -> Timeline:
    """The steps of the newest round, in the order of the type."""
    steps = in_this_round(detail)
    starts = [first for step in steps if (first := began(step)) is not None]
    clock = _Clock(detail, min(starts, default=_now(detail)))
    lines = tuple(_line(step, clock) for step in steps)
    ends = [part.to_s for line in lines for part in line.parts]
    return Timeline(lines, max(ends, default=0.0), usual_s)


def _now(detail: JobDetail) -> datetime:
    return detail.job.completed_at or detail.job.read_at


@dataclass(frozen=True, slots=True)
class _Clock:
    detail: JobDetail
    start: datetime

    def s(self, at: datetime) -> float:
        return max(0.0, (at - self.start).total_seconds())

    @property
    def now_s(self) -> float:
        return self.s(_now(self.detail))


def _line(step: StepView, clock: _Clock) -> StepLine:
    first = began(step)
    ended_s = clock.s(step.ended_at) if step.ended_at else clock.now_s
    took_s = None if first is None else max(0.0, ended_s - clock.s(first))
    return StepLine(
        _mark(step, clock.detail),
        step.name,
        tuple(_parts(step, clock)),
        took_s,
        _note(step, clock.detail),
    )


def _mark(step: StepView, detail: JobDetail) -> Cell:
    if failed_here(step, detail):
        return Cell("✗", Tone.BAD)
    return Cell("⊘", Tone.STOPPED) if _stopped(step, detail) else of_step(step.status)


def failed_here(step: StepView, detail: JobDetail) -> bool:
    """Whether the job has failed on this step."""
    named = (detail.error_detail or {}).get("step")
    return detail.job.status is JobStatus.FAILED and named == step.name


def _stopped(step: StepView, detail: JobDetail) -> bool:
    is_open = step.status in {StepStatus.RUNNING, StepStatus.WAITING}
    return is_open and detail.job.ended and not failed_here(step, detail)


def _parts(step: StepView, clock: _Clock) -> Iterator[Part]:
    before: float | None = None
    for tried in step.history:
        tone = Tone.GOOD if tried.failure_class is None else Tone.BAD
        if step.status is StepStatus.DEGRADED and tried is step.history[-1]:
            tone = Tone.WARNING
        if before is not None and clock.s(tried.started_at) > before:
            yield Part(before, clock.s(tried.started_at), Doing.WAIT, Tone.DIM)
        before = clock.s(tried.ended_at)
        yield Part(clock.s(tried.started_at), before, Doing.WORK, tone)
    yield from _open_part(step, clock, before)


def _open_part(step: StepView, clock: _Clock, before: float | None) -> Iterator[Part]:
    """What is not in the history of its tries: the try that runs, or the wait for the next."""
    if failed_here(step, clock.detail) and before is not None:
        return
    if step.status is StepStatus.WAITING and before is not None:
        yield Part(before, max(before, clock.now_s), Doing.WAIT, Tone.DIM)
        if step.retry_at is not None and not clock.detail.job.ended:
            yield Part(clock.now_s, clock.s(step.retry_at), Doing.TO_COME, Tone.RETRYING)
    elif step.started_at is not None and (step.status is StepStatus.RUNNING or before is None):
        start_s = clock.s(step.started_at)
        if before is not None and start_s > before:
            yield Part(before, start_s, Doing.WAIT, Tone.DIM)
        end_s = clock.s(step.ended_at) if step.ended_at else clock.now_s
        yield Part(start_s, end_s, Doing.WORK, _mark(step, clock.detail).tone)


def _note(step: StepView, detail: JobDetail) -> Cell:
    failed = sum(tried.failure_class is not None for tried in step.history)
    if failed_here(step, detail):
        return Cell(f"{why_of(step, detail)}{_tries(failed)}", Tone.BAD)
    if _stopped(step, detail):
        return Cell("stopped", Tone.STOPPED)
    match step.status:
        case StepStatus.DONE:
            kept = began(step) is None
            return Cell("kept" if kept else f"saved{_tries(failed + 1)}", Tone.DIM)
        case StepStatus.DEGRADED:
            return Cell("without its data", Tone.WARNING)
        case StepStatus.WAITING:
            return Cell(_next_try(step, detail, failed), Tone.RETRYING)
        case StepStatus.RUNNING if failed:
            return Cell(f"try {failed + 1} of {MAX_TRIES}", Tone.RETRYING)
    return Cell("")


def _tries(count: int) -> str:
    return f", {count} tries" if count > 1 else ""


def _next_try(step: StepView, detail: JobDetail, failed: int) -> str:
    which = f"try {failed + 1} of {MAX_TRIES}" if failed else "next try"
    wait_s = (step.retry_at - detail.job.read_at).total_seconds() if step.retry_at else 0.0
    return f"{which} in {span(wait_s)}" if wait_s > 0 else f"{which} at once"


def why_of(step: StepView, detail: JobDetail) -> str:
    """The class of the failure that a job has ended with, or of a step's last, in words."""
    last = next((t.failure_class for t in reversed(step.history) if t.failure_class), None)
    found = (detail.error_detail or {}).get("class") if failed_here(step, detail) else last
    return str(found or last or "failed").replace("_", " ")


def saved(detail: JobDetail) -> int:
    """How many steps are finished and will not run again."""
    return sum(step.status in ENDED for step in detail.steps)
