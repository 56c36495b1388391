"""Jobs that fail of one thing, retried as a group: what was foreseen, and what came."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from plinthctl.domain.expiry import DEFAULT_EXPIRY
from plinthctl.domain.foresight import Preview
from plinthctl.domain.job import ACTIVE, JobStatus
from plinthctl.domain.queries import JobQuery
from plinthctl.domain.restart import Start
from plinthctl.domain.views import JobDetail
from plinthctl.services.foresight import Foresight
from plinthctl.services.groups import Groups
from plinthctl.services.steer import Steer
from plinthctl.store import Store
from tests.e2e.program import Program
from tests.store.acts import NO_LIMITS
from tests.stores import a_job
from worker.simulator.control import SimulatorControl

NEAR: Final = 0.2
AT_ONCE: Final = 100


@dataclass(frozen=True)
class Trial:
    """A retry of one group, foreseen and done; costs are of this round alone."""

    foreseen: Preview
    took_s: float
    cost_usd: float
    completed: int

    @property
    def time_off(self) -> float:
        """By which share of what it took it was foreseen wrongly."""
        return abs(self.foreseen.took_s - self.took_s) / self.took_s

    @property
    def cost_off(self) -> float:
        """The same of what it cost."""
        return abs(self.foreseen.known_usd - self.cost_usd) / self.cost_usd


def submitted(store: Store, jobs: int) -> tuple[str, ...]:
    """Jobs, each of an organisation and a user of its own."""
    made = [a_job() for _ in range(jobs)]
    for start in range(0, jobs, AT_ONCE):
        store.admit_all(made[start : start + AT_ONCE], NO_LIMITS, "ana", {})
    return tuple(job.id for job in made)


def ended(store: Store, ids: Sequence[str], status: JobStatus, patience_s: float) -> None:
    """Wait until so many jobs have that status as there are of these."""
    give_up_at = time.monotonic() + patience_s
    query = JobQuery(statuses=frozenset({status}))
    while (found := store.count(query)) < len(ids):
        assert time.monotonic() < give_up_at, f"{found} of {len(ids)} are {status}"
        time.sleep(0.05)


def fail_alike(
    program: Program, control: SimulatorControl, provider: str, jobs: int, patience_s: float
) -> tuple[str, ...]:
    """Jobs that a provider finds at fault, all of them for the same: that opens no circuit."""
    control.fault(provider, "bad_request", times=jobs)
    ids = submitted(program.store, jobs)
    ended(program.store, ids, JobStatus.FAILED, patience_s)
    control.clear_faults()
    return ids


def retried(program: Program, ids: Sequence[str], patience_s: float) -> Trial:
    """What was foreseen of a retry of the one group that these jobs are, and what came."""
    store = program.store
    (group,) = Groups(store).found().groups
    assert sorted(group.ids) == sorted(ids)
    foreseen = Foresight(store, Steer(store, "ana"), DEFAULT_EXPIRY, 10).of_retry(ids, Start())
    done = program.run("retry", "--group", group.id, "--yes", "-o", "id")
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.split()) == sorted(ids)
    _all_ended(store, ids, patience_s)
    whole = list(_details(store, ids))
    began_at = min(detail.job.available_at for detail in whole)  # a retry makes it due
    last_at = max(detail.job.completed_at or began_at for detail in whole)
    return Trial(
        foreseen,
        (last_at - began_at).total_seconds(),
        sum(_cost_usd(detail) for detail in whole),
        sum(detail.job.status is JobStatus.COMPLETED for detail in whole),
    )


def _all_ended(store: Store, ids: Sequence[str], patience_s: float) -> None:
    give_up_at = time.monotonic() + patience_s
    while active := store.count(JobQuery(statuses=ACTIVE)):
        assert time.monotonic() < give_up_at, f"{active} of {len(ids)} have not ended"
        time.sleep(0.05)


def _details(store: Store, ids: Sequence[str]) -> Iterator[JobDetail]:
    for start in range(0, len(ids), AT_ONCE):
        yield from store.details_by_ids(ids[start : start + AT_ONCE])


def _cost_usd(detail: JobDetail) -> float:
    tries = (one for step in detail.steps for one in step.history if one.round == 1)
    return sum(one.usage.cost_usd or 0.0 for one in tries)
