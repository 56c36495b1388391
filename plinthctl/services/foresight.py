"""Foresee what a retry of many jobs would keep, take and cost."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plinthctl.domain.catalog import job_type
from plinthctl.domain.expiry import Expiry
from plinthctl.domain.foresight import (
    RUNS,
    Likely,
    PastRun,
    Plan,
    Preview,
    Slots,
    alike,
    foresee,
    likely,
)
from plinthctl.domain.liveness import SILENT_AFTER_S
from plinthctl.domain.restart import Start
from plinthctl.domain.steered import Retried, Skipped, Steered
from plinthctl.errors import LimitReached
from plinthctl.services.steer import Steer

if TYPE_CHECKING:
    from plinthctl.store import Store


@dataclass(frozen=True, slots=True)
class Foresight:
    """Looks ahead; changes nothing. ``usual_slots`` are those of a worker that somebody
    would start."""

    store: "Store"
    steer: Steer
    clocks: Expiry
    usual_slots: int

    def of_retry(self, ids: Sequence[str], start: Start) -> Preview:
        """What a retry of these jobs would come to now: those that find a place under the
        limits, one after the other, as they would."""
        told = tuple(self.steer.rehearse_retries(ids, start))
        retried = tuple(one for one in told if isinstance(one, Retried))
        may_wait_s = self.clocks.pending_for.total_seconds()
        slots = self._slots({one.type for one in retried})
        return foresee(self._plans(retried), _refused(told), slots, may_wait_s)

    def _plans(self, retried: Sequence[Retried]) -> tuple[Plan, ...]:
        runs: dict[str, tuple[PastRun, ...]] = {}
        return tuple(
            Plan(name, found.kept, found.resumes_at, jobs, self._likely(name, found.kept, runs))
            for (name, found), jobs in alike(retried).items()
        )

    def _likely(
        self, name: str, kept: Sequence[str], runs: dict[str, tuple[PastRun, ...]]
    ) -> Likely:
        if name not in runs:
            runs[name] = self.store.past_runs(name, RUNS)
        return likely(job_type(name), kept, runs[name])

    def _slots(self, types: set[str]) -> Slots:
        """Of all workers that beat and take any of these types."""
        beating = (one for one in self.store.workers() if one.silent_s < SILENT_AFTER_S)
        takers = [one.slots for one in beating if not one.types or types & set(one.types)]
        return Slots(sum(takers), alive=True) if takers else Slots(self.usual_slots, alive=False)


def _refused(told: Iterable[Steered]) -> dict[str, int]:
    skipped = (one for one in told if isinstance(one, Skipped))
    return dict(Counter(_why(one) for one in skipped).most_common())


def _why(one: Skipped) -> str:
    """Why it is skipped, without whose it is: a limit is a limit."""
    if isinstance(one.error, LimitReached):
        return "no place under the limits"
    status = one.error.details.get("status")
    return f"{status} by now" if status else one.error.message
