"""Retrying jobs on the command line: one, several, what filters find."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plinthctl.domain.failures import FailureClass
from plinthctl.store import Store
from tests.cli.conftest import Call
from tests.cli.screen import Screen
from tests.cli.steered import Jobs

GOLDEN = Path(__file__).parent / "golden"
FAILS_AGAIN = "this failed on invalid input; the same input will fail again"
MANY = 21


@pytest.fixture
def jobs(store: Store, a_pending_job: Callable[..., str]) -> Jobs:
    return Jobs(store, a_pending_job)


def test_one_job_goes_on_where_it_stopped(call: Call, jobs: Jobs) -> None:
    job = jobs.failed()
    said = call("retry", job, "--reason", "it answers again")
    assert (said.code, said.err) == (0, "")
    assert said.out == (
        f"✓ {job[-8:]} queued again: keeps scrape-website, search-news; resumes at get-reviews\n"
    )
    assert jobs.status(job) == "pending"


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        pytest.param(
            ["--from", "search-news"],
            "keeps scrape-website; drops search-news; resumes at search-news, get-reviews",
            id="from a step",
        ),
        pytest.param(
            ["--fresh"],
            "nothing is kept; drops scrape-website, search-news; "
            "starts at scrape-website, search-news, get-reviews",
            id="from the beginning",
        ),
    ],
)
def test_results_can_be_dropped(call: Call, jobs: Jobs, flags: list[str], told: str) -> None:
    job = jobs.failed()
    rehearsed = call("retry", job, *flags, "--dry-run")
    assert rehearsed.out == f"○ {job[-8:]} would be queued again: {told}\n"
    assert jobs.status(job) == "failed"
    assert call("retry", job, *flags).out == f"✓ {job[-8:]} queued again: {told}\n"


@pytest.mark.parametrize(
    ("make", "flags", "code", "told"),
    [
        pytest.param(Jobs.pending, [], 4, "is pending: only failed and cancelled", id="pending"),
        pytest.param(Jobs.completed, [], 4, "is completed: only failed and", id="completed"),
        pytest.param(
            Jobs.failed,
            ["--from", "get-revews"],
            2,
            "did you mean get-reviews?",
            id="misspelt step",
        ),
        pytest.param(
            Jobs.failed, ["--from", "plan-queries"], 2, "has no step", id="a step of another type"
        ),
        pytest.param(
            Jobs.failed, ["--fresh", "--from", "get-reviews"], 2, "do not go together", id="both"
        ),
        pytest.param(Jobs.failed, ["--failed"], 2, "ids and --failed do not", id="and a filter"),
        pytest.param(Jobs.failed, ["--timeout", "5s"], 2, "is for waiting", id="a timeout alone"),
    ],
)
def test_what_cannot_be_is_an_error(
    call: Call, jobs: Jobs, make: Any, flags: list[str], code: int, told: str
) -> None:
    job = make(jobs)
    before = jobs.status(job)
    for rehearsed in ([], ["--dry-run"]):
        said = call("retry", job, *flags, *rehearsed)
        assert (said.code, said.out) == (code, "")
        assert told in said.err
    assert jobs.status(job) == before


def test_without_a_place_it_is_refused_and_told_who_has_them(call: Call, jobs: Jobs) -> None:
    job = jobs.failed(user="bo")
    holders = [jobs.pending(user="bo") for _ in range(3)]
    said = call("retry", job, "-o", "json")
    assert (said.code, said.out) == (5, "")
    full = json.loads(said.err)["error"]["details"]["full"]
    assert [(one["scope"], one["active"]) for one in full] == [("user", holders)]


def test_what_must_fail_again_needs_a_yes_off_a_terminal(call: Call, jobs: Jobs) -> None:
    job = jobs.failed(FailureClass.INVALID_INPUT)
    said = call("retry", job)
    assert (said.code, said.out) == (2, "")
    assert FAILS_AGAIN in said.err
    assert "fix: the same with --yes" in said.err
    assert jobs.status(job) == "failed"
    assert call("retry", job, "--yes").code == 0
    assert jobs.status(job) == "pending"


def test_a_terminal_is_asked_before_what_must_fail_again(jobs: Jobs) -> None:
    job = jobs.failed(FailureClass.INVALID_INPUT)
    for answer, code, status in (("", 130, "failed"), ("y", 0, "pending")):
        with Screen("retry", job) as screen:
            screen.wait_for(f"{FAILS_AGAIN}: retry 1 job ({job[-8:]})? [y/N] ")
            screen.type(answer)
            assert screen.end() == code
            assert ("nothing was changed" in screen.text) == (code == 130)
        assert jobs.status(job) == status


def test_many_are_counted_and_asked_for_first(jobs: Jobs) -> None:
    found = [jobs.failed(org=f"org-{n}", user=f"user-{n}") for n in range(4)]
    with Screen("retry", "--failed", "--since", "1h") as screen:
        names = " ".join(job[-8:] for job in found[:3])
        screen.wait_for(f"retry 4 jobs ({names} and 1 more)? [y/N] ")
        screen.type("y")
        assert screen.end() == 0
    assert {jobs.status(job) for job in found} == {"pending"}


def test_more_than_twenty_are_confirmed_by_their_number(jobs: Jobs) -> None:
    found = [jobs.failed(org=f"org-{n}", user=f"user-{n}") for n in range(MANY)]
    for answer, code, status in (("y", 130, "failed"), (str(MANY), 0, "pending")):
        with Screen("retry", "--failed") as screen:
            screen.wait_for(f"and {MANY - 3} more)? Type {MANY} to go on: ")
            screen.type(answer)
            assert screen.end() == code
        assert {jobs.status(job) for job in found} == {status}


def test_the_question_says_how_many_must_fail_again(call: Call, jobs: Jobs) -> None:
    jobs.failed(FailureClass.INVALID_INPUT)
    jobs.failed(FailureClass.INVALID_INPUT)
    jobs.failed()
    said = call("retry", "--failed")
    assert said.code == 2
    assert f"of which 2 must fail again (2: {FAILS_AGAIN})" in said.err


def test_each_of_many_is_handled_by_itself(call: Call, jobs: Jobs) -> None:
    fine, done = jobs.failed(org="a", user="a"), jobs.completed(org="b", user="b")
    full = jobs.failed(org="c", user="c")
    for _ in range(3):
        jobs.pending(org="c", user="c")
    said = call("retry", fine, done, full, "--yes")
    assert said.code == 4
    first, second, third = said.out.splitlines()
    assert first.startswith(f"✓ {fine[-8:]} queued again")
    assert second.startswith(f"– {done[-8:]} skipped: completed: only failed and cancelled")
    assert third.startswith(f"– {full[-8:]} skipped: user c already has 3 of 3 active jobs")
    assert [jobs.status(job) for job in (fine, done, full)] == ["pending", "completed", "failed"]


def test_filters_mean_failed_jobs_and_cancelled_ones_must_be_named(call: Call, jobs: Jobs) -> None:
    failed, cancelled = jobs.failed(), jobs.pending()
    call("cancel", cancelled)
    ids = ("--dry-run", "-o", "id")
    assert call("retry", "--since", "1h", *ids).out.split() == [failed]
    assert call("retry", "--status", "cancelled", *ids).out.split() == [cancelled]
    said = call("retry", "--active", *ids)
    assert (said.code, said.out) == (4, "")
    assert "retry cannot be done to pending and running jobs" in said.err


def test_a_rehearsal_counts_the_places_that_it_would_take(call: Call, jobs: Jobs) -> None:
    found = [jobs.failed(user="bo") for _ in range(4)]
    said = call("retry", *found, "--dry-run", "-o", "ndjson")
    assert said.code == 4
    told = [json.loads(line) for line in said.out.splitlines()]
    assert [one["skipped"] is None for one in told] == [True, True, True, False]
    assert {one["dry_run"] for one in told} == {True}
    assert {jobs.status(job) for job in found} == {"failed"}


def test_ids_come_from_stdin(piped: Call, jobs: Jobs) -> None:
    found = [jobs.failed(org=f"org-{n}", user=f"user-{n}") for n in range(2)]
    ids = "\n".join(found)
    said = piped("retry", "-", stdin=ids)
    assert said.code == 2
    assert "nobody is there to be asked" in said.err
    said = piped("retry", "-", "--yes", "-o", "id", stdin=ids)
    assert (said.code, said.out.split()) == (0, found)
    assert piped("retry", "-", "--yes", stdin="").err == "no jobs match; nothing was changed\n"


def test_the_object_is_as_scripts_know_it(call: Call, jobs: Jobs) -> None:
    fine, done = jobs.failed(org="a", user="a"), jobs.completed(org="b", user="b")
    said = call("retry", fine, done, "--yes", "--from", "search-news", "-o", "json")
    assert said.code == 4
    assert said.out == (GOLDEN / "retry.json").read_text()


def test_a_retried_job_is_followed_to_its_end(jobs: Jobs) -> None:
    job = jobs.failed(user="ana")
    fast = {"PLINTHCTL_SIMULATOR_SPEED": "20"}
    wait = ("--fresh", "--wait", "--color", "never")
    with Screen("retry", job, *wait, env=fast) as screen:
        screen.wait_for("no worker is running; started one")
        screen.wait_for("Competitor profile ready")
        assert screen.end() == 0
        assert "Summary" in screen.text


def test_waiting_has_its_end_and_its_exit_code(call: Call, jobs: Jobs) -> None:
    first, second = jobs.failed(), jobs.failed()
    call("pause", "competitor_analysis")
    said = call("retry", first, second, "--yes", "--wait", "--timeout", "300ms", "-o", "json")
    assert said.code == 124
    assert [one["phase"] for one in json.loads(said.out)] == ["paused", "paused"]
    assert "paused: competitor_analysis" in said.err
