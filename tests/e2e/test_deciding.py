"""option_analysis and brief_generation as their users run them; and the README's tour."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from plinthctl.domain.views import JobDetail
from tests.e2e.program import Program, wait_for
from tests.pipelines.decided import DECISION, HELD
from tests.store.acts import ADDING
from worker.simulator.control import SimulatorControl
from worker.simulator.journal import Journal

ROOT: Final = Path(__file__).parents[2]
# What the databases have to do with it, other tests hold on both.
ON_SQLITE: Final = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
JOBS: Final[Mapping[str, tuple[str, ...]]] = {
    "option_analysis": ("-i", "option=Nova"),
    "brief_generation": ("-i", "audience=the board"),
}
ASKS: Final = {"option_analysis": "analyze-option", "brief_generation": "write-brief"}
KIND: Final = {"option_analysis": "option_analysis", "brief_generation": "brief"}
each_type = pytest.mark.parametrize("name", JOBS)


@pytest.fixture
def decision(program: Program) -> str:
    """The id of a decision between two sensors, with what was gathered for it."""
    program.store.add_decision(DECISION, ADDING, HELD)
    return DECISION.id


def submitted(program: Program, name: str, decision: str) -> str:
    done = program.run("submit", name, "--decision", decision[-8:], *JOBS[name])
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def assert_completed_once(done: JobDetail, name: str) -> None:
    assert done.job.status == "completed", done.job.error
    [result] = done.results
    assert (result.kind, result.simulated) == (KIND[name], True)
    assert [event.kind for event in done.events].count("completed") == 1


@each_type
def test_a_job_runs_to_its_result_for_its_decision(
    program: Program, decision: str, name: str
) -> None:
    job_id = submitted(program, name, decision)
    with program.worker("--burst"):
        done = program.ended(job_id)
    assert_completed_once(done, name)
    [result] = done.results
    assert result.decision == decision
    assert {"evidence", "profile"} <= {one["kind"] for one in result.sources}
    exported = json.loads(program.run("decision", "export", decision).stdout)
    held = {one["id"]: one for one in exported["results"]}
    assert held[result.id]["body"] == result.body
    assert {one["result"] for one in result.sources} <= set(held)


@ON_SQLITE
@each_type
def test_a_kill_while_the_model_writes_repeats_only_that_step(
    program: Program, control: SimulatorControl, journal: Journal, decision: str, name: str
) -> None:
    control.hold("llm")
    job_id = submitted(program, name, decision)
    with program.worker() as first:
        journal.wait_for(lambda seen: [one for one in seen.of_step(job_id, ASKS[name]) if one.open])
        first.kill()
        first.wait()
    control.release()
    with program.worker("--burst"):
        done = program.ended(job_id)
    assert_completed_once(done, name)
    assert [one.end for one in journal.of_step(job_id, ASKS[name])] == ["aborted", "done"]
    stored = Counter(event.data["step"] for event in done.events if event.kind == "step_done")
    assert set(stored.values()) == {1}


@ON_SQLITE
def test_a_citation_that_leads_nowhere_is_asked_for_once_more_and_told(
    program: Program, control: SimulatorControl, journal: Journal, decision: str
) -> None:
    name = "option_analysis"
    control.fault("llm", "stray_citation")
    job_id = submitted(program, name, decision)
    with program.worker("--burst"):
        done = program.ended(job_id)
    assert_completed_once(done, name)
    assert len(journal.of_step(job_id, ASKS[name])) == 2
    [failed] = [event.data for event in done.events if event.kind == "step_failed"]
    assert failed["class"] == "parse_error"


@ON_SQLITE
def test_citations_that_lead_nowhere_twice_fail_the_job_and_store_nothing(
    program: Program, control: SimulatorControl, decision: str
) -> None:
    control.fault("llm", "stray_citation", times=2)
    job_id = submitted(program, "brief_generation", decision)
    with program.worker("--burst"):
        program.ended(job_id)
    shown = program.shown(job_id)
    assert shown["error"] == "Failed after 1 retry: The answer of the LLM could not be read."
    assert "S999 is not a source." in shown["error_detail"]["detail"]
    assert shown["results"] == []


@ON_SQLITE
def test_a_stream_that_breaks_is_tried_again_and_its_progress_does_not_fall(
    program: Program, control: SimulatorControl, decision: str
) -> None:
    control.fault("llm", "stream_cut")
    job_id = submitted(program, "brief_generation", decision)
    with program.worker("--burst"):
        done = program.ended(job_id)
    assert_completed_once(done, "brief_generation")
    told = [event.data["progress"] for event in done.events]
    assert told == sorted(told)
    [failed] = [event.data for event in done.events if event.kind == "step_failed"]
    assert failed["class"] == "provider_unavailable"


@ON_SQLITE
def test_progress_is_seen_while_the_brief_is_written(
    program: Program, control: SimulatorControl, decision: str
) -> None:
    control.fault("llm", "stream_stall")
    job_id = submitted(program, "brief_generation", decision)
    with program.worker():
        wait_for(lambda: 20 < program.detail(job_id).job.progress < 90, "half of it is there")
        events = len(program.detail(job_id).events)
        program.run("cancel", job_id)
        done = program.ended(job_id)
    assert done.job.status == "cancelled"
    assert len(done.events) == events + 2, "asked and cancelled; progress is no event"


def tour() -> str:
    """The commands of the README's tour, as they stand there."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## One decision, from nothing to a brief")[2]
    found = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert found
    return found[1]


@ON_SQLITE
def test_the_tour_of_the_readme_leads_from_nothing_to_a_brief(
    program: Program, tmp_path: Path
) -> None:
    command = tmp_path / "bin" / "plinthctl"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m plinthctl "$@"\n')
    command.chmod(0o755)
    path = f"{command.parent}{os.pathsep}{program.environment['PATH']}"
    with program.worker():
        done = subprocess.run(
            ["sh", "-euc", tour()],
            env={**program.environment, "PATH": path, "PYTHONPATH": str(ROOT)},
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    exported = json.loads((tmp_path / "decision.json").read_text())
    held = {one["id"]: one for one in exported["results"]}
    counts = Counter(one["kind"] for one in held.values())
    assert set(counts) == {"brief", "option_analysis", "competitor_profile", "evidence_item"}
    assert (counts["brief"], counts["option_analysis"], counts["competitor_profile"]) == (1, 2, 1)
    text, _, sources = (tmp_path / "brief.md").read_text().partition("## Sources")
    assert text.startswith("# Which sensor to buy\n\n> **Simulated.**")
    listed = re.findall(r"^(\d+)\. .*\((\w+)\)$", sources, re.MULTILINE)
    assert {number for number, _ in listed} == set(re.findall(r"\[(\d+)\]", text))
    cited = Counter(held[result]["kind"] for _, result in listed)
    assert set(cited) == set(counts) - {"brief"}
    assert cited["option_analysis"] == 2
