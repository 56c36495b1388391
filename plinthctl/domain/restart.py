"""A retry by hand: what is kept, where the job goes on, and whether that can help."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from plinthctl.domain.catalog import JobType
from plinthctl.domain.failures import FailureClass
from plinthctl.domain.job import JobStatus
from plinthctl.domain.steps import ENDED, NEW, Steps, StepState, StepStatus
from plinthctl.errors import UsageError

RETRYABLE: Final = frozenset({JobStatus.FAILED, JobStatus.CANCELLED})


@dataclass(frozen=True, slots=True)
class Start:
    """From where a job is to be retried; neither: from its first unfinished step.

    Attributes:
        from_step: Drop the result of this step, and of every step that needs it.
        fresh: Drop every result and begin at 0 %.
    """

    from_step: str | None = None
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Restart:
    """What a retry does to a job's steps, each in catalogue order.

    Attributes:
        kept: Their results are reused.
        without_data: Those of the kept that had ended without their data.
        dropped: Their results are thrown away.
        resumes_at: They run first.
    """

    kept: tuple[str, ...]
    without_data: tuple[str, ...]
    dropped: tuple[str, ...]
    resumes_at: tuple[str, ...]


def restart(job_type: JobType, board: Mapping[str, StepState], start: Start) -> Restart:
    """What a retry does to the steps of a job; ``board`` has those with a row.

    Raises:
        UsageError: the type has no such step.
    """
    steps = job_type.steps
    again = _again(job_type, start)
    ended = {step.name for step in steps if board.get(step.name, NEW).status in ENDED}
    kept = ended - again
    return Restart(
        kept=_ordered(steps, kept),
        without_data=_ordered(
            steps, {name for name in kept if board[name].status is StepStatus.DEGRADED}
        ),
        dropped=_ordered(steps, ended & again),
        resumes_at=tuple(
            step.name for step in steps if step.name not in kept and kept.issuperset(step.needs)
        ),
    )


def _again(job_type: JobType, start: Start) -> set[str]:
    """The steps whose results are not wanted."""
    names = [step.name for step in job_type.steps]
    if start.fresh:
        return set(names)
    if start.from_step is None:
        return set()
    if start.from_step not in names:
        raise no_step(job_type, start.from_step)
    again = {start.from_step}
    for step in job_type.steps:  # a step needs only steps before it
        if again.intersection(step.needs):
            again.add(step.name)
    return again


def _ordered(steps: Steps, names: set[str]) -> tuple[str, ...]:
    return tuple(step.name for step in steps if step.name in names)


def no_step(job_type: JobType, typed: str) -> UsageError:
    """The error for a step that a type does not have."""
    names = [step.name for step in job_type.steps]
    near = difflib.get_close_matches(typed, names, n=1)
    return UsageError(
        f'{job_type.name} has no step "{typed}"',
        why=f"did you mean {near[0]}?" if near else None,
        fix=f"one of: {', '.join(names)}",
        details={"type": job_type.name, "step": typed, "steps": names},
    )


_FAILS_AGAIN: Final[Mapping[str, str]] = {
    FailureClass.INVALID_INPUT: "this failed on invalid input; the same input will fail again",
    FailureClass.AUTH_FAILURE: "a key was refused; unless it was replaced it will be refused again",
    FailureClass.QUOTA_EXHAUSTED: "a budget is used up; unless it was raised this will fail again",
    FailureClass.CONTENT_REFUSED: "a provider declined this content; it will decline it again",
}


def fails_again(status: JobStatus, code: str | None) -> str | None:
    """Why a retry must fail as the job did, by its error's code; None: it need not."""
    return _FAILS_AGAIN.get(code or "") if status is JobStatus.FAILED else None
