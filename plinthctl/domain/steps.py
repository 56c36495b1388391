"""Durable steps side by side: what may start, what waits, how far a job is.

A step's state is what its row in ``job_steps`` says; no row means `NEW`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


@dataclass(frozen=True, slots=True)
class StepSpec:
    """One durable step of a job type.

    Attributes:
        message: What a person reads while it runs.
        began: Progress added when it starts, in percent points.
        ended: Progress added when it ends.
        needs: Names of the steps whose results it reads.
        degradable: It may end without its data; the job goes on with a warning.
    """

    name: str
    message: str
    began: int
    ended: int
    needs: tuple[str, ...] = ()
    degradable: bool = False


class StepStatus(StrEnum):
    """Where a step is. ``waiting`` has failed retryably or lost its worker."""

    NEW = "new"
    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    DEGRADED = "degraded"

    @property
    def told(self) -> str:
        """The word for it in JSON."""
        return _TOLD.get(self, self.value)


_TOLD: Final = {StepStatus.NEW: "pending", StepStatus.DONE: "completed"}

ENDED: Final = frozenset({StepStatus.DONE, StepStatus.DEGRADED})


@dataclass(frozen=True, slots=True)
class StepState:
    """A step's row: its status, failed tries since the last retry by hand, and
    the earliest time of its next try (None: at once)."""

    status: StepStatus = StepStatus.NEW
    tries: int = 0
    retry_at: datetime | None = None


NEW: Final = StepState()
Steps = tuple[StepSpec, ...]
Board = Mapping[str, StepState]


def startable(steps: Steps, board: Board, now: datetime) -> tuple[StepSpec, ...]:
    """The steps whose needs are met and whose wait is over, in catalogue order."""
    return tuple(step for step in steps if _may_start(step, board, now))


def _may_start(step: StepSpec, board: Board, now: datetime) -> bool:
    state = board.get(step.name, NEW)
    waiting = state.status in {StepStatus.NEW, StepStatus.WAITING}
    due = state.retry_at is None or state.retry_at <= now
    return waiting and due and all(board.get(need, NEW).status in ENDED for need in step.needs)


def next_try_at(board: Board) -> datetime | None:
    """When the first waiting step may be tried again; None: nothing waits for a time."""
    times = [s.retry_at for s in board.values() if s.status is StepStatus.WAITING and s.retry_at]
    return min(times, default=None)


def progress(steps: Steps, board: Board) -> int:
    """Percent: the sum of what has begun and what has ended."""
    return sum(_share(step, board.get(step.name, NEW).status) for step in steps)


def _share(step: StepSpec, status: StepStatus) -> int:
    if status in ENDED:
        return step.began + step.ended
    return step.began if status is not StepStatus.NEW else 0


def shown_step(steps: Steps, board: Board) -> StepSpec | None:
    """The step that a person is told of: the first running one in catalogue order."""
    running = (s for s in steps if board.get(s.name, NEW).status is StepStatus.RUNNING)
    return next(running, None)


def attempt(board: Board) -> int:
    """The number of the current try of the step that is trying, from 1."""
    return 1 + max((s.tries for s in board.values() if s.status not in ENDED), default=0)
