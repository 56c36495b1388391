"""A running job is cancelled: its worker is told, or finds out, and drops the call in flight."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

import pytest

from plinthctl.domain.job import JobStatus
from plinthctl.domain.liveness import BEAT_EVERY_S, WorkerMode
from plinthctl.domain.views import JobDetail
from plinthctl.errors import ExitCode
from tests.e2e.program import Program, wait_for
from tests.valkeys import Valkey
from worker.simulator.control import SimulatorControl
from worker.simulator.journal import Journal

PROFILE: Final = "generate-profile"
NOWHERE: Final = "redis://127.0.0.1:1/0"
BUSY_S: Final = 1.5  # what a busy machine may add

Prepare = Callable[[Program, Valkey], Program]


def _as_it_is(program: Program, server: Valkey) -> Program:
    _is_in(program, WorkerMode.BELL)
    return program


def _without_a_server(program: Program, server: Valkey) -> Program:
    server.kill()
    _is_in(program, WorkerMode.STORE)
    return program


def _from_elsewhere(program: Program, server: Valkey) -> Program:
    _is_in(program, WorkerMode.BELL)
    return replace(program, variables={"PLINTHCTL_REDIS_URL": NOWHERE})


def _is_in(program: Program, mode: WorkerMode) -> None:
    wait_for(lambda: [one.mode for one in program.store.workers()] == [mode], f"mode {mode}")


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("prepare", "within_s"),
    [
        pytest.param(_as_it_is, 0.5, id="through Redis at once"),
        pytest.param(_without_a_server, 1.0, id="by the next roll call while Redis is away"),
        pytest.param(_from_elsewhere, BEAT_EVERY_S, id="with the next beat when it was not told"),
    ],
)
def test_a_cancel_drops_the_call_in_flight(
    program: Program,
    valkey: Valkey,
    control: SimulatorControl,
    journal: Journal,
    prepare: Prepare,
    within_s: float,
) -> None:
    control.hold("llm")
    told = replace(program, variables={"PLINTHCTL_REDIS_URL": valkey.url})
    job_id = told.submit()
    with told.worker():
        journal.wait_for(lambda seen: [c for c in seen.of_step(job_id, PROFILE) if c.open])
        operator = prepare(told, valkey)
        done = operator.run("cancel", job_id)
        assert done.returncode == ExitCode.OK, done.stderr
        detail = told.ended(job_id)
        journal.wait_for(lambda seen: [c for c in seen.of_step(job_id, PROFILE) if not c.open])
    assert detail.job.status is JobStatus.CANCELLED
    [call] = journal.of_step(job_id, PROFILE)
    assert call.end == "aborted"
    took = _at(detail, "cancelled") - _at(detail, "cancel_requested")
    assert took.total_seconds() < within_s + BUSY_S


def _at(detail: JobDetail, kind: str) -> datetime:
    [at] = [event.at for event in detail.events if event.kind == kind]
    return at
