"""market_research and evidence_search as their users run them, workers killed included."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Final

import pytest

from plinthctl.domain.views import JobDetail
from tests.e2e.program import Program
from worker.simulator.control import SimulatorControl
from worker.simulator.journal import Journal, JournalCall

RESEARCH: Final = ("market_research", "-i", "topic=orchard sensors", "-i", "region=Europe")
SEARCH: Final = ("evidence_search", "-i", "query=frost losses in orchards", "-i", "max_items=5")
WAYS: Final[Mapping[tuple[str, ...], dict[str, str]]] = {
    RESEARCH: {
        "plan-queries": "llm",
        "search-sources": "exa",
        "read-sources": "firecrawl",
        "extract-evidence": "llm",
    },
    SEARCH: {"search-sources": "exa", "weigh-evidence": "llm"},
}
# What the databases have to do with it, other tests hold on both.
ON_SQLITE: Final = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
TYPES: Final = [pytest.param(order, id=order[0]) for order in WAYS]


def submitted(program: Program, order: tuple[str, ...], *words: str) -> str:
    done = program.run("submit", *order, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("order", TYPES)
def test_a_job_runs_to_its_evidence_with_where_it_comes_from(
    program: Program, order: tuple[str, ...]
) -> None:
    with program.worker():
        waited = program.run("submit", *order, "--wait")
    assert waited.returncode == 0, waited.stderr
    assert "evidence items\nsimulated: no real provider was asked\n" in waited.stdout
    told = program.shown("@last")
    assert (told["status"], told["warnings"]) == ("completed", [])
    assert [one["id"] for one in told["results"]] == told["output"]["evidence_item_ids"]
    assert [one["ordinal"] for one in told["results"]] == list(range(len(told["results"])))
    for one in told["results"]:
        [source] = one["sources"]
        assert (one["kind"], source["id"]) == ("evidence_item", one["body"]["source"])
        assert (one["simulated"], one["model"]) == (True, "simulated-model")
        assert f"“{one['body']['quote']}” [{source['id']}]" in waited.stdout
        assert source["url"] in waited.stdout


@ON_SQLITE
def test_what_is_found_for_a_decision_is_exported_with_it(program: Program) -> None:
    added = program.run("decision", "add", "Which sensor", "--criterion", "price", "-o", "id")
    decision = added.stdout.strip()
    job_id = submitted(program, SEARCH, "--decision", decision)
    with program.worker("--burst"):
        program.ended(job_id)
    exported = json.loads(program.run("decision", "export", decision).stdout)
    assert {one["job"] for one in exported["results"]} == {job_id}
    assert len(exported["results"]) == 5
    assert "5 evidence items" in program.run("decision", "show", decision).stdout


@ON_SQLITE
def test_an_answer_of_misquotes_is_asked_for_once_more(
    program: Program, control: SimulatorControl, journal: Journal
) -> None:
    control.fault("llm", "misquotes")
    job_id = submitted(program, SEARCH)
    with program.worker("--burst"):
        done = program.ended(job_id)
    assert_completed_once(done)
    assert len(journal.of_step(job_id, "weigh-evidence")) == 2
    assert len(journal.of_step(job_id, "search-sources")) == 1


@ON_SQLITE
def test_answers_of_nothing_but_misquotes_fail_the_job_and_say_so(
    program: Program, control: SimulatorControl
) -> None:
    control.fault("llm", "misquotes", times=2)
    job_id = submitted(program, SEARCH)
    with program.worker("--burst"):
        program.ended(job_id)
    shown = program.shown(job_id)
    assert shown["error"] == "Failed after 1 retry: The LLM quoted no source correctly."
    assert (shown["error_detail"]["class"], shown["results"]) == ("parse_error", [])


@ON_SQLITE
@pytest.mark.parametrize(
    ("order", "step"),
    [
        *(pytest.param(RESEARCH, step, id=step) for step in WAYS[RESEARCH]),
        pytest.param(SEARCH, "weigh-evidence", id="weigh-evidence"),
    ],
)
def test_a_kill_while_a_provider_is_asked_repeats_only_that_step(
    program: Program,
    control: SimulatorControl,
    journal: Journal,
    order: tuple[str, ...],
    step: str,
) -> None:
    for provider in WAYS[order].values():
        control.hold(provider)
    job_id = submitted(program, order)
    with program.worker() as first:
        lead_to(journal, control, job_id, WAYS[order], step)
        first.kill()
        first.wait()
    control.release()
    with program.worker("--burst"):
        done = program.ended(job_id)
    assert_completed_once(done)
    for name in WAYS[order]:
        asked = Counter((call.provider, call.about) for call in journal.of_step(job_id, name))
        assert set(asked.values()) <= ({1, 2} if name == step else {1}), name


def lead_to(
    journal: Journal, control: SimulatorControl, job_id: str, way: dict[str, str], step: str
) -> None:
    """Let the job go on until that step has a call open."""

    def open_calls(seen: Journal) -> list[JournalCall]:
        return [call for call in seen.of_step(job_id, name) if call.open]

    for name, provider in way.items():
        journal.wait_for(open_calls)
        if name == step:
            return
        control.release(provider)
        control.hold(provider)


def assert_completed_once(done: JobDetail) -> None:
    assert done.job.status == "completed", done.job.error
    assert done.results
    assert [event.kind for event in done.events].count("completed") == 1
    ids = (done.output or {})["evidence_item_ids"]
    assert [one.id for one in done.results] == ids
