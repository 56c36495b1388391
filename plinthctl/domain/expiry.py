"""When a job has waited or run too long, and how long its rows are kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from plinthctl.domain.failures import EndCode
from plinthctl.domain.job import JobStatus

DUTY_EVERY_S: Final = 60.0  # expiry, purge and alerts are one worker's at a time


@dataclass(frozen=True, slots=True)
class Expiry:
    """How long a job may be due, and how long one run may take."""

    pending_for: timedelta = timedelta(minutes=5)
    running_for: timedelta = timedelta(minutes=10)


DEFAULT_EXPIRY: Final = Expiry()


@dataclass(frozen=True, slots=True)
class Retention:
    """How long ended jobs are kept."""

    completed_for: timedelta = timedelta(days=30)
    failed_for: timedelta = timedelta(days=7)
    cancelled_for: timedelta = timedelta(days=7)

    @property
    def longest_for(self) -> timedelta:
        """So long a retired worker is known yet: no ended job names it any more."""
        return max(self.completed_for, self.failed_for, self.cancelled_for)

    def of(self, status: JobStatus) -> timedelta:
        """How long a job of this final status is kept.

        Raises:
            ValueError: the status is not final.
        """
        match status:
            case JobStatus.COMPLETED:
                return self.completed_for
            case JobStatus.FAILED:
                return self.failed_for
            case JobStatus.CANCELLED:
                return self.cancelled_for
        raise ValueError(f"a {status} job is kept until it has ended")


def expired(
    status: JobStatus,
    *,
    available_at: datetime,
    started_at: datetime | None,
    now: datetime,
    expiry: Expiry,
) -> EndCode | None:
    """The rule a job has broken; None while it is in time.

    A pending job's age counts from the moment it was due, a running one's from
    its claim; a heartbeat does not renew either.
    """
    if status is JobStatus.PENDING and now - available_at > expiry.pending_for:
        return EndCode.EXPIRED_IN_QUEUE
    if status is JobStatus.RUNNING and started_at and now - started_at > expiry.running_for:
        return EndCode.EXPIRED_RUNNING
    return None


def words(code: EndCode, expiry: Expiry) -> str:
    """The error text of a job that a rule has ended."""
    match code:
        case EndCode.EXPIRED_IN_QUEUE:
            return f"No worker took the job within {_minutes(expiry.pending_for)} of its being due."
        case EndCode.EXPIRED_RUNNING:
            return f"The run took longer than {_minutes(expiry.running_for)} and was stopped."
        case EndCode.WORKER_LOST:
            return "Its worker died three times in a row while running it."


def _minutes(span: timedelta) -> str:
    seconds = span.total_seconds()
    return f"{seconds / 60:g} minutes" if seconds >= 60 else f"{seconds:g} s"
