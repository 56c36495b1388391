"""Failure groups on the command line: shown, retried, cancelled; and a job made anew."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from plinthctl.domain.failures import FailureClass
from plinthctl.domain.runs import Fail
from plinthctl.store import Store
from tests.cli.conftest import Call
from tests.cli.hostile import obeyed
from tests.cli.screen import Screen
from tests.cli.steered import Jobs
from tests.store.acts import HALF, NOON, advance, job_row, tried, waiting


@pytest.fixture
def jobs(store: Store, a_pending_job: Callable[..., str]) -> Jobs:
    return Jobs(store, a_pending_job)


def failed(jobs: Jobs, message: str, org: str = "a") -> str:
    """A job that failed at its news with these words."""
    job = jobs.running(org=org, user=org)
    try_ = tried(fails=FailureClass.PROVIDER_UNAVAILABLE)
    assert try_.failure is not None
    told = replace(try_, failure=replace(try_.failure, message=message))
    record = {"provider": "exa", "step": "search-news", "message": message}
    jobs.store.apply(Fail(job.id, job.token, "search-news", told, message, record))
    return job.id


def groups(call: Call) -> list[dict[str, object]]:
    said = call("stats", "--by", "error", "-o", "json")
    return [group for line in json.loads(said.out)["lines"] for group in line["groups"]]


def test_stats_tells_who_failed_alike(call: Call, jobs: Jobs) -> None:
    failed(jobs, "Exa lost req_12ab34cd56 after 3 s.", "a")
    last = failed(jobs, "Exa lost req_98zy76xw54 after 2m01s.", "b")
    failed(jobs, "Exa is away.", "c")
    alike, alone = groups(call)
    assert (alike["jobs"], alike["trying"], alike["orgs"]) == (2, 0, ["a", "b"])
    assert (alike["step"], alike["provider"]) == ("search-news", "exa")
    assert (alike["message"], alike["last_job"]) == ("Exa lost # after <time>.", last)
    assert alone["jobs"] == 1
    said = call("stats", "--by", "error")
    assert f"{alike['group']}  2     0" in said.out
    assert f"plinthctl retry --group {alike['group']}" in said.err


def test_a_whole_group_is_retried_and_foreseen_first(call: Call, jobs: Jobs) -> None:
    alike = [failed(jobs, f"Exa lost req_{n}2ab34cd56.", f"org-{n}") for n in range(3)]
    other = failed(jobs, "Exa is away.", "c")
    group = str(groups(call)[0]["group"])
    rehearsed = call("retry", "--group", group, "--dry-run")
    assert rehearsed.code == 0
    assert f"{group} provider_unavailable at search-news: Exa lost #." in rehearsed.err
    assert "3 failed, 0 trying again, of 3 organisations" in rehearsed.err
    assert "3 × competitor_analysis: keep nothing; start at scrape-website" in rehearsed.err
    assert "expected: about 1m in 40 slots, a guess from the catalogue" in rehearsed.err
    assert "costs are unknown" in rehearsed.err
    assert {jobs.status(job) for job in alike} == {"failed"}
    said = call("retry", "--group", group, "--yes", "-o", "id")
    assert said.code == 0
    assert sorted(said.out.split()) == sorted(alike)
    assert {jobs.status(job) for job in alike} == {"pending"}
    assert jobs.status(other) == "failed"


def test_the_filter_language_knows_groups(call: Call, jobs: Jobs) -> None:
    job = failed(jobs, "Exa is away.")
    failed(jobs, "Exa is gone.")
    (group,) = (str(one["group"]) for one in groups(call) if one["last_job"] == job)
    assert call("list", "--search", f"error:{group}", "-o", "id").out.split() == [job]
    assert call("list", "--group", group, "-o", "id").out.split() == [job]


def test_the_limits_hold_for_a_group_and_are_foretold(call: Call, jobs: Jobs) -> None:
    for _ in range(4):  # a user may have three
        failed(jobs, "Exa is away.", "acme")
    group = str(groups(call)[0]["group"])
    rehearsed = call("retry", "--group", group, "--dry-run")
    assert "3 × competitor_analysis" in rehearsed.err
    assert "1 are skipped: no place under the limits" in rehearsed.err
    said = call("retry", "--group", group, "--yes", "-o", "id")
    assert (said.code, len(said.out.split())) == (4, 3)


def test_a_terminal_is_asked_after_it_was_told(call: Call, jobs: Jobs) -> None:
    both = [failed(jobs, "Exa is away.", org) for org in ("a", "b")]
    group = str(groups(call)[0]["group"])
    with Screen("retry", "--group", group, "--color", "never") as screen:
        screen.wait_for("retry 2 jobs")
        assert "expected: about" in screen.text
        screen.type("n\n")
        assert screen.end() == 130
    assert {jobs.status(job) for job in both} == {"failed"}


def test_cancelling_a_group_stops_those_that_try_again(call: Call, jobs: Jobs) -> None:
    trying = jobs.running(org="a", user="a")
    end = waiting("search-news", NOON)
    jobs.store.apply(advance(trying, end, shown=replace(HALF, attempt=2)))
    other = jobs.running(org="b", user="b")
    # The window of stats is of what failed; its group is that of the try, whenever it was.
    from plinthctl.services.groups import Groups

    (group,) = Groups(jobs.store).found().groups
    assert call("cancel", "--group", group.id, "--yes").code == 0
    assert job_row(jobs.store, trying.id)["cancel_requested_at"] is not None
    assert job_row(jobs.store, other.id)["cancel_requested_at"] is None


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        pytest.param(("--group", "g00000000"), 3, "is in the group g00000000", id="none of it"),
        pytest.param(("--group", "7Q2K9M4T"), 2, "is no failure group", id="no id of a group"),
        pytest.param(("--search", "error:x"), 2, "is no failure group", id="nor in a filter"),
    ],
)
@pytest.mark.parametrize("verb", ["retry", "cancel"])
def test_what_is_no_group_is_said(
    call: Call, jobs: Jobs, verb: str, arguments: tuple[str, ...], code: int, told: str
) -> None:
    failed(jobs, "Exa is away.")
    said = call(verb, *arguments, "--yes")
    assert (said.code, said.out) == (code, "")
    assert told in said.err


def test_a_hostile_message_is_shown_as_text(call: Call, jobs: Jobs) -> None:
    failed(jobs, "\x1b]0;x\x07 [bold]\u202eevil[/] %s")
    said = call("stats", "--by", "error")
    assert obeyed(said.out) == []
    assert "[bold]" in said.out
    group = str(groups(call)[0]["group"])
    assert obeyed(call("retry", "--group", group, "--dry-run").err) == []


def test_a_job_is_made_anew_with_an_edited_input(call: Call, jobs: Jobs) -> None:
    old = failed(jobs, "Exa is away.", "acme")
    edited = ("--set", "company_url=https://acme.io", "--reason", "they moved")
    said = call("retry", old, *edited, "-o", "json")
    assert said.code == 0, said.err
    made = json.loads(said.out)
    assert (made["from"], made["org"], made["user"]) == (old, "acme", "acme")
    assert made["input"] == {"company_name": "Acme Corp", "company_url": "https://acme.io"}
    assert jobs.status(old) == "failed"
    shown = call("show", made["id"])
    assert f"made from {old[-8:]}" in shown.out
    (first, *_) = json.loads(call("show", made["id"], "--events", "-o", "json").out)
    assert (first["data"]["from"], first["data"]["set"]) == (old, ["company_url"])
    assert first["data"]["reason"] == "they moved"
    assert json.loads(call("show", old, "-o", "json").out)["from"] is None


def test_a_new_job_can_be_rehearsed(call: Call, jobs: Jobs) -> None:
    old = jobs.completed()
    said = call("retry", old, "--set", "company_name=Bolt", "--dry-run", "-o", "json")
    told = json.loads(said.out)
    assert (told["dry_run"], told["from"], told["input"]["company_name"]) == (True, old, "Bolt")
    assert call("list", "-o", "id").out.split() == [old]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        pytest.param(("--fresh",), 2, "--from and --fresh do not go with it", id="with a start"),
        pytest.param(("--failed",), 2, "--failed does not go with it", id="with a filter"),
        pytest.param(("ZZZZZZZZ",), 2, "one new job of one old one", id="of two jobs"),
        pytest.param(("--set", "compny=x"), 2, "compny", id="an unknown field"),
        pytest.param(("--set", "x"), 2, '--set "x" is not KEY=VALUE', id="no value"),
        pytest.param(("--set", "company_url=ftp://x"), 2, "company_url", id="what does not fit"),
    ],
)
def test_what_makes_no_new_job_is_said(
    call: Call, jobs: Jobs, arguments: tuple[str, ...], code: int, told: str
) -> None:
    old = failed(jobs, "Exa is away.")
    said = call("retry", old, "--set", "company_name=Bolt", *arguments)
    assert (said.code, said.out) == (code, "")
    assert told in said.err
    assert call("list", "-o", "id").out.split() == [old]


def test_a_new_job_takes_its_place_under_the_limits(call: Call, jobs: Jobs) -> None:
    old = failed(jobs, "Exa is away.", "acme")
    for _ in range(3):
        jobs.pending(org="acme", user="acme")
    said = call("retry", old, "--set", "company_name=Bolt")
    assert (said.code, said.out) == (5, "")
