"""A job that failed, retried by hand: what it had is kept, and asked for only once."""

import signal
from dataclasses import replace
from datetime import timedelta
from unittest.mock import ANY

from plinthctl.domain.liveness import WorkerMode
from plinthctl.errors import StoreBusy
from plinthctl.store import Store
from tests.e2e.program import Program, wait_for
from tests.nursery import Process
from tests.store.acts import set_job
from worker.simulator.control import SimulatorControl
from worker.simulator.journal import Journal

GATHERED = ("scrape-website", "search-news", "get-reviews")


def calls(journal: Journal, job_id: str) -> dict[str, int]:
    """How often each step that gathers has asked its provider."""
    return {step: len(journal.of_step(job_id, step)) for step in GATHERED}


def test_a_failed_job_goes_on_where_it_stopped_without_asking_again(
    program: Program, control: SimulatorControl, journal: Journal
) -> None:
    control.fault("llm", "unauthorized", times=1)
    with program.worker():
        job_id = program.submit()
        assert program.ended(job_id).job.error_code == "auth_failure"
        before = calls(journal, job_id)
        refused = program.run("retry", job_id)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "a key was refused" in refused.stderr
        waited = program.run("retry", job_id, "--yes", "--wait", "--reason", "a new key")
    assert waited.returncode == 0, waited.stderr
    assert "resumes at generate-profile" in waited.stdout
    assert len(journal.of_step(job_id, "generate-profile")) == 2
    assert calls(journal, job_id) == before
    done = program.detail(job_id)
    assert (done.job.round, done.job.progress, len(done.results)) == (1, 100, 1)
    assert [audit.reason for audit in done.audits] == ["a new key"]


def test_a_cancelled_job_is_stopped_by_its_worker_and_can_be_retried(
    program: Program, control: SimulatorControl, journal: Journal
) -> None:
    control.hold("firecrawl")
    with program.worker():
        job_id = program.submit()
        journal.wait_for(lambda seen: [c for c in seen.of_step(job_id, "scrape-website") if c.open])
        stopped = program.run("cancel", job_id, "--wait", "-o", "json")
        assert (stopped.returncode, program.detail(job_id).job.status) == (0, "cancelled")
        assert '"taken_away": false' in stopped.stdout
        control.release()
        again = program.run("retry", job_id, "--wait")
    assert again.returncode == 0, again.stderr


def stop_between_writes(worker: Process, store: Store) -> None:
    """Stop a worker that keeps nobody from writing."""
    while True:
        worker.send_signal(signal.SIGSTOP)
        try:
            store.set_mode("nobody", WorkerMode.STORE)
        except StoreBusy:
            worker.send_signal(signal.SIGCONT)
            store.set_mode("nobody", WorkerMode.STORE)  # once it has written what it was at
        else:
            return


def test_a_worker_that_stands_still_loses_its_job_to_a_second_cancel(
    program: Program, control: SimulatorControl, journal: Journal
) -> None:
    control.hold("firecrawl")
    with program.worker() as worker:
        job_id = program.submit()
        journal.wait_for(lambda seen: [c for c in seen.of_step(job_id, "scrape-website") if c.open])
        stop_between_writes(worker, program.store)
        assert "cancelling" in program.run("cancel", job_id).stdout
        asked_at = program.store.now() - timedelta(seconds=3)
        set_job(program.store, job_id, cancel_requested_at=asked_at)
        assert "without its worker" in program.run("cancel", job_id).stdout
        ended = program.detail(job_id)
        worker.send_signal(signal.SIGCONT)
        control.release()
        wait_for(
            lambda: "no longer this worker's" in program.log() or None, "it drops what it has lost"
        )
    assert program.detail(job_id) == replace(ended, job=replace(ended.job, read_at=ANY))
