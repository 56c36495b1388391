"""Change the course of jobs by hand."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from plinthctl.domain.acts import Act
from plinthctl.domain.limits import Limits, Slot
from plinthctl.domain.restart import Start, fails_again
from plinthctl.domain.steered import Cancelling, Retried, Skipped, Steered
from plinthctl.errors import BudgetSpent, LimitReached, NotFound, ReadOnly, UsageError, WrongState
from plinthctl.services.ringing import Ring, nobody

if TYPE_CHECKING:
    from plinthctl.store import Store

RUNG_AFTER: Final = 50  # jobs of many; each ring is a connection of its own
READ_AT_ONCE: Final = 200
# What is wrong with one job, and stops none of the others.
_ITS_OWN: Final = (NotFound, WrongState, LimitReached, BudgetSpent, UsageError)

Steering = Callable[[str], Cancelling | Retried]


@dataclass(frozen=True, slots=True)
class Steer:
    """What an operator may do to jobs; ``actor`` is written to their history.

    Each job is handled by itself, in a transaction of its own. ``usual_s`` is each
    type's usual longest duration, for telling when a place is likely free.
    """

    store: "Store"
    actor: str
    read_only: bool = False
    ring: Ring = nobody
    limits: Limits = field(default_factory=Limits)
    usual_s: Mapping[str, float] = field(default_factory=dict)

    def must_be_allowed(self) -> None:
        """Raises:
        ReadOnly: the configuration forbids changes.
        """
        if self.read_only:
            raise ReadOnly.refusing("nothing is changed")

    def cancel(self, job_id: str, reason: str | None = None) -> Cancelling:
        """Ask for the job's end. A running job's worker stops it within a second or
        two, and keeps the finished steps; asked again after that, the job ends
        without its worker.

        Raises:
            NotFound: no such job.
            WrongState: it has ended already.
            ReadOnly: the configuration forbids changes.
        """
        self.must_be_allowed()
        found = self._cancel(job_id, reason)
        self.ring()
        return found

    def cancel_each(self, ids: Sequence[str], reason: str | None = None) -> Iterator[Steered]:
        """What became of each job, as it happens. Raises `ReadOnly` before the first."""
        self.must_be_allowed()
        return self._each(ids, lambda job_id: self._cancel(job_id, reason))

    def retry(self, job_id: str, start: Start, reason: str | None = None) -> Retried:
        """Put a failed or cancelled job back in the queue.

        Raises:
            NotFound: no such job.
            WrongState: it has not failed, nor was it cancelled.
            UsageError: it has no such step.
            LimitReached: with every full scope and who holds its places.
            BudgetSpent: its organisation has spent what it may today.
            ReadOnly: the configuration forbids changes.
        """
        self.must_be_allowed()
        found = self._retry(job_id, start, reason)
        self.ring()
        return found

    def retry_each(
        self, ids: Sequence[str], start: Start, reason: str | None = None
    ) -> Iterator[Steered]:
        """What became of each job, as it happens. Raises `ReadOnly` before the first."""
        self.must_be_allowed()
        return self._each(ids, lambda job_id: self._retry(job_id, start, reason))

    def rehearse_cancels(self, ids: Sequence[str]) -> Iterator[Steered]:
        """What `cancel_each` would say. Changes nothing."""
        return (_tried(self.store.rehearse_cancel, job_id) for job_id in ids)

    def rehearse_retries(self, ids: Sequence[str], start: Start) -> Iterator[Steered]:
        """What `retry_each` would say. Changes nothing."""
        taken: Counter[Slot] = Counter()
        for job_id in ids:
            found = _tried(lambda one: self._rehearse(one, start, taken), job_id)
            taken.update(found.slots if isinstance(found, Retried) else ())
            yield found

    def hopeless(self, ids: Sequence[str]) -> dict[str, str]:
        """Which of these jobs must fail again, and why."""
        found = (job for some in _parts(ids, READ_AT_ONCE) for job in self.store.jobs_by_ids(some))
        whys = {job.id: fails_again(job.status, job.error_code) for job in found}
        return {job_id: why for job_id, why in whys.items() if why is not None}

    def _rehearse(self, job_id: str, start: Start, taken: Mapping[Slot, int]) -> Retried:
        return self.store.rehearse_retry(job_id, start, self.limits, self.usual_s, taken)

    def _cancel(self, job_id: str, reason: str | None) -> Cancelling:
        return self.store.request_cancel(job_id, self.actor, reason)

    def _retry(self, job_id: str, start: Start, reason: str | None) -> Retried:
        act = Act(self.actor, "retry", reason)
        return self.store.retry(job_id, start, act, self.limits, self.usual_s)

    def _each(self, ids: Sequence[str], act: Steering) -> Iterator[Steered]:
        for some in _parts(ids, RUNG_AFTER):
            try:
                for job_id in some:
                    yield _tried(act, job_id)
            finally:  # whoever asked may have stopped half-way
                self.ring()


def _parts(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (ids[n : n + size] for n in range(0, len(ids), size))


def _tried(act: Steering, job_id: str) -> Steered:
    try:
        return act(job_id)
    except _ITS_OWN as error:
        return Skipped(job_id, error)
