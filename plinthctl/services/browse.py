"""Find one job and read it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from plinthctl.domain.views import JobDetail, JobView, WorkerView
from plinthctl.errors import NotFound, StoreUnavailable
from plinthctl.services.naming import JOB

if TYPE_CHECKING:
    from plinthctl.store import Store

LAST: Final = "@last"


@dataclass(frozen=True, slots=True)
class Browse:
    """Reads for people and scripts. ``org`` and ``user`` say whose ``@last`` is."""

    store: "Store"
    org: str
    user: str

    def resolve(self, typed: str) -> str:
        """The id of the job that an operator means.

        ``typed`` is a whole id, its last 8 characters, any unique beginning or
        end of at least 4, or ``@last``.

        Raises:
            NotFound: no job has such an id.
            AmbiguousId: several have; their ids are in the details.
        """
        if typed == LAST:
            return self._newest()
        return JOB.resolve(typed, self.store.find_ids)

    def _newest(self) -> str:
        newest = self.store.newest_of(self.org, self.user)
        if newest is None:
            raise NotFound(
                f"{self.user} of {self.org} has submitted no job yet",
                fix="plinthctl submit competitor_analysis",
            )
        return newest

    def detail(self, job_id: str, *, events: bool = False) -> JobDetail:
        """Everything about one job. Raises `NotFound`."""
        found = self.store.detail(job_id, events=events)
        if found is None:
            raise JOB.missing(job_id)
        return found

    def jobs(self, ids: Sequence[str]) -> tuple[JobView, ...]:
        """The jobs of these whole ids that there are."""
        return self.store.jobs_by_ids(ids)

    def workers(self) -> tuple[WorkerView, ...]:
        """The workers that report, the longest running first."""
        return self.store.workers()

    def with_usual(self, job: JobView) -> JobView:
        """The same job with what its type usually takes; as it is where the store is away."""
        with suppress(StoreUnavailable):
            return replace(job, usual_s=self.store.usual_of(job.type))
        return job

    def job(self, job_id: str) -> JobView:
        """One job as lists show it. Raises `NotFound`."""
        found = self.store.job(job_id)
        if found is None:
            raise JOB.missing(job_id)
        return found
