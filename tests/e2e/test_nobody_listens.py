"""``redis.url`` at a server that is not there: everything works, and one line says why."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from plinthctl.domain.ids import short
from plinthctl.domain.liveness import WorkerMode
from plinthctl.errors import ExitCode
from tests.chaos.follower import followers, told_whole
from tests.e2e.program import COMPANY, PATIENCE_S, Program
from tests.valkeys import Valkey
from worker.simulator.control import SimulatorControl

JOBS: Final = 3
SUBMIT: Final = ("submit", "competitor_analysis", *COMPANY)


@pytest.fixture
def lonely(program: Program, valkey: Valkey) -> Program:
    valkey.kill()
    return replace(program, variables={"PLINTHCTL_REDIS_URL": valkey.tcp_url})


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_everything_works_and_each_says_once_why_it_is_slower(
    lonely: Program, valkey: Valkey, control: SimulatorControl, tmp_path: Path
) -> None:
    why = f"Redis at {valkey.tcp_url} refuses connections"
    control.hold("llm")
    with lonely.worker() as worker:
        jobs = [_accepted(lonely, why) for _ in range(JOBS)]
        with followers(lonely, jobs, tmp_path, 1) as [watching]:
            control.release()
            assert watching.ends() == ExitCode.OK
        waited = lonely.run(*SUBMIT, "--wait", "-o", "json")
        [row] = lonely.store.workers()
        assert (row.mode, row.mode_why) == (WorkerMode.STORE, why)
        worker.terminate()
        assert worker.wait(PATIENCE_S) == ExitCode.OK
    assert watching.said("Redis") == [f"{why}: no live updates, looking each 0.5 s"]
    for job_id in jobs:
        told_whole(watching, job_id)
    assert json.loads(waited.stdout)["status"] == "completed"
    assert _reasons(lonely) == [why]


def _accepted(program: Program, why: str) -> str:
    done = program.run(*SUBMIT)
    assert done.returncode == ExitCode.OK, done.stderr
    job_id = done.stdout.strip()
    accepted = (
        f"warning: job {short(job_id)} is accepted; {why}, a worker will find it in the store"
    )
    assert [line for line in done.stderr.splitlines() if "Redis" in line] == [accepted]
    return job_id


def _reasons(program: Program) -> list[str]:
    """Why the bell is silent, each time that the worker's log has said so."""
    told = (json.loads(line) for line in program.log().splitlines())
    return [line["why"] for line in told if line["event"] == "no_bell"]
