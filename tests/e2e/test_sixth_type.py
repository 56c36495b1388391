"""A new job type is one entry in the catalogue and one file with its pipeline."""

import dataclasses
from pathlib import Path

import pytest

from tests.e2e.program import Program

ENTRY = """
from pydantic import Field

from plinthctl.domain import catalog
from plinthctl.domain.catalog import JobType
from plinthctl.domain.inputs import JobInput, Text
from plinthctl.domain.steps import StepSpec


class GreetingInput(JobInput):
    name: Text = Field(title="Name", examples=["Ada"])


catalog.JOB_TYPES["greeting"] = JobType(
    name="greeting",
    title="greeting",
    ready="Greeting ready",
    usual_s=(1, 2),
    poll_s=1,
    follow_s=10,
    input_model=GreetingInput,
    produces="a greeting",
    steps=(
        StepSpec("find-words", "Finding words…", 10, 40),
        StepSpec("save-results", "Saving results…", 0, 50, needs=("find-words",)),
    ),
)
"""

PIPELINE = """
from worker.context import Finished, StepContext


async def find_words(context: StepContext) -> str:
    return f"Hello, {context.input.name}"


async def save_results(context: StepContext) -> Finished:
    return Finished(output={"greeting": context.outputs["find-words"]})


STEPS = {"find-words": find_words, "save-results": save_results}
"""

LAUNCHER = """
import sys

sys.path.insert(0, {folder!r})
import entry  # the catalogue's

import worker.pipelines

worker.pipelines.__path__.append({pipelines!r})
from plinthctl.cli.app import main

main()
"""


@pytest.fixture
def grown(program: Program, tmp_path: Path) -> Program:
    """The program with a sixth job type."""
    pipelines = tmp_path / "pipelines"
    pipelines.mkdir()
    (tmp_path / "entry.py").write_text(ENTRY)
    (pipelines / "greeting.py").write_text(PIPELINE)
    launcher = tmp_path / "launcher.py"
    launcher.write_text(LAUNCHER.format(folder=str(tmp_path), pipelines=str(pipelines)))
    return dataclasses.replace(program, launcher=(str(launcher),))


def test_a_sixth_type_submits_runs_and_shows(grown: Program) -> None:
    submitted = grown.run("submit", "greeting", "-i", "name=Ada")
    assert submitted.returncode == 0, submitted.stderr
    job_id = submitted.stdout.strip()
    with grown.worker("--burst"):
        grown.ended(job_id)
    shown = grown.shown(job_id)
    assert (shown["status"], shown["output"]) == ("completed", {"greeting": "Hello, Ada"})
    assert [step["name"] for step in shown["steps"]] == ["find-words", "save-results"]
