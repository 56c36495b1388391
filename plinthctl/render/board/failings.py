"""What went wrong with a job, shortly and in whole: its class, its words, what is kept."""

from collections.abc import Iterator, Mapping
from typing import Any

from plinthctl.domain.failures import FailureClass
from plinthctl.domain.job import JobStatus
from plinthctl.domain.retries import MAX_TRIES, POLICIES
from plinthctl.domain.steps import ENDED, StepStatus
from plinthctl.domain.text import one_line
from plinthctl.domain.views import JobDetail, StepView, TryView
from plinthctl.render.board.cells import Cell, Tone

Line = tuple[Cell, ...]


def failing(detail: JobDetail) -> tuple[Line, ...]:
    """The error a job has ended with, or the last that it tries to get over; empty: none."""
    if detail.job.error:
        return tuple(_ended(detail))
    open_try = _last_failed(detail)
    return tuple(_tried(*open_try)) if open_try and not detail.job.ended else ()


def _ended(detail: JobDetail) -> Iterator[Line]:
    record = detail.error_detail or {}
    if told := _facts(record):
        yield (Cell(told, Tone.BAD),)
    yield (Cell(one_line(detail.job.error or "")),)
    if kept := kept_words(detail):
        yield (Cell(kept, Tone.DIM),)


def _facts(record: Mapping[str, Any]) -> str:
    code = str(record.get("class") or "").replace("_", " ")
    status = record.get("http_status")
    parts = (
        code,
        _kind(record.get("class")),
        record.get("provider"),
        f"HTTP {status}" if status else None,
        f"step {record['step']}" if record.get("step") else None,
    )
    return " · ".join(str(part) for part in parts if part)


def _kind(code: str | None) -> str:
    """Whether failures of this class are tried again; nothing is said of what is no class."""
    policy = POLICIES.get(FailureClass(code)) if code in set(FailureClass) else None
    return "" if policy is None else "retryable" if policy.retries else "not retryable"


def kept_words(detail: JobDetail) -> str:
    """What a retry would find done."""
    kept = sum(step.status in ENDED for step in detail.steps)
    if not kept or detail.job.status not in {JobStatus.FAILED, JobStatus.CANCELLED}:
        return ""
    return f"{kept} of {len(detail.steps)} steps are saved and will not run again"


def _last_failed(detail: JobDetail) -> tuple[StepView, TryView] | None:
    """The newest failed try of a step that is still being tried."""
    tries = [
        (step, tried)
        for step in detail.steps
        if step.status in {StepStatus.WAITING, StepStatus.RUNNING}
        for tried in step.history
        if tried.failure_class and tried.round == detail.job.round
    ]
    return max(tries, key=lambda found: found[1].ended_at, default=None)


def _tried(step: StepView, tried: TryView) -> Iterator[Line]:
    code = (tried.failure_class or "").replace("_", " ")
    kind = _kind(tried.failure_class)
    parts = [code, kind, tried.provider, f"step {step.name}", f"try {tried.number} of {MAX_TRIES}"]
    yield (Cell(" · ".join(part for part in parts if part), Tone.RETRYING),)
    if tried.message:
        yield (Cell(one_line(tried.message)),)


def whole(detail: JobDetail) -> Iterator[Line]:
    """Everything that is known of what went wrong, a paragraph a line."""
    if detail.job.error:
        yield (Cell(detail.job.error, Tone.BAD),)
        yield from _record(detail.error_detail or {})
        if kept := kept_words(detail):
            yield (Cell(kept, Tone.DIM),)
        if detail.group:
            filter_ = Cell(f"error:{detail.group}", Tone.STRONG)
            yield (filter_, Cell(" finds the jobs that failed of the same", Tone.DIM))
    for step in detail.steps:
        yield from _tries(step)


def _record(record: Mapping[str, Any]) -> Iterator[Line]:
    if record:
        yield ()
    for name, value in record.items():
        if value not in (None, "", False):
            yield (Cell(f"{name.replace('_', ' '):<12}", Tone.DIM), Cell(str(value)))


def _tries(step: StepView) -> Iterator[Line]:
    failed = [tried for tried in step.history if tried.failure_class]
    if failed:
        yield ()
        yield (Cell(step.name, Tone.STRONG), Cell(f"  failed tries: {len(failed)}", Tone.DIM))
    for tried in failed:
        again = f"retry {tried.round} by hand, " if tried.round else ""
        yield (
            Cell(f"  {again}try {tried.number}  ", Tone.DIM),
            Cell(f"{tried.failure_class}  ".replace("_", " "), Tone.BAD),
            Cell(f"{tried.provider}  " if tried.provider else "", Tone.DIM),
            Cell(tried.message or ""),
        )
