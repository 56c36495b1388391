"""Cancelling: at once, by the worker that runs the job, or over its head."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from plinthctl.domain.job import FINAL, JobStatus

# A worker that hears of it stops its job within a second. Within this time, asking again
# is an accident; after it, somebody who asks again wants the job to end without its worker.
ANSWERS_WITHIN: Final = timedelta(seconds=2)
# For somebody who waits for the end: a worker gives steps 5 s to stop.
WAITED_FOR: Final = timedelta(seconds=10)


class Cancel(StrEnum):
    """What asking for a job's end does."""

    END = "end"  # it was pending: it ends at once
    ASK = "ask"  # its worker is asked to stop it
    AWAIT = "await"  # its worker was asked a moment ago: nothing more is done
    TAKE_AWAY = "take_away"  # its worker has not answered: it ends without it

    @property
    def status(self) -> JobStatus:
        """The job's status after it."""
        ended = self in {Cancel.END, Cancel.TAKE_AWAY}
        return JobStatus.CANCELLED if ended else JobStatus.RUNNING


def gave_no_answer(asked_at: datetime, now: datetime) -> bool:
    """Whether a worker has had the time to stop a job for somebody who waits."""
    return now - asked_at >= WAITED_FOR


def cancel(status: JobStatus, asked_at: datetime | None, now: datetime) -> Cancel | None:
    """What a cancel does to a job, whose worker was asked before at ``asked_at``
    (None: never). None: it has ended already."""
    if status in FINAL:
        return None
    if status is JobStatus.PENDING:
        return Cancel.END
    if asked_at is None:
        return Cancel.ASK
    return Cancel.AWAIT if now - asked_at < ANSWERS_WITHIN else Cancel.TAKE_AWAY
