"""One look at the whole system, for every screen."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.expiry import Expiry
from plinthctl.domain.job import ACTIVE, FINAL, JobStatus
from plinthctl.domain.limits import Limits
from plinthctl.domain.occupancy import fullest_first
from plinthctl.domain.queries import JobQuery, Sort
from plinthctl.domain.snapshot import Durations, Normal, Now, Series, Snapshot, TypeNumbers

if TYPE_CHECKING:
    from plinthctl.store import Store

NONE: Final = Durations(0, None, None, None, None)


@dataclass(frozen=True, slots=True)
class Watch:
    """Reads snapshots."""

    store: "Store"
    limits: Limits
    clocks: Expiry

    def snapshot(self) -> Snapshot:
        """Everything a screen shows."""
        began_s = time.monotonic()
        store = self.store
        active = store.jobs(JobQuery(statuses=ACTIVE, sort=Sort.STATUS, limit=200))
        recent = store.jobs(JobQuery(statuses=FINAL, limit=20))
        counts = {s: store.count(JobQuery(statuses=frozenset({s})), 10_000) for s in JobStatus}
        stuck = tuple(job for job in active if job.stuck(self.clocks))
        at = store.now()
        due = [job.available_at for job in active if job.started_at is None]
        now = Now(
            counts[JobStatus.PENDING],
            counts[JobStatus.PENDING],
            counts[JobStatus.RUNNING],
            0,
            (at - min(due)).total_seconds() if due else None,
            sum(job.status is JobStatus.PENDING for job in stuck),
            sum(job.status is JobStatus.RUNNING for job in stuck),
            0,
            recent[0].completed_at if recent else None,
            sum(counts.values()),
        )
        types = tuple(
            TypeNumbers(
                name,
                sum(j.type == name and j.status is JobStatus.PENDING for j in active),
                sum(j.type == name and j.status is JobStatus.RUNNING for j in active),
                *(0, 0, 0, 0, 0, 0),
                *(NONE, NONE, NONE),
                Normal(found.usual_s[1], guessed=True),
                None,
            )
            for name, found in JOB_TYPES.items()
        )
        return Snapshot(
            at,
            time.monotonic() - began_s,
            3600.0,
            now,
            types,
            (),
            active,
            stuck,
            recent,
            store.workers(),
            fullest_first(store.all_active(), self.limits),
            store.pauses(),
            (),
            Series(60.0, ()),
            Series(60.0, ()),
        )
