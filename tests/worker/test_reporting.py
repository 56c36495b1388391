"""A worker tells Sentry how jobs end; whatever Sentry does, they end all the same."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from plinthctl.domain.failures import FailureClass, text_for
from plinthctl.domain.job import JobStatus
from plinthctl.domain.views import JobDetail
from plinthctl.errors import ExitCode
from plinthctl.services.sentry import LAST_WORDS_S, Sentry
from plinthctl.store import Store
from tests.envelopes import SentryServer, absent_server, hanging_server, sentry
from tests.store.acts import registered, running, set_job
from tests.worker.office import at_work, submitted
from worker.simulator.control import SimulatorControl
from worker.simulator.process import SimulatorProcess

__all__ = ["sentry"]

on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
BEYOND_S: Final = 5.0  # a machine that is busy

Where = Callable[[], AbstractContextManager[str]]
NOWHERE: Final[dict[str, Where]] = {
    "one that is not there": lambda: nullcontext(absent_server()),
    "one that never answers": hanging_server,
    "a DSN that is none": lambda: nullcontext("https://sentry.example/no-key"),
    "no DSN": lambda: nullcontext(""),
}


async def _burst(store: Store, simulator: SimulatorProcess, data: Path, told: Sentry) -> None:
    """A worker at work until nothing is left, and until it has said its last words."""
    async with at_work(store, simulator.url, data, burst=True, sentry=told) as desk:
        assert await desk.gone() is ExitCode.OK
    await asyncio.to_thread(told.close)


def _detail(store: Store, job_id: str) -> JobDetail:
    found = store.detail(job_id, events=True)
    assert found is not None
    return found


@on_sqlite
@pytest.mark.parametrize("where", NOWHERE.values(), ids=NOWHERE.keys())
def test_a_job_fails_as_it_would_whatever_becomes_of_the_report(
    store: Store,
    simulator: SimulatorProcess,
    control: SimulatorControl,
    tmp_path: Path,
    where: Where,
) -> None:
    control.fault("llm", "unauthorized")
    job_id = submitted(store)
    with where() as dsn:
        told = Sentry(dsn)
        asyncio.run(_burst(store, simulator, tmp_path / "data", told))
        began_s = time.monotonic()
        told.close()
    assert time.monotonic() - began_s < LAST_WORDS_S + BEYOND_S
    found = _detail(store, job_id)
    record = found.error_detail
    assert record is not None
    assert found.job.status is JobStatus.FAILED
    assert found.job.error == text_for(FailureClass.AUTH_FAILURE, "llm")
    assert (record["class"], record["retries"]) == ("auth_failure", 0)
    assert [event.kind for event in found.events][-2:] == ["step_failed", "failed"]


@on_sqlite
def test_what_a_worker_s_sweeps_end_is_reported_and_what_they_give_back_is_not(
    store: Store, simulator: SimulatorProcess, tmp_path: Path, sentry: SentryServer
) -> None:
    late, back, lost = submitted(store), *(_orphan(store) for _ in range(2))
    set_job(store, late, available_at=store.now() - timedelta(minutes=6))
    set_job(store, lost, losses=2)
    asyncio.run(_burst(store, simulator, tmp_path / "data", Sentry(sentry.dsn)))
    told = {e["extra"]["jobId"]: e["tags"]["error_class"] for e in sentry.wait_for(2)}
    assert told == {late: "expired_in_queue", lost: "worker_lost"}
    assert _detail(store, back).job.status is JobStatus.COMPLETED


def _orphan(store: Store) -> str:
    """A job whose worker has retired."""
    job = running(store, worker := registered(store))
    store.retire(worker)
    return job.id
