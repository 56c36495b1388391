"""A job's statuses, what moves it between them, and what people see of them."""

from datetime import datetime
from enum import StrEnum
from typing import Final


class JobStatus(StrEnum):
    """The five values of ``status``, in the store, in JSON and in filters."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


SUBMITTED: Final = "submitted"  # the first event of every job
ACTIVE: Final = frozenset({JobStatus.PENDING, JobStatus.RUNNING})
FINAL: Final = frozenset(JobStatus) - ACTIVE


class JobEvent(StrEnum):
    """What happens to a job. The values are the kinds of ``job_events`` rows."""

    CLAIM = "claimed"
    COMPLETE = "completed"
    FAIL = "failed"
    CANCEL = "cancelled"
    EXPIRE = "expired"
    WAIT = "waiting"  # a step failed retryably and nothing else is in flight
    RELEASE = "released"  # given back by a worker that stops; charges nothing
    RECOVER = "recovered"  # given back because its worker is gone
    LOSE = "worker_lost"  # its worker went away once too often
    PARK = "parked"  # a provider that it needs is in trouble; charges nothing
    RETRY_BY_HAND = "retried"


_NEXT: Final = {
    (JobStatus.PENDING, JobEvent.CLAIM): JobStatus.RUNNING,
    (JobStatus.PENDING, JobEvent.CANCEL): JobStatus.CANCELLED,
    (JobStatus.PENDING, JobEvent.EXPIRE): JobStatus.FAILED,
    (JobStatus.PENDING, JobEvent.PARK): JobStatus.PENDING,
    (JobStatus.RUNNING, JobEvent.COMPLETE): JobStatus.COMPLETED,
    (JobStatus.RUNNING, JobEvent.FAIL): JobStatus.FAILED,
    (JobStatus.RUNNING, JobEvent.CANCEL): JobStatus.CANCELLED,
    (JobStatus.RUNNING, JobEvent.EXPIRE): JobStatus.FAILED,
    (JobStatus.RUNNING, JobEvent.WAIT): JobStatus.PENDING,
    (JobStatus.RUNNING, JobEvent.RELEASE): JobStatus.PENDING,
    (JobStatus.RUNNING, JobEvent.PARK): JobStatus.PENDING,
    (JobStatus.RUNNING, JobEvent.RECOVER): JobStatus.PENDING,
    (JobStatus.RUNNING, JobEvent.LOSE): JobStatus.FAILED,
    (JobStatus.FAILED, JobEvent.RETRY_BY_HAND): JobStatus.PENDING,
    (JobStatus.CANCELLED, JobEvent.RETRY_BY_HAND): JobStatus.PENDING,
}


class IllegalTransition(ValueError):
    """The table has no such row."""

    def __init__(self, status: JobStatus, event: JobEvent) -> None:
        super().__init__(f"a {status} job cannot be {event}")


def after(status: JobStatus, event: JobEvent) -> JobStatus:
    """The status ``event`` moves a job to.

    Raises:
        IllegalTransition: the table has no such row.
    """
    try:
        return _NEXT[status, event]
    except KeyError:
        raise IllegalTransition(status, event) from None


_STATUS_OF: Final = {event: status for (_, event), status in _NEXT.items()}


def status_after(kind: str) -> JobStatus:
    """The status of a job right after an event of this kind: a `JobEvent`, the
    submission, or one of a step's, which only a running job has."""
    if kind == SUBMITTED:
        return JobStatus.PENDING
    known = kind in set(JobEvent)
    return _STATUS_OF[JobEvent(kind)] if known else JobStatus.RUNNING


class Phase(StrEnum):
    """What a person is shown: a status, or a finer word for it."""

    PENDING = "pending"
    PAUSED = "paused"  # due, and held back by hand
    PARKED = "parked"  # until a provider that it needs is well again
    SCHEDULED = "scheduled"
    RETRYING = "retrying"
    RUNNING = "running"
    CANCELLING = "cancelling"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


def phase(
    status: JobStatus,
    *,
    attempt: int,
    available_at: datetime,
    cancel_requested: bool,
    now: datetime,
    paused: bool = False,
    parked: bool = False,
) -> Phase:
    """The word for a job's state that says most about it."""
    if status is JobStatus.RUNNING and cancel_requested:
        return Phase.CANCELLING
    if status is JobStatus.PENDING and paused and available_at <= now:
        return Phase.PAUSED
    if status is JobStatus.PENDING and parked:
        return Phase.PARKED
    if status is JobStatus.PENDING and attempt > 1:
        return Phase.RETRYING
    if status is JobStatus.PENDING and available_at > now:
        return Phase.SCHEDULED
    return Phase(status.value)
