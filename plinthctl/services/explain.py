"""Say why a job waits, is slow, failed or ended, and what helps."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.expiry import Expiry
from plinthctl.domain.pauses import holding
from plinthctl.domain.views import JobDetail
from plinthctl.domain.why import Cause, Explanation, Facts, explain
from plinthctl.services.naming import JOB

if TYPE_CHECKING:
    from plinthctl.store import Store

IN_LINE: Final = 1_000  # places that are counted
NEVER_HEARD_OF_S: Final = (0.0, 600.0)  # what a type that is not in the catalogue usually takes
AS_IT_SHOULD: Final = frozenset({Cause.ABOUT_TO_START, Cause.ON_COURSE, Cause.SCHEDULED})


@dataclass(frozen=True, slots=True)
class Explain:
    """Reads what a job needs, and says what holds it up. ``clocks`` say how long it may wait."""

    store: "Store"
    clocks: Expiry

    def job(self, job_id: str) -> tuple[JobDetail, Explanation]:
        """The job, and why it is where it is. Raises `NotFound`."""
        detail = self.store.detail(job_id, events=True)
        if detail is None:
            raise JOB.missing(job_id)
        return detail, explain(self._facts(detail))

    def held_up(self, detail: JobDetail) -> Explanation | None:
        """Why a job that has not ended does not go on; None: it does, or it has ended."""
        if detail.job.ended:
            return None
        found = explain(self._facts(detail))
        return None if found.cause in AS_IT_SHOULD else found

    def _facts(self, detail: JobDetail) -> Facts:
        job, job_id = detail.job, detail.job.id
        line = self.store.line(IN_LINE) if job.due else ()
        job_type = JOB_TYPES.get(job.type)
        return Facts(
            detail=detail,
            workers=self.store.workers(),
            pauses=holding(self.store.pauses(), detail.job.type),
            place=line.index(job_id) + 1 if job_id in line else None,
            usual_s=job.usual_s or (job_type.usual_s if job_type else NEVER_HEARD_OF_S),
            clocks=self.clocks,
            circuits=self.store.circuits() if job.parked else (),
        )
