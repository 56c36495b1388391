"""A provider's key is revoked under many jobs: as few fail as must, the rest wait for it.

The suite does so to forty jobs in a hurry; `make soak` to two hundred.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pytest

from plinthctl.domain.job import JobStatus, Phase
from plinthctl.domain.limits import Limits
from plinthctl.domain.queries import JobQuery
from plinthctl.store import Store
from tests.chaos.length import SOAK
from tests.e2e.program import Program, wait_for
from tests.stores import a_job
from worker.simulator.control import SimulatorControl
from worker.simulator.journal import Journal
from worker.simulator.process import SimulatorProcess

JOBS, USERS = (200, 70) if SOAK else (40, 14)
SLOTS: Final = 4
SPEED: Final = 20.0 if SOAK else 200.0
FOR_GOOD: Final = 100_000
PATIENCE_S: Final = 300.0 if SOAK else 60.0
SOON: Final = {"PLINTHCTL_CIRCUITS_PROBE_AFTER": "1s", "PLINTHCTL_CIRCUITS_PROBE_AT_MOST": "2s"}


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    journal = tmp_path_factory.mktemp("simulator") / "journal"
    with SimulatorProcess.start(journal, speed=SPEED) as running:
        yield running


def _submitted(store: Store) -> list[str]:
    jobs = [
        a_job(
            type="evidence_search",
            org=f"org-{n % USERS}",
            user=f"user-{n % USERS}",
            input={"query": "frost losses in orchards"},
        )
        for n in range(JOBS)
    ]
    for job in jobs:
        store.admit(job, Limits(), "ana", {})
    return [job.id for job in jobs]


def _in_phase(store: Store, phase: Phase) -> list[str]:
    return [job.id for job in store.jobs(JobQuery(limit=JOBS)) if job.phase is phase]


def _count(store: Store, status: JobStatus) -> int:
    return store.count(JobQuery(statuses=frozenset({status})))


def _asked(journal: Journal, ids: list[str]) -> int:
    """How often the jobs have asked any provider."""
    return sum((call.request_id or "").partition(":")[0] in ids for call in journal.calls())


def _completed(store: Store, count: int) -> None:
    wait_for(lambda: _count(store, JobStatus.COMPLETED) == count, f"{count} complete", PATIENCE_S)


def test_jobs_wait_for_a_key_that_is_revoked_and_complete_once_it_is_restored(
    program: Program, control: SimulatorControl, journal: Journal
) -> None:
    program = replace(program, variables=SOON)
    store = program.store
    ids = _submitted(store)

    def all_wait() -> bool:
        return len(_in_phase(store, Phase.PARKED)) + _count(store, JobStatus.FAILED) == JOBS

    control.fault("exa", "unauthorized", times=FOR_GOOD)
    with program.worker("--concurrency", str(SLOTS)):
        wait_for(all_wait, "every job has failed or is parked", PATIENCE_S)
        failed = _count(store, JobStatus.FAILED)
        assert 1 <= failed <= SLOTS
        wait_for(lambda: store.circuits()[0].refused >= 1, "a probe was refused", PATIENCE_S)
        assert _count(store, JobStatus.FAILED) == failed
        assert _asked(journal, ids) <= failed + store.circuits()[0].refused + 1
        assert _alerts(program) == ["provider_down"]

        control.clear_faults()
        _completed(store, JOBS - failed)
        assert all(circuit.closed for circuit in store.circuits())
        again = program.run("retry", "--failed", "--yes")
        assert again.returncode == 0, again.stderr
        _completed(store, JOBS)


def _alerts(program: Program) -> list[str]:
    program.run("reap")
    told = program.run("alerts", "-o", "json")
    lines = json.loads(told.stdout)["alerts"]
    return [line["rule"] for line in lines if line["state"] != "ok"]
