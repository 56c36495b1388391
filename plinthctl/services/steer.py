"""Change the course of jobs by hand."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from plinthctl.domain.job import JobStatus
from plinthctl.errors import ReadOnly
from plinthctl.services.ringing import Ring, nobody

if TYPE_CHECKING:
    from plinthctl.store import Store


@dataclass(frozen=True, slots=True)
class Steer:
    """What an operator may do to a job; ``actor`` is written to its history."""

    store: "Store"
    actor: str
    read_only: bool = False
    ring: Ring = nobody

    def cancel(self, job_id: str, reason: str | None = None) -> JobStatus:
        """Ask for the job's end. CANCELLED: it has ended; RUNNING: its worker
        stops it within a second or two, and keeps the finished steps.

        Raises:
            NotFound: no such job.
            WrongState: it has ended already.
            ReadOnly: the configuration forbids changes.
        """
        if self.read_only:
            raise ReadOnly(
                "read_only is set: nothing is cancelled",
                fix="unset read_only in the configuration, or PLINTHCTL_READ_ONLY",
            )
        status = self.store.request_cancel(job_id, self.actor, reason)
        self.ring()
        return status
