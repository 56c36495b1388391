"""``submit --wait`` sees to it that somebody runs its job, whoever goes meanwhile."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from plinthctl.domain.job import JobStatus
from plinthctl.domain.queries import JobQuery
from plinthctl.errors import ExitCode
from tests.e2e.program import COMPANY, PATIENCE_S, Program, wait_for
from tests.worker.states import PROFILE
from worker.simulator.control import SimulatorControl
from worker.simulator.journal import Journal

on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)

STARTED: Final = "no worker is running; started one"


@contextmanager
def _submitting(program: Program) -> Iterator["subprocess.Popen[str]"]:
    """Somebody who submits and waits, off a terminal."""
    with _talk(program).open("w") as talk:
        process = subprocess.Popen(
            program.command("submit", "competitor_analysis", *COMPANY, "--wait", "-o", "id"),
            env=program.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=talk,
            text=True,
        )
    with process:
        try:
            yield process
        finally:
            process.kill()


def _talk(program: Program) -> Path:
    return program.home / "talk"


def _says(program: Program, words: str, times: int = 1) -> None:
    wait_for(
        lambda: _talk(program).read_text().count(words) >= times,
        f"{words!r} {times} times; it says {_talk(program).read_text()}",
    )


def _on_duty(program: Program) -> int:
    """The process id of the only worker, as soon as there is one."""
    (worker,) = wait_for(program.store.workers, f"somebody on duty: {program.log()}")
    return worker.pid


def _running(program: Program) -> str:
    """The newest job's id, as soon as it runs."""
    running = JobQuery(statuses=frozenset({JobStatus.RUNNING}))
    return wait_for(lambda: program.store.jobs(running), "it runs")[0].id


def _completes(program: Program, submitting: "subprocess.Popen[str]") -> None:
    said, _ = submitting.communicate(timeout=PATIENCE_S)
    assert submitting.returncode == ExitCode.OK, _talk(program).read_text()
    assert program.detail(said.strip()).job.status is JobStatus.COMPLETED


@on_sqlite
def test_a_worker_that_was_just_killed_is_not_waited_for(program: Program) -> None:
    with program.worker() as worker:
        _on_duty(program)
        worker.kill()
        worker.wait()
        with _submitting(program) as submitting:
            _completes(program, submitting)
    assert _talk(program).read_text().count(STARTED) == 1


@on_sqlite
def test_a_worker_that_is_leaving_is_not_waited_for(
    program: Program, control: SimulatorControl, journal: Journal
) -> None:
    control.hold("llm")
    with program.worker() as worker:
        job_id = program.submit()
        journal.wait_for(lambda seen: [c for c in seen.of_step(job_id, PROFILE) if c.open])
        worker.send_signal(signal.SIGTERM)
        wait_for(lambda: '"event": "draining"' in program.log(), "it drains")
        with _submitting(program) as submitting:
            _says(program, "Waiting for a worker…")
            assert STARTED not in _talk(program).read_text()
            control.release()
            _completes(program, submitting)
    assert _talk(program).read_text().count(STARTED) == 1


@on_sqlite
def test_a_worker_that_dies_amid_the_job_is_replaced(
    program: Program, control: SimulatorControl
) -> None:
    control.hold("llm")
    with program.worker() as worker:
        _on_duty(program)
        with _submitting(program) as submitting:
            _running(program)
            worker.kill()
            worker.wait()
            control.release()
            _completes(program, submitting)
    assert _talk(program).read_text().count(STARTED) == 1


@on_sqlite
def test_a_worker_of_ours_that_somebody_sends_home_is_replaced(
    program: Program, control: SimulatorControl
) -> None:
    control.hold("llm")
    program = replace(program, variables={"PLINTHCTL_WORKER_DRAIN": "1ms"})
    with _submitting(program) as submitting:
        ours = _on_duty(program)
        _running(program)
        os.kill(ours, signal.SIGTERM)
        _says(program, STARTED, times=2)
        control.release()
        _completes(program, submitting)
    assert _talk(program).read_text().count(STARTED) == 2
