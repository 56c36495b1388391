"""A job whose step kills its worker: it takes few with it, and not for ever."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from plinthctl.domain.job import JobStatus
from plinthctl.domain.limits import Limits
from plinthctl.errors import ExitCode
from tests.e2e.program import PATIENCE_S, Program, wait_for
from tests.store.acts import set_job
from tests.stores import a_job
from tests.worker.office import of_kind, submitted
from tests.worker.states import PROFILE
from worker.simulator.control import SimulatorControl
from worker.simulator.journal import Journal

# Python runs this at the start of every process that finds it on its path, the
# worker's own children included.
AT_EVERY_START = """
import sys
from plinthctl.domain.catalog import JOB_TYPES, JobType
from plinthctl.domain.inputs import CompetitorAnalysisInput
from plinthctl.domain.steps import StepSpec
import worker.pipelines

worker.pipelines.__path__.append({folder!r})
JOB_TYPES["poison"] = JobType(
    name="poison",
    title="poison",
    ready="Ready",
    usual_s=(1, 2),
    poll_s=1,
    follow_s=10,
    input_model=CompetitorAnalysisInput,
    produces="nothing",
    steps=(StepSpec("swallow", "Swallowing…", 10, 90),),
)
"""

PIPELINE = """
import asyncio
import os
import signal
from pathlib import Path
from typing import Any

FOLDER = Path({folder!r})


async def swallow(context):
    number = len(list(FOLDER.glob("swallowed-*"))) + 1
    (FOLDER / f"swallowed-{{number}}").write_text(str(os.getpid()))
    while not (FOLDER / f"die-{{number}}").exists():
        await asyncio.sleep(0.02)
    os.kill(os.getpid(), signal.SIGKILL)


STEPS = {{"swallow": swallow}}
"""


class Poison:
    """Says when the poison is swallowed, and decides when it works."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def swallowed_by(self, number: int) -> int:
        """The process that runs the step for the nth time, as soon as it does."""
        path = self._folder / f"swallowed-{number}"
        return int(wait_for(lambda: path.exists() and path.read_text(), f"swallowed {number}"))

    def work(self, number: int) -> None:
        (self._folder / f"die-{number}").touch()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "poison"
    made.mkdir()
    (made / "sitecustomize.py").write_text(AT_EVERY_START.format(folder=str(made)))
    (made / "poison.py").write_text(PIPELINE.format(folder=str(made)))
    return made


@pytest.fixture
def poisoned(program: Program, folder: Path) -> Program:
    """The program with a job type that kills its process."""
    return replace(program, variables={"PYTHONPATH": str(folder)})


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_job_that_kills_its_worker_runs_alone_from_its_third_time_and_then_is_given_up(
    poisoned: Program,
    folder: Path,
    control: SimulatorControl,
    journal: Journal,
) -> None:
    store, poison = poisoned.store, Poison(folder)
    control.hold("llm")
    healthy = [submitted(store) for _ in range(3)]
    deadly = a_job(type="poison")
    assert store.admit(deadly, Limits(), "ana", {})

    with poisoned.worker() as first:
        for job_id in healthy:
            wait_for(partial(journal.of_step, job_id, PROFILE), "the LLM is asked")
        assert poison.swallowed_by(1) == first.pid
        poison.work(1)
        first.wait(PATIENCE_S)

    with poisoned.worker() as second:
        assert poison.swallowed_by(2) == second.pid  # its first loss: again at once, beside others
        control.release()
        done = [poisoned.ended(job_id) for job_id in healthy]
        poison.work(2)
        second.wait(PATIENCE_S)
    assert [detail.job.status for detail in done] == [JobStatus.COMPLETED] * 3
    assert [len(of_kind(detail, "recovered")) for detail in done] == [1] * 3

    with poisoned.worker("--burst") as third:
        lost = wait_for(lambda: _recovered_twice(poisoned, deadly.id), "it is lost again")
        assert (lost["wait_s"], lost["alone"]) == (30.0, True)
        set_job(store, deadly.id, available_at=store.now())  # as if the 30 s were over
        beside = submitted(store)
        assert poison.swallowed_by(3) != third.pid
        assert poisoned.ended(beside).job.status is JobStatus.COMPLETED
        poison.work(3)
        given_up = poisoned.ended(deadly.id)
        assert third.wait(PATIENCE_S) == ExitCode.OK  # it outlived its child
    assert given_up.job.status is JobStatus.FAILED
    assert given_up.error_detail is not None
    assert given_up.error_detail["class"] == "worker_lost"
    assert [step.tries for step in given_up.steps] == [0]
    assert len(of_kind(given_up, "claimed")) == 3
    assert store.workers() == ()


def _recovered_twice(program: Program, job_id: str) -> Any:
    told = of_kind(program.detail(job_id), "recovered")
    return told[1] if len(told) == 2 else None
