"""Real workers, told to stop, stopped, killed: what becomes of their jobs."""

import os
import re
import signal
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from plinthctl.domain.job import JobStatus
from plinthctl.domain.views import JobDetail
from plinthctl.errors import ExitCode
from tests.e2e.program import PATIENCE_S, Program, wait_for
from tests.nursery import Process
from tests.worker.office import of_kind, status_of, submitted
from tests.worker.states import GATHERING, NEWS, PROFILE, SCRAPE
from worker.simulator.control import SimulatorControl
from worker.simulator.journal import Journal

BACK_WITHIN_S: Final = 5.0
on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


def _open_call(journal: Journal, job_id: str, step: str) -> None:
    journal.wait_for(lambda seen: [c for c in seen.of_step(job_id, step) if c.open])


def _on_duty(program: Program, count: int = 1) -> None:
    wait_for(lambda: len(program.store.workers()) == count, f"{count} on duty: {program.log()}")


def _says(program: Program, word: str) -> str:
    """The log's first line of that event, as soon as it is there."""
    mark = f'"event": "{word}"'
    lines = wait_for(
        lambda: [line for line in program.log().splitlines() if mark in line],
        f"the log says {word}: {program.log()}",
    )
    return lines[0]


def _life_files(program: Program) -> list[Path]:
    return list((program.home / "data" / "plinthctl" / "workers").iterdir())


def _completed_once(detail: JobDetail) -> None:
    assert detail.job.status is JobStatus.COMPLETED, detail.job.error
    assert len(detail.results) == 1
    assert len(of_kind(detail, "completed")) == 1


def _calls(journal: Journal, job_id: str, step: str) -> int:
    return len(journal.of_step(job_id, step))


# -- kill -9 ---------------------------------------------------------------------------


@on_sqlite
def test_a_killed_worker_s_job_is_with_its_neighbour_within_seconds(
    program: Program, control: SimulatorControl, journal: Journal
) -> None:
    control.hold("llm")
    with program.worker("--name", "one") as one, program.worker("--name", "two") as two:
        _on_duty(program, 2)
        job_id = submitted(program.store)
        _open_call(journal, job_id, PROFILE)
        first = program.detail(job_id).job.worker
        control.release()
        control.hold("llm")
        victim = one if first == "one" else two
        killed_at = datetime.now(UTC)
        victim.kill()
        detail = wait_for(lambda: _claimed_again(program, job_id), "the job is claimed again")
        back = next(event.at for event in detail.events if event.kind == "recovered")
        assert (back - killed_at).total_seconds() < BACK_WITHIN_S
        assert (detail.events[-1].at - killed_at).total_seconds() < BACK_WITHIN_S
        assert {detail.job.worker, first} == {"one", "two"}
        control.release()
        done = program.ended(job_id)
        assert len(_life_files(program)) == 1
    _completed_once(done)
    assert [_calls(journal, job_id, step) for step in (SCRAPE, NEWS)] == [1, 1]


def _claimed_again(program: Program, job_id: str) -> JobDetail | None:
    detail = program.detail(job_id)
    return detail if len(of_kind(detail, "claimed")) == 2 else None


def _listens(url: str) -> bool:
    address = urlsplit(url)
    try:
        socket.create_connection((address.hostname or "", address.port or 0), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


@on_sqlite
@pytest.mark.parametrize(
    ("options", "number"),
    [
        pytest.param((), signal.SIGKILL, id="killed"),
        pytest.param(("--burst",), None, id="by itself, with nothing left to do"),
    ],
)
def test_the_simulator_of_a_worker_ends_with_it(
    program: Program, options: tuple[str, ...], number: signal.Signals | None
) -> None:
    with replace(program, simulator_url=None).worker(*options) as worker:
        url = re.search(r"http://[\d.:]+", _says(program, "providers"))
        assert url is not None
        if number is not None:
            _says(program, "on_duty")
            assert _listens(url[0])
            worker.send_signal(number)
        assert worker.wait(PATIENCE_S) == (-number if number is signal.SIGKILL else ExitCode.OK)
        wait_for(lambda: not _listens(url[0]), "the simulator is gone")


@on_sqlite
def test_a_worker_whose_simulator_dies_gives_its_jobs_back_and_says_so(program: Program) -> None:
    slow = {"PLINTHCTL_SIMULATOR_SPEED": "0.1"}
    with replace(program, simulator_url=None, variables=slow).worker() as worker:
        job_id = submitted(program.store)
        wait_for(lambda: of_kind(program.detail(job_id), "claimed"), "it runs")
        os.kill(_simulator_of(worker), signal.SIGKILL)
        assert worker.wait(PATIENCE_S) == ExitCode.STOPPED_ITSELF
    assert "the simulated providers have ended: leaving" in _says(program, "simulator_gone")
    assert program.detail(job_id).job.status is JobStatus.PENDING
    assert program.store.workers() == ()


def _simulator_of(worker: Process) -> int:
    """The process id of the simulator that a worker has started."""
    children = [
        int(pid)
        for task in Path(f"/proc/{worker.pid}/task").iterdir()
        for pid in (task / "children").read_text().split()
    ]
    (found,) = (p for p in children if b"worker.simulator" in _command_line(p))
    return found


def _command_line(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


# -- SIGTERM and SIGINT ----------------------------------------------------------------


@on_sqlite
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_once_a_worker_finishes_what_it_runs_and_claims_no_more(
    program: Program, control: SimulatorControl, journal: Journal, number: signal.Signals
) -> None:
    control.hold("llm")
    job_id = submitted(program.store)
    with program.worker() as worker:
        _open_call(journal, job_id, PROFILE)
        assert program.run("worker", "--check").returncode == ExitCode.OK
        worker.send_signal(signal.SIGHUP)  # its terminal is gone, which is nothing to it
        worker.send_signal(number)
        _says(program, "draining")
        late = submitted(program.store)
        control.release()
        assert worker.wait(PATIENCE_S) == ExitCode.OK
    _completed_once(program.detail(job_id))
    assert program.detail(late).job.status is JobStatus.PENDING
    assert program.store.workers() == ()
    assert _life_files(program) == []
    assert program.run("worker", "--check").returncode == ExitCode.UNAVAILABLE
    assert "Traceback" not in program.log()


def _once(worker: Process, program: Program) -> None:
    worker.send_signal(signal.SIGTERM)


def _twice(worker: Process, program: Program) -> None:
    worker.send_signal(signal.SIGINT)
    _says(program, "draining")
    worker.send_signal(signal.SIGINT)


@on_sqlite
@pytest.mark.parametrize(
    ("options", "stop"),
    [
        pytest.param(("--drain", "1ms"), _once, id="one SIGTERM and no time to drain"),
        pytest.param((), _twice, id="two SIGINTs"),
    ],
)
def test_told_to_stop_at_once_a_worker_gives_its_job_back_with_what_is_finished(
    program: Program,
    control: SimulatorControl,
    journal: Journal,
    options: tuple[str, ...],
    stop: Callable[[Process, Program], None],
) -> None:
    control.hold("llm", times=1)
    job_id = submitted(program.store)
    with program.worker(*options) as worker:
        _open_call(journal, job_id, PROFILE)
        stop(worker, program)
        assert worker.wait(PATIENCE_S) == ExitCode.OK
    assert [word for word in ("never retrieved", "Traceback") if word in program.log()] == []
    back = program.detail(job_id)
    assert back.job.status is JobStatus.PENDING
    assert [status_of(back, step) for step in GATHERING] == ["done"] * 3
    assert [step.tries for step in back.steps] == [0] * len(back.steps)
    assert len(of_kind(back, "released")) == 1
    assert program.store.workers() == ()
    with program.worker("--burst") as another:
        assert another.wait(PATIENCE_S) == ExitCode.OK
    _completed_once(program.detail(job_id))
    asked = [[c.path.partition("?")[0] for c in journal.of_step(job_id, s)] for s in GATHERING]
    assert all(len(paths) == len(set(paths)) for paths in asked)
    assert [call.end for call in journal.of_step(job_id, PROFILE)] == ["aborted", "done"]


# -- SIGTSTP and SIGCONT ---------------------------------------------------------------


def test_a_worker_stopped_amid_its_writes_holds_up_nobody_and_goes_on_where_it_was(
    program: Program, control: SimulatorControl, journal: Journal
) -> None:
    control.hold("llm", times=1)
    asleep = submitted(program.store)
    with program.worker("--concurrency", "20") as worker:
        _open_call(journal, asleep, PROFILE)
        busy = [submitted(program.store) for _ in range(8)]
        wait_for(lambda: of_kind(program.detail(busy[0]), "step_done"), "it writes")
        worker.send_signal(signal.SIGTSTP)
        wait_for(lambda: _state(worker) == "T", "it has stopped")
        late = program.submit()  # another process writes
        control.release()  # an answer that comes while it is stopped
        assert program.detail(asleep).job.status is JobStatus.RUNNING
        worker.send_signal(signal.SIGCONT)
        done = [program.ended(one) for one in (asleep, *busy, late)]
    for detail in done:
        _completed_once(detail)
        assert len(of_kind(detail, "claimed")) == 1
    assert _calls(journal, asleep, PROFILE) == 1


def _state(process: Process) -> str:
    """The letter that the kernel has for its state."""
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]
