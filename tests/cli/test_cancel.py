"""Cancelling jobs on the command line: one, several, what filters find."""

import json
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from plinthctl.services.steer import Steer
from plinthctl.store import Store
from tests.cli.conftest import Call
from tests.cli.screen import Screen
from tests.cli.steered import Jobs
from tests.store.acts import cancelled, set_job

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def jobs(store: Store, a_pending_job: Callable[..., str]) -> Jobs:
    return Jobs(store, a_pending_job)


def ask_earlier(store: Store, job_id: str, seconds: float) -> None:
    """As if its worker had been asked so many seconds before."""
    set_job(store, job_id, cancel_requested_at=store.now() - timedelta(seconds=seconds))


def test_one_job_needs_no_question(call: Call, jobs: Jobs) -> None:
    waits, runs = jobs.pending(), jobs.running().id
    assert call("cancel", waits).out == f"✓ {waits[-8:]} cancelled (was pending)\n"
    said = call("cancel", runs, "--reason", "wrong company")
    assert said.out == (f"✓ {runs[-8:]} cancelling: its worker stops it; finished steps are kept\n")
    assert said.code == 0


def test_asked_again_at_once_it_waits_for_its_worker(call: Call, jobs: Jobs) -> None:
    job = jobs.running().id
    call("cancel", job)
    said = call("cancel", job)
    assert said.code == 0
    assert f"✓ {job[-8:]} is cancelling: its worker was asked" in said.out
    assert "again after 2s ends it now" in said.out
    assert jobs.status(job) == "running"


def test_asked_again_later_it_ends_without_its_worker(call: Call, jobs: Jobs) -> None:
    job = jobs.running().id
    call("cancel", job)
    ask_earlier(jobs.store, job, 3)
    assert "would be cancelled without its worker" in call("cancel", job, "--dry-run").out
    assert jobs.status(job) == "running"
    said = call("cancel", job)
    assert said.out == (
        f"✓ {job[-8:]} cancelled without its worker, which was asked 3s ago;"
        " finished steps are kept\n"
    )
    assert (said.code, jobs.status(job)) == (0, "cancelled")


def test_a_worker_that_does_not_answer_loses_the_job_to_whoever_waits(jobs: Jobs) -> None:
    job = jobs.running().id
    with Screen("cancel", job, "--wait", "--color", "never") as screen:
        screen.wait_for("cancelling: its worker stops it")
        ask_earlier(jobs.store, job, 10)
        screen.wait_for("competitor analysis was cancelled")
        assert screen.end() == 0
    assert jobs.status(job) == "cancelled"


def test_waiting_has_its_end(call: Call, jobs: Jobs) -> None:
    job = jobs.running().id
    said = call("cancel", job, "--wait", "--timeout", "300ms", "-o", "json")
    assert said.code == 124
    assert [one["phase"] for one in json.loads(said.out)] == ["cancelling"]
    assert jobs.status(job) == "running"


def test_one_that_has_ended_is_an_error(call: Call, jobs: Jobs) -> None:
    job = jobs.completed()
    for flags in ([], ["--dry-run"]):
        said = call("cancel", job, *flags)
        assert (said.code, said.out) == (4, "")
        assert f"{job[-8:]} is already completed" in said.err


def test_several_are_counted_and_asked_for_first(call: Call, jobs: Jobs) -> None:
    found = [jobs.pending() for _ in range(4)]
    said = call("cancel", *found)
    assert said.code == 2
    names = " ".join(job[-8:] for job in found[:3])
    assert f"nobody is there to be asked: cancel 4 jobs ({names} and 1 more)?" in said.err
    assert "fix: the same with --yes" in said.err
    with Screen("cancel", "--active") as screen:
        screen.wait_for(f"cancel 4 jobs ({names} and 1 more)? [y/N] ")
        screen.type("n")
        assert screen.end() == 130
    assert {jobs.status(job) for job in found} == {"pending"}
    assert call("cancel", "--active", "--yes", "-o", "id").out.split() == found
    assert {jobs.status(job) for job in found} == {"cancelled"}


def test_a_filter_is_asked_for_even_if_it_finds_one(call: Call, jobs: Jobs) -> None:
    jobs.pending()
    assert call("cancel", "--active").code == 2
    assert call("cancel", "--active", "--type", "market_research").code == 0


def test_filters_mean_what_has_not_ended(call: Call, jobs: Jobs) -> None:
    waits, runs = jobs.pending(), jobs.running().id
    jobs.completed()
    found = call("cancel", "--since", "1h", "--dry-run", "-o", "id").out.split()
    assert found == [waits, runs]
    assert call("cancel", "--status", "running", "--dry-run", "-o", "id").out.split() == [runs]
    assert call("cancel", "--search", "status:completed", "--dry-run").code == 4


def test_some_that_were_skipped_are_exit_4(call: Call, jobs: Jobs) -> None:
    waits, done, absent = jobs.pending(), jobs.completed(), "job_" + "0" * 26
    said = call("cancel", waits, done, absent, "--yes")
    assert said.code == 4
    first, second, third = said.out.splitlines()
    assert first == f"✓ {waits[-8:]} cancelled (was pending)"
    assert second.startswith(f"– {done[-8:]} skipped: already completed ")
    assert second.endswith("s ago")
    assert third == f"– 00000000 skipped: no job {absent}"


def test_the_object_is_as_scripts_know_it(call: Call, jobs: Jobs) -> None:
    waits, runs, done = jobs.pending(), jobs.running().id, jobs.completed()
    said = call("cancel", waits, runs, done, "--yes", "-o", "json")
    assert said.code == 4
    assert said.out == (GOLDEN / "cancel.json").read_text()


def test_what_was_done_is_told_when_it_is_cut_short(
    call: Call, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [jobs.pending() for _ in range(3)]
    real = Steer._cancel

    def interrupted(self: Steer, job_id: str, reason: str | None) -> object:
        if job_id == found[1]:
            raise KeyboardInterrupt
        return real(self, job_id, reason)

    monkeypatch.setattr(Steer, "_cancel", interrupted)
    said = call("cancel", *found, "--yes", "-o", "json")
    assert said.code == 130
    assert [one["id"] for one in json.loads(said.out)] == found[:1]
    assert said.err == "stopped after 1 of 3; the others are as they were\n"


def test_waiting_ends_with_the_jobs(call: Call, jobs: Jobs, store: Store) -> None:
    job = jobs.running()
    with Screen("cancel", job.id, "--wait", "--color", "never") as screen:
        screen.wait_for("cancelling: its worker stops it")
        store.apply(cancelled(job))
        screen.wait_for("competitor analysis was cancelled")
        assert screen.end() == 0


def test_ctrl_c_stops_the_waiting_only(jobs: Jobs) -> None:
    job = jobs.running()
    with Screen("cancel", job.id, "--wait") as screen:
        screen.wait_for("cancelling: its worker stops it")
        screen.wait_for("usually")
        screen.process.send_signal(signal.SIGINT)
        assert screen.end() == 130
    assert jobs.status(job.id) == "running"
