"""Twelve workers start at the same instant where there is nothing yet, and are killed."""

import signal
from pathlib import Path
from typing import Final

import pytest

from plinthctl.broker import valkey
from plinthctl.broker.bell_folder import BellFolder
from plinthctl.domain.liveness import WorkerMode
from plinthctl.errors import ExitCode
from tests.broker.crew import servers_of
from tests.chaos.fleet import STEPS, WAITS, Fleet
from tests.chaos.histories import completed_once, detail_of, kinds, ran_no_more_than_begun
from tests.e2e.program import PATIENCE_S, Program

ALL: Final = 12
JOBS: Final = 24


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_twelve_workers_have_one_server_and_their_death_leaves_nothing_to_be_done_by_hand(
    program: Program, tmp_path: Path
) -> None:
    fleet = Fleet.of(program, tmp_path / "errands")
    folder = BellFolder.of(program.home / "data" / "plinthctl")
    ids = fleet.submit(JOBS, **WAITS)
    with fleet.workers(ALL, "--concurrency", "2") as workers:
        fleet.all_say(WorkerMode.BELL)
        [server] = servers_of(folder.path)
        [socket] = folder.sockets()
        assert socket == folder.pointed_at()
        fleet.running(JOBS)
        for worker in workers:
            worker.kill()
    assert valkey.listener(socket) == server
    with fleet.workers(1, "--concurrency", "30") as [successor]:
        fleet.let_go()
        fleet.all_ended()
        fleet.all_say(WorkerMode.BELL)
        assert servers_of(folder.path) == [server]
        successor.send_signal(signal.SIGTERM)
        assert successor.wait(PATIENCE_S) == ExitCode.OK
    assert (servers_of(folder.path), folder.sockets()) == ([], [])
    _each_was_recovered_once(fleet, ids)


def _each_was_recovered_once(fleet: Fleet, ids: list[str]) -> None:
    runs = fleet.runs()
    for job_id in ids:
        detail = detail_of(fleet.store, job_id)
        completed_once(detail)
        ran_no_more_than_begun(detail, {step: runs[job_id, step] for step in STEPS})
        assert kinds(detail).count("recovered") == 1
