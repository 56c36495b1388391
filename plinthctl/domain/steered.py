"""What became of jobs that somebody steered by hand."""

from dataclasses import dataclass

from plinthctl.domain.cancel import Cancel
from plinthctl.domain.job import JobStatus
from plinthctl.domain.limits import Slot
from plinthctl.domain.restart import Restart
from plinthctl.errors import PlinthError


@dataclass(frozen=True, slots=True)
class Cancelling:
    """A job whose end was asked for; ``asked_s``: its worker was asked so many
    seconds before."""

    job_id: str
    was: JobStatus
    how: Cancel
    asked_s: float | None = None

    @property
    def status(self) -> JobStatus:
        """The job's status now."""
        return self.how.status


@dataclass(frozen=True, slots=True)
class Retried:
    """A job that is pending again.

    Attributes:
        round: Counts its retries by hand.
        slots: The places that it takes under the limits.
        paused: Somebody holds its type back.
        fails_again: Why it must fail as it did; None: it need not.
    """

    job_id: str
    type: str
    was: JobStatus
    restart: Restart
    round: int
    slots: tuple[Slot, ...] = ()
    fresh: bool = False
    paused: bool = False
    fails_again: str | None = None

    @property
    def status(self) -> JobStatus:
        """The job's status now."""
        return JobStatus.PENDING


@dataclass(frozen=True, slots=True)
class Skipped:
    """A job that was left as it is, and why."""

    job_id: str
    error: PlinthError


Steered = Cancelling | Retried | Skipped
