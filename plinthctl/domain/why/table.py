"""The table of causes: the first row that holds is the reason."""

from collections.abc import Callable
from typing import Final

from plinthctl.domain.job import JobStatus
from plinthctl.domain.why import ended, running, waiting
from plinthctl.domain.why.causes import Explanation
from plinthctl.domain.why.facts import Facts

Row = Callable[[Facts], Explanation | None]

_ROWS: Final[dict[JobStatus, tuple[Row, ...]]] = {
    JobStatus.PENDING: (
        waiting.paused,
        waiting.parked,
        waiting.worker_was_lost,
        waiting.backing_off,
        waiting.scheduled,
        waiting.no_worker,
        waiting.no_worker_for_type,
        waiting.in_line,
        waiting.about_to_start,
    ),
    JobStatus.RUNNING: (
        running.cancelling,
        running.worker_silent,
        running.too_long,
        running.step_waits,
        running.slow,
        running.on_course,
    ),
    JobStatus.FAILED: (ended.by_rule, ended.by_class, ended.unknown),
    JobStatus.CANCELLED: (ended.cancelled,),
    JobStatus.COMPLETED: (ended.degraded, ended.completed),
}


def explain(facts: Facts) -> Explanation:
    """Why the job is where it is: the first cause of its status that holds."""
    found = (row(facts) for row in _ROWS[facts.job.status])
    return next(explanation for explanation in found if explanation is not None)
