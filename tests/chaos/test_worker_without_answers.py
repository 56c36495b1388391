"""A whole worker whose store answers a claim, a step, a release and an end too late."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from plinthctl.domain.job import JobStatus
from plinthctl.domain.limits import Limits
from plinthctl.errors import ExitCode
from plinthctl.store import Store
from tests.chaos.crew import hired
from tests.chaos.cutting import Cutter, cut_store
from tests.chaos.histories import detail_of, ended_once, is_dense, kinds
from tests.chaos.processes import until
from tests.stores import a_job
from worker.context import Providers
from worker.providers import open_providers
from worker.providers.config import simulated
from worker.simulator.process import SimulatorProcess

SPEED: Final = 15.0  # a job takes seconds: long enough to be interrupted
ENDED_WITHIN_S: Final = 30.0
JOBS: Final = 3
STEP, RELEASE, CLAIM, END = "step_done", "released", "claimed", "INSERT INTO job_ends"


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    journal = tmp_path_factory.mktemp("simulator") / "journal.jsonl"
    with SimulatorProcess.start(journal, speed=SPEED) as process:
        yield process


@asynccontextmanager
async def _providers(simulator: SimulatorProcess) -> AsyncIterator[Providers]:
    async with open_providers(simulated(simulator.url)) as providers:
        yield providers


async def _until(condition: Callable[[], bool], what: str) -> None:
    await asyncio.to_thread(until, condition, what)


def _submit(store: Store) -> str:
    job = a_job()
    assert store.admit(job, Limits(), "ana", {})
    return job.id


async def _interrupted(store: Store, cutter: Cutter, providers: Providers, folder: Path) -> None:
    """A first worker: two of its steps' answers are lost, then that of a release."""
    cutter.arm(STEP)
    cutter.arm(STEP)
    cutter.arm(RELEASE)
    async with hired(store, providers, folder) as worker:
        await _until(lambda: cutter.cuts == 2, "two steps are stored unanswered")
        assert await worker.send_home() is ExitCode.OK
    assert cutter.cuts == 3


async def _finished(store: Store, cutter: Cutter, providers: Providers, folder: Path) -> str:
    """A second one: its first claim's answer is lost, then those of two ends.

    Returns the job that was submitted after the claim, so that it is claimed."""
    cutter.arm(CLAIM)
    cutter.arm(END)
    cutter.arm(END)
    async with hired(store, providers, folder, burst=True) as worker:
        await _until(lambda: cutter.cuts == 4, "a claim is unanswered")
        late = _submit(store)
        async with asyncio.timeout(ENDED_WITHIN_S):
            assert await worker.gone() is ExitCode.OK
    assert cutter.cuts == 6
    return late


@pytest.mark.timeout(180)
def test_every_job_ends_well_and_once(
    store_url: str, simulator: SimulatorProcess, tmp_path: Path
) -> None:
    async def play(store: Store, cutter: Cutter) -> list[str]:
        jobs = [_submit(store) for _ in range(JOBS)]
        async with _providers(simulator) as providers:
            await _interrupted(store, cutter, providers, tmp_path)
            began = datetime.now(UTC)
            jobs.append(await _finished(store, cutter, providers, tmp_path))
        assert (datetime.now(UTC) - began).total_seconds() < ENDED_WITHIN_S
        return jobs

    with cut_store(store_url) as (store, cutter):
        for job in asyncio.run(play(store, cutter)):
            _ended_well(store, job)


def _ended_well(store: Store, job: str) -> None:
    found = detail_of(store, job)
    assert found.job.status is JobStatus.COMPLETED
    is_dense(found)
    ended_once(found)
    assert len(found.results) == 1
    told = kinds(found)
    assert told.count("step_done") == len(found.steps)
    assert all(len(step.history) == 1 for step in found.steps)
    assert "recovered" not in told
