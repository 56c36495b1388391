"""Runs as the planner sees them, in few words."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from plinthctl.domain.catalog import job_type
from plinthctl.domain.failures import Failure, FailureClass, Usage, text_for
from plinthctl.domain.retries import POLICIES
from plinthctl.domain.runs import ClaimedJob
from plinthctl.domain.steps import StepState, StepStatus
from tests.stores import INPUT
from worker import plan
from worker.context import Finished
from worker.plan import Done, Ended, Failed, Moment, RunState

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
TYPE: Final = "competitor_analysis"
STEPS: Final = job_type(TYPE).steps
SCRAPE, NEWS, REVIEWS, PROFILE, SAVE = (step.name for step in STEPS)
GATHERING: Final = (SCRAPE, NEWS, REVIEWS)
MIDDLE: Final = 0.5  # the roll that leaves a back-off where it is
COST: Final = Usage(calls=2, credits=1.0)

RUNNING = StepState(StepStatus.RUNNING)
DONE = StepState(StepStatus.DONE)
DEGRADED = StepState(StepStatus.DEGRADED, tries=1)


def in_s(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def waiting(seconds: float, tries: int = 1) -> StepState:
    """A step that failed and may be tried again that long after noon."""
    return StepState(StepStatus.WAITING, tries, in_s(seconds))


def at(seconds: float = 0, *, may_start: bool = True) -> Moment:
    return Moment(in_s(seconds), MIDDLE, may_start, POLICIES)


def claimed(
    board: Mapping[str, StepState], started: tuple[str, ...] = (), **more: Any
) -> ClaimedJob:
    values: dict[str, Any] = {
        "id": "job_1",
        "token": 7,
        "type": TYPE,
        "org": "acme",
        "user": "ana",
        "decision": None,
        "input": INPUT,
        "board": board,
        "started": started,
        "outputs": {},
        "reasons": {},
        "failed": {},
        "last_failure": {},
        "progress": 0,
        "round": 0,
    }
    return ClaimedJob(**{**values, **more})


def state(board: Mapping[str, StepState], **more: Any) -> RunState:
    """A run under way whose steps stand as ``board`` says."""
    started = tuple(name for name, step in board.items() if step.status is StepStatus.RUNNING)
    # A claim without starts would begin with a move of its own.
    return plan.opening(claimed(board, started or (SAVE,), **more), STEPS, at()).state


def failure(failure_class: FailureClass, provider: str = "exa", **more: Any) -> Failure:
    return Failure(failure_class, text_for(failure_class, provider), provider, **more)


def failed(step: str, failure_class: FailureClass, **more: Any) -> Ended:
    return Ended(step, Failed(failure(failure_class, **more)), in_s(-3), NOON, COST)


def done(step: str, value: Any = "text") -> Ended:
    return Ended(step, Done(value), in_s(-3), NOON, COST)


def finished(output: dict[str, Any]) -> Ended:
    return done(SAVE, Finished(output))
