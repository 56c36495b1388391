"""Putting right what the dead leave behind: recover, expire, purge.

Used by workers all the time and by a one-shot sweep; each method is one pass and
can be repeated or run beside others: every change is conditional in the store.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from plinthctl.domain.expiry import DUTY_EVERY_S, Expiry, Retention
from plinthctl.domain.liveness import Heard, hear, is_silent, may_judge
from plinthctl.domain.runs import Neighbour, Swept
from plinthctl.services.life import clear_away, seen_dead
from plinthctl.store import Store

# The duties' names in the store.
SWEEP: Final = "sweep"
PURGE: Final = "purge"


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What one pass did: the workers it retired, the jobs it acted on, rows purged."""

    buried: tuple[str, ...] = ()
    swept: tuple[Swept, ...] = ()
    purged: int = 0


@dataclass(slots=True)
class Sweeper:
    """One judge of who is alive. Not for use by several threads at once.

    Attributes:
        boot_id: This machine's, to know neighbours on it.
    """

    store: Store
    boot_id: str | None
    _heard: dict[str, Heard] = field(default_factory=dict)

    @property
    def neighbours(self) -> int:
        """How many other workers there were at the last look for silent ones."""
        return len(self._heard)

    def bury_dead_neighbours(self, worker_id: str) -> SweepReport:
        """Retire the workers of this machine that are seen to be dead, and recover their jobs."""
        dead = [n for n in self.store.neighbours(worker_id) if seen_dead(n, self.boot_id)]
        return self.bury(dead)

    def bury_the_silent(
        self, worker_id: str, own_beat_gaps_s: tuple[float, ...], monotonic_s: float
    ) -> SweepReport:
        """Retire the workers whose counter stands still, and recover what is orphaned.

        Args:
            own_beat_gaps_s: The judge's own last beats; late ones mean that it
                condemns nobody.
            monotonic_s: The judge's own clock.
        """
        neighbours = self.store.neighbours(worker_id)
        self._listen(neighbours, monotonic_s)
        if not may_judge(own_beat_gaps_s):
            return SweepReport()
        silent = [n for n in neighbours if is_silent(self._heard[n.id], monotonic_s)]
        buried = self.bury(silent)
        return SweepReport(buried.buried, (*buried.swept, *self.recover_orphans()))

    def _listen(self, neighbours: Iterable[Neighbour], monotonic_s: float) -> None:
        self._heard = {n.id: hear(self._heard.get(n.id), n.beats, monotonic_s) for n in neighbours}

    def bury(self, gone: Iterable[Neighbour]) -> SweepReport:
        """Retire workers that are gone, and recover what they held."""
        # Only if the counter still stands where it was seen: it may have woken up since.
        buried = tuple(n for n in gone if self.store.retire(n.id, n.beats))
        swept = self.recover_orphans() if buried else ()
        for neighbour in buried:
            clear_away(neighbour)
        return SweepReport(tuple(n.id for n in buried), swept)

    def recover_orphans(self) -> tuple[Swept, ...]:
        """Give back, or end, the running jobs whose worker is retired or unknown."""
        orphans = self.store.orphans()
        recovered = (self.store.recover(orphan.job_id, orphan.token) for orphan in orphans)
        return tuple(swept for swept in recovered if swept is not None)

    def expire_waiting(self, expiry: Expiry) -> SweepReport:
        """End the jobs that nobody took in time: a worker that has just come is too late."""
        return SweepReport((), self.store.expire_waiting(expiry))

    def sweep_in_turn(self, expiry: Expiry) -> SweepReport:
        """Each minute, by one worker: recover before expiring."""
        if not self.store.take_duty(SWEEP, DUTY_EVERY_S):
            return SweepReport()
        return SweepReport((), (*self.recover_orphans(), *self.store.expire(expiry)))

    def purge_in_turn(self, retention: Retention) -> SweepReport:
        """Each minute, by one worker: delete what is past its retention."""
        if not self.store.take_duty(PURGE, DUTY_EVERY_S):
            return SweepReport()
        return SweepReport(purged=self.store.purge(retention))
