"""Two jobs side by side on the command line."""

import json
from collections.abc import Callable

import pytest

from plinthctl.store import Store
from tests.cli.conftest import Call
from tests.cli.hostile import obeyed
from tests.cli.steered import Jobs
from tests.store.acts import advance, done


@pytest.fixture
def jobs(store: Store, a_pending_job: Callable[..., str]) -> Jobs:
    return Jobs(store, a_pending_job)


def scraped(jobs: Jobs, text: str, company: str) -> str:
    job = jobs.running(company=company)
    jobs.store.apply(advance(job, done("scrape-website", {"markdown": text, "status": 200})))
    return job.id


def test_what_differs_is_marked_and_shown_from_where_it_does(call: Call, jobs: Jobs) -> None:
    same = "The same words for a long, long while. " * 5
    one, other = scraped(jobs, f"{same}North", "Acme"), scraped(jobs, f"{same}South", "Bolt")
    said = call("diff", one, other)
    assert (said.code, said.err) == (0, "")
    lines = [line.split() for line in said.out.splitlines()]
    assert lines[0] == [one[-8:], other[-8:]]
    assert ["≠", "company_name", "Acme", "Bolt"] in lines
    assert ["type", "competitor_analysis", "competitor_analysis"] in lines
    (page,) = (line for line in said.out.splitlines() if "scrape-website markdown" in line)
    assert "North" in page
    assert "South" in page
    assert "scrape-website status=" not in said.out
    assert "scrape-website status" in call("diff", one, other, "-o", "wide").out


def test_scripts_get_both_whole_and_what_differs(call: Call, jobs: Jobs) -> None:
    one, other = scraped(jobs, "a\x1b[31m", "Acme"), scraped(jobs, "b", "Acme")
    found = json.loads(call("diff", one, other, "-o", "json").out)
    assert (found["a"]["id"], found["b"]["id"]) == (one, other)
    assert found["a"]["output"]["scrape-website markdown"] == "a\x1b[31m"
    (page,) = (pair for pair in found["differs"] if pair["part"] == "output")
    assert page == {
        "part": "output",
        "name": "scrape-website markdown",
        "a": "a\x1b[31m",
        "b": "b",
    }
    assert obeyed(call("diff", one, other).out) == []


def test_a_job_that_was_made_of_another_is_compared_with_it(call: Call, jobs: Jobs) -> None:
    old = jobs.failed()
    made = call("retry", old, "--set", "company_name=Bolt", "-o", "id").out.strip()
    found = json.loads(call("diff", old, made, "-o", "json").out)
    inputs = [pair for pair in found["differs"] if pair["part"] == "input"]
    assert inputs == [{"part": "input", "name": "company_name", "a": "Acme Corp", "b": "Bolt"}]


@pytest.mark.parametrize("arguments", [("ZZZZZZZZ",), ("@last", "ZZZZZZZZ")])
def test_a_job_that_is_not_there_is_said(
    call: Call, jobs: Jobs, arguments: tuple[str, ...]
) -> None:
    there = jobs.pending()
    said = call("diff", *arguments, *([there] if len(arguments) == 1 else []))
    assert (said.code, said.out) == (3, "")
