"""The bell fails while 100 jobs are under way: only time is lost."""

import signal
import time
from pathlib import Path
from typing import Final

import pytest

from plinthctl.domain.ids import short
from plinthctl.domain.liveness import WorkerMode
from plinthctl.errors import ExitCode
from tests.chaos.fleet import WAITS, Fleet
from tests.chaos.outages import FROZEN, FULL, KILLED, LOCKED, READ_ONLY, Outage
from tests.e2e.program import Program
from tests.valkeys import Valkey

WORKERS: Final = 2
ROOMY: Final = ("--concurrency", "100")  # who has no room needs no bell, and may not miss it
ACCEPTED_WITHIN_S: Final = 3.0
TRIES: Final = 3
GONE_WITHIN_S: Final = 5.0
FLUSH_EVERY_S: Final = 0.05
SUBMIT: Final = ("submit", "errand", "-i", "waits:=true")


@pytest.fixture
def fleet(program: Program, valkey: Valkey, tmp_path: Path) -> Fleet:
    return Fleet.of(program, tmp_path / "errands", PLINTHCTL_REDIS_URL=valkey.tcp_url)


@pytest.mark.parametrize(
    ("store_url", "outage"),
    [
        pytest.param("sqlite", KILLED, id="killed, on SQLite"),
        pytest.param("postgresql", FROZEN, id="frozen, on PostgreSQL"),
        pytest.param("postgresql", READ_ONLY, id="read-only, on PostgreSQL"),
        pytest.param("sqlite", FULL, id="out of memory, on SQLite"),
        pytest.param("sqlite", LOCKED, id="refusing the password, on SQLite"),
    ],
    indirect=["store_url"],
)
def test_while_the_server_is_away_every_job_completes_once(
    fleet: Fleet, valkey: Valkey, outage: Outage
) -> None:
    why = f"Redis at {valkey.tcp_url} {outage.says}"
    with fleet.workers(WORKERS, *ROOMY) as workers:
        fleet.all_say(WorkerMode.BELL)
        first, usual_s = _submitted(fleet)
        jobs = [first, *fleet.submit_and_ring(59, valkey.tcp_url, **WAITS)]
        fleet.running(len(jobs))
        outage.strike(valkey)
        fleet.all_say(WorkerMode.STORE, why)
        jobs += _accepted_in_time(fleet, f"{why}, a worker will find it in the store", usual_s)
        jobs += fleet.submit(39, **WAITS)
        fleet.let_go()
        fleet.all_ended()
        assert {worker.mode for worker in fleet.store.workers()} == {WorkerMode.STORE}
        outage.mend(valkey)
        fleet.all_say(WorkerMode.BELL)
        jobs += fleet.submit_and_ring(1, valkey.tcp_url)
        fleet.all_ended()
        assert [worker.poll() for worker in workers] == [None] * WORKERS
    fleet.each_ran_once(jobs)
    _said_once_each(fleet, why)


def _submitted(fleet: Fleet, warning: str | None = None) -> tuple[str, float]:
    """The job that was accepted with this warning only, and the seconds it took."""
    began_s = time.monotonic()
    done = fleet.program.run(*SUBMIT)
    took_s = time.monotonic() - began_s
    assert done.returncode == ExitCode.OK, done.stderr
    job_id = done.stdout.strip()
    accepted = f"warning: job {short(job_id)} is accepted; "
    assert done.stderr == (f"{accepted}{warning}\n" if warning else "")
    return job_id, took_s


def _accepted_in_time(fleet: Fleet, warning: str, usual_s: float) -> list[str]:
    """The jobs it took until one was accepted in time: a busy machine is slow at times,
    who waits for a server that is away is slow each time."""
    jobs = list[str]()
    for _ in range(TRIES):
        job_id, took_s = _submitted(fleet, warning)
        jobs.append(job_id)
        if took_s < ACCEPTED_WITHIN_S + usual_s:
            return jobs
    raise AssertionError(f"the quickest of {TRIES} took longer than {ACCEPTED_WITHIN_S:g} s more")


def _said_once_each(fleet: Fleet, why: str) -> None:
    """Each worker has said why the bell is silent, once, and that it rings again."""
    assert fleet.said("no_bell").count(f"{why}; asking the store for work meanwhile") == WORKERS
    assert fleet.said("bell") == ["told of work through Redis"] * 2 * WORKERS
    assert "Traceback" not in fleet.program.log()
    assert "never retrieved" not in fleet.program.log()


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_deliveries_that_are_flushed_are_found_in_the_store(fleet: Fleet, valkey: Valkey) -> None:
    with fleet.workers(WORKERS, "--concurrency", "5"), valkey.client() as client:
        fleet.all_say(WorkerMode.BELL)
        jobs = fleet.submit_and_ring(100, valkey.tcp_url, **WAITS)
        fleet.running(10)
        assert client.zcard(f"plinthctl:{fleet.store.name}:queue:errand") == 90
        client.flushall()
        heard, _ = _submitted(fleet)
        fleet.let_go()
        while fleet.runs().total() < len(jobs):
            client.flushall()
            time.sleep(FLUSH_EVERY_S)
        fleet.all_ended()
    fleet.each_ran_once([*jobs, heard])
    assert fleet.said("no_bell") == []


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_worker_that_is_told_to_stop_does_not_wait_for_a_frozen_server(
    fleet: Fleet, valkey: Valkey
) -> None:
    with fleet.workers(1) as [worker]:
        fleet.all_say(WorkerMode.BELL)
        valkey.freeze()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(GONE_WITHIN_S) == ExitCode.OK
    assert fleet.store.workers() == ()
