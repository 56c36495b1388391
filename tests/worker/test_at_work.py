"""What happens to a worker while it runs jobs; it goes on, or leaves in good order."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import text, update

from plinthctl.domain.failures import FailureClass
from plinthctl.domain.job import JobStatus
from plinthctl.domain.retries import POLICIES, RetryPolicy
from plinthctl.domain.views import JobDetail
from plinthctl.errors import ExitCode
from plinthctl.services.sweep import Sweeper
from plinthctl.store import Store
from plinthctl.store.tables import job_steps
from tests.store.acts import set_job, write
from tests.worker.office import Desk, at_work, of_kind, status_of, submitted
from tests.worker.states import GATHERING, NEWS, PROFILE, REVIEWS, SCRAPE
from worker.simulator.control import SimulatorControl
from worker.simulator.journal import Journal, JournalCall
from worker.simulator.process import SimulatorProcess

WITHIN_S: Final = 5.0
BASE_S: Final = 40.0  # longer than this test runs, so that no wait ends by itself
LONG_WAITS: Final[Mapping[FailureClass, RetryPolicy]] = {
    **POLICIES,
    FailureClass.PROVIDER_UNAVAILABLE: RetryPolicy(3, BASE_S, cap_s=BASE_S),
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


async def _open_call(journal: Journal, job_id: str, step: str) -> list[JournalCall]:
    """The step's open calls, as soon as there is one."""
    return await asyncio.to_thread(
        journal.wait_for, lambda seen: [c for c in seen.of_step(job_id, step) if c.open]
    )


async def _gathered(desk: Desk, job_id: str) -> None:
    await desk.sees(lambda: len(of_kind(desk.detail(job_id), "step_done")) == 3, "three are stored")


def _asked(journal: Journal, job_id: str, step: str) -> list[tuple[str, str]]:
    calls = journal.of_step(job_id, step)
    return [(call.method, call.path.partition("?")[0]) for call in calls]


def _paid_once(journal: Journal, job_id: str, *steps: str) -> None:
    for step in steps:
        asked = _asked(journal, job_id, step)
        assert asked
        assert len(asked) == len(set(asked)), (step, asked)


def _completed_once(detail: JobDetail) -> None:
    assert detail.job.status is JobStatus.COMPLETED, detail.job.error
    assert len(detail.results) == 1
    assert len(of_kind(detail, "completed")) == 1
    assert [event.seq for event in detail.events] == list(range(1, len(detail.events) + 1))


# -- a step that fails beside its siblings ---------------------------------------------


def test_a_retryable_failure_keeps_the_siblings_and_sets_the_right_due_time(
    store: Store,
    simulator: SimulatorProcess,
    control: SimulatorControl,
    journal: Journal,
    data: Path,
) -> None:
    async def play() -> None:
        for provider in ("exa", "g2"):
            control.hold(provider)
        control.fault("firecrawl", "bad_gateway")
        job_id = submitted(store)
        async with at_work(store, simulator.url, data, policies=LONG_WAITS) as desk:
            failed = await desk.sees(lambda: of_kind(desk.detail(job_id), "step_failed"), "fails")
            beside = desk.detail(job_id)
            assert beside.job.status is JobStatus.RUNNING
            assert {status_of(beside, step) for step in (NEWS, REVIEWS)} == {"running"}
            control.release()
            waits = await desk.sees(lambda: _pending(desk.detail(job_id)), "waits")
            _waits_as_it_should(waits, datetime.fromisoformat(failed[0]["retry_at"]))
            _make_due(store, job_id)
            _completed_once(await desk.ended(job_id))

    asyncio.run(play())


def _pending(detail: JobDetail) -> JobDetail | None:
    return detail if detail.job.status is JobStatus.PENDING else None


def _waits_as_it_should(waits: JobDetail, told: datetime) -> None:
    step = next(one for one in waits.steps if one.name == SCRAPE)
    (tried,) = step.history
    wait = waits.job.available_at - tried.ended_at
    assert waits.job.available_at == step.retry_at == told
    assert timedelta(seconds=0.75 * BASE_S) <= wait <= timedelta(seconds=1.25 * BASE_S + 1)
    assert [status_of(waits, step) for step in GATHERING] == ["waiting", "done", "done"]
    assert (waits.job.attempt, waits.job.worker) == (2, None)


def _make_due(store: Store, job_id: str) -> None:
    """As if the wait were over."""
    now = store.now()
    of_job = update(job_steps).where(job_steps.c.job_id == job_id).values(retry_at=None)
    write(store, lambda tx: tx.execute(of_job).rowcount)
    set_job(store, job_id, available_at=now)


# -- cancelling ------------------------------------------------------------------------


def test_a_cancel_stops_the_calls_in_flight_within_seconds(
    store: Store,
    simulator: SimulatorProcess,
    control: SimulatorControl,
    journal: Journal,
    data: Path,
) -> None:
    async def play() -> None:
        control.hold("llm")
        job_id = submitted(store)
        async with at_work(store, simulator.url, data) as desk:
            await _open_call(journal, job_id, PROFILE)
            asked_at = store.now()
            assert store.request_cancel(job_id, "ana", None).status is JobStatus.RUNNING
            found = await desk.ended(job_id)
            assert found.job.status is JobStatus.CANCELLED
            assert (found.job.completed_at - asked_at).total_seconds() < WITHIN_S
            aborted = await asyncio.to_thread(journal.wait_for, lambda seen: _aborted(seen, job_id))
            assert len(aborted) == 1
            assert [status_of(found, step) for step in GATHERING] == ["done"] * 3

    asyncio.run(play())


def _aborted(journal: Journal, job_id: str) -> list[JournalCall]:
    return [call for call in journal.of_step(job_id, PROFILE) if call.end == "aborted"]


# -- retired by others, a newer schema, nothing left -----------------------------------


def test_a_worker_that_others_retired_drops_everything_and_reports_anew(
    store: Store,
    simulator: SimulatorProcess,
    control: SimulatorControl,
    journal: Journal,
    data: Path,
) -> None:
    async def play() -> None:
        control.hold("llm")
        job_id = submitted(store)
        async with at_work(store, simulator.url, data) as desk:
            await _open_call(journal, job_id, PROFILE)
            (before,) = store.workers()
            judge = Sweeper(store, None)
            assert store.retire(before.id)
            desk.wake()
            (after,) = await desk.sees(store.workers, "reports anew")
            assert after.id != before.id
            assert [one.job_id for one in judge.recover_orphans()] == [job_id]
            await asyncio.to_thread(journal.wait_for, lambda seen: _aborted(seen, job_id))
            control.release()
            found = await desk.ended(job_id)
            _completed_once(found)
            assert len(list((data / "workers").iterdir())) == 1
        _paid_once(journal, job_id, *GATHERING)
        assert len(journal.of_step(job_id, PROFILE)) == 2
        assert store.workers() == ()
        assert list((data / "workers").iterdir()) == []

    asyncio.run(play())


def test_a_newer_schema_sends_a_worker_home_after_its_jobs(
    store: Store,
    simulator: SimulatorProcess,
    control: SimulatorControl,
    journal: Journal,
    data: Path,
) -> None:
    async def play() -> None:
        control.hold("llm")
        job_id = submitted(store)
        async with at_work(store, simulator.url, data) as desk:
            await _open_call(journal, job_id, PROFILE)
            newer = text("UPDATE alembic_version SET version_num = '9999'")
            write(store, lambda tx: tx.execute(newer).rowcount)
            desk.wake()
            await desk.supervisor.leaving.asked.wait()
            late = submitted(store)
            control.release()
            assert await desk.gone() is ExitCode.OK
            _completed_once(desk.detail(job_id))
            assert desk.detail(late).job.status is JobStatus.PENDING

    asyncio.run(play())


def test_a_burst_ends_well_when_nothing_is_left_and_not_before(
    store: Store, simulator: SimulatorProcess, control: SimulatorControl, data: Path
) -> None:
    async def play() -> None:
        control.fault("firecrawl", "bad_gateway")
        job_ids = [submitted(store) for _ in range(2)]
        async with at_work(store, simulator.url, data, burst=True) as desk:
            assert await desk.gone() is ExitCode.OK
            for job_id in job_ids:
                _completed_once(desk.detail(job_id))  # the one that had to wait, too

    asyncio.run(play())


def test_jobs_of_other_types_are_left_alone_and_not_waited_for(
    store: Store, simulator: SimulatorProcess, data: Path
) -> None:
    async def play() -> None:
        job_id = submitted(store)
        types = ("market_research",)
        async with at_work(store, simulator.url, data, burst=True, types=types) as desk:
            assert await desk.gone() is ExitCode.OK
            assert desk.detail(job_id).job.status is JobStatus.PENDING

    asyncio.run(play())


# -- what has waited too long, for a worker that comes late ----------------------------


def test_a_worker_that_comes_too_late_runs_nothing_of_it_however_short_its_stay(
    store: Store, simulator: SimulatorProcess, journal: Journal, data: Path
) -> None:
    async def play() -> None:
        late, in_time, old = (submitted(store) for _ in range(3))
        set_job(store, late, available_at=store.now() - timedelta(minutes=6))
        store.request_cancel(old, "ana", None)
        set_job(store, old, completed_at=store.now() - timedelta(days=8))
        async with at_work(store, simulator.url, data, burst=True) as desk:
            assert await desk.gone() is ExitCode.OK
            failed = desk.detail(late)
            assert [event.kind for event in failed.events] == ["submitted", "expired"]
            assert failed.job.error == "No worker took the job within 5 minutes of its being due."
            _completed_once(desk.detail(in_time))
        assert _asked(journal, late, SCRAPE) == []
        assert store.job(old) is None

    asyncio.run(play())
