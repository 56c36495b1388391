"""Accept jobs: count the limits, store them, or say what would become of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plinthctl.domain.admission import Admitted, Outcome, Rehearsed
from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.limits import Limits, Slot
from plinthctl.domain.runs import NewJob
from plinthctl.domain.views import JobDetail, JobView
from plinthctl.errors import OutcomeUnknown, PlinthError, ReadOnly
from plinthctl.services.asking import until_known
from plinthctl.services.ringing import Ring, nobody

if TYPE_CHECKING:
    from plinthctl.store import Store


@dataclass(frozen=True, slots=True)
class Accepted:
    """A job that is in the store; ``existing``: its key had made it before."""

    job: JobView
    existing: bool = False


def usual_longest_s() -> dict[str, float]:
    """By type, how many seconds a job usually takes at most."""
    return {name: found.usual_s[1] for name, found in JOB_TYPES.items()}


@dataclass(frozen=True, slots=True)
class Submit:
    """The door through which jobs enter the store."""

    store: "Store"
    limits: Limits
    actor: str
    read_only: bool = False
    ring: Ring = nobody

    def admit(self, job: NewJob) -> Accepted:
        """Store the job; it exists when this returns.

        Raises:
            LimitReached: with every full scope and who holds its places.
            BudgetSpent: its organisation has spent what it may today.
            NotFound: its decision is not in the store.
            WrongState: its key has made a job of another input.
            ReadOnly: the configuration forbids changes.
            StoreUnavailable: nothing was stored.
            OutcomeUnknown: nobody can say whether it was.
        """
        self.must_be_allowed()
        limits, usual_s = self.limits, usual_longest_s()
        try:
            # Asking again is safe: the job has its id already.
            answer = until_known(lambda: self.store.admit_one(job, limits, self.actor, usual_s))
        except OutcomeUnknown as lost:
            raise _perhaps(job, lost) from lost
        if isinstance(answer, PlinthError):
            raise answer
        admitted, stored = answer
        self.ring()
        return Accepted(stored, admitted.existing)

    def admit_all(self, batch: Sequence[NewJob]) -> tuple[Outcome, ...]:
        """What became of each job of a batch; those admitted exist when this returns.

        Raises:
            ReadOnly: the configuration forbids changes.
            StoreUnavailable: nothing was stored, or nobody can know.
        """
        self.must_be_allowed()
        limits, usual_s = self.limits, usual_longest_s()
        outcomes = until_known(lambda: self.store.admit_all(batch, limits, self.actor, usual_s))
        self.ring()
        return outcomes

    def must_be_allowed(self) -> None:
        """Raises `ReadOnly` where the configuration forbids changes."""
        if self.read_only:
            raise ReadOnly.refusing("nothing is submitted")

    def rehearse(self, job: NewJob) -> Admitted:
        """What would become of this job now. Raises as `admit` does."""
        return _or_raise(*self.rehearse_all([job], Counter()).outcomes)

    def rehearse_all(self, batch: Sequence[NewJob], taken: Counter[Slot]) -> Rehearsed:
        """What would become of a batch, were the places in ``taken`` taken."""
        return self.store.rehearse(batch, self.limits, usual_longest_s(), taken)

    def details_by_ids(self, ids: Sequence[str]) -> tuple[JobDetail, ...]:
        """The jobs of these ids with all that belongs to them, in this order."""
        return self.store.details_by_ids(ids)


def _perhaps(job: NewJob, lost: OutcomeUnknown) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"nobody can say whether {job.id} was stored",
        why=lost.told,
        fix=f"look whether it is there before you submit it again: plinthctl show {job.id}",
        details={"job": job.id},
    )


def _or_raise(outcome: Outcome) -> Admitted:
    if isinstance(outcome, PlinthError):
        raise outcome
    return outcome
