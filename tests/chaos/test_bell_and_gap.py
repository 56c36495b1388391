"""Server, starter and last worker are killed while others watch: no update is missing.

`make soak` plays it in full, again and again for half of PLINTH_SOAK_S.
"""

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest

from plinthctl.broker.bell_folder import BellFolder
from plinthctl.errors import ExitCode
from tests.broker.crew import servers_of
from tests.chaos.fleet import STEPS, WAITS, Fleet
from tests.chaos.follower import Follower, followers, told_whole
from tests.chaos.histories import completed_once, detail_of, ran_no_more_than_begun
from tests.chaos.length import SEED, SOAK, TORTURE_S
from tests.e2e.program import Program
from tests.nursery import Process

WORKERS, FOLLOWERS, JOBS = (12, 5, 200) if SOAK else (4, 2, 60)
SLOTS: Final = ("--concurrency", "2")
BETWEEN_ACTS: Final = 10
OVER_AFTER_S: Final = TORTURE_S / 2 if SOAK else 0.0
# What a follower may take to hear of the last commit; the suite shares its cores.
HEARS_WITHIN_S: Final = 3.0 if SOAK else 5.0
LOOK_EVERY_S: Final = 0.05


class Gang:
    """The workers of a fleet with an embedded bell, and who kills them."""

    def __init__(self, fleet: Fleet, until: ExitStack) -> None:
        self._fleet = fleet
        self._until = until
        self.workers: list[Process] = []
        self.folder = BellFolder.of(fleet.program.home / "data" / "plinthctl").path

    def hire(self) -> None:
        """As many as there should be."""
        missing = WORKERS - len(self.workers)
        self.workers += [
            self._until.enter_context(self._fleet.program.worker(*SLOTS)) for _ in range(missing)
        ]

    def acts(self) -> list[Callable[[], None]]:
        return [self.kill_server, self.kill_starter, self.kill_all]

    def kill_server(self) -> None:
        for pid in servers_of(self.folder):
            os.kill(pid, signal.SIGKILL)

    def kill_starter(self) -> None:
        """Whoever started the server; anybody if that one is dead."""
        parents = {_parent(pid) for pid in servers_of(self.folder)}
        starters = [one for one in self.workers if one.pid in parents]
        self._kill(*(starters or self.workers[:1]))

    def kill_all(self) -> None:
        """One after another, to the last."""
        self._kill(*self.workers)

    def _kill(self, *doomed: Process) -> None:
        for worker in doomed:
            worker.kill()
            worker.wait()
            self.workers.remove(worker)

    def send_home(self) -> list[int]:
        for worker in self.workers:
            worker.send_signal(signal.SIGTERM)
        return [worker.wait() for worker in self.workers]


def _parent(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


class Census(threading.Thread):
    """Counts the servers of a folder all the time."""

    def __init__(self, folder: Path) -> None:
        super().__init__(name="census")
        self._folder = folder
        self._over = threading.Event()
        self.most = 0

    def run(self) -> None:
        while not self._over.wait(LOOK_EVERY_S):
            self.most = max(self.most, len(servers_of(self._folder)))

    def stop(self) -> None:
        self._over.set()
        self.join()


@contextmanager
def census(folder: Path) -> Iterator[Census]:
    counting = Census(folder)
    counting.start()
    try:
        yield counting
    finally:
        counting.stop()


@pytest.mark.timeout(TORTURE_S + 300)
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_no_update_is_missing_whoever_is_killed(program: Program, tmp_path: Path) -> None:
    sys.stderr.write(f"to repeat: PLINTH_SEED={SEED}\n")
    dice = random.Random(SEED)
    fleet = Fleet.of(program, tmp_path / "errands")
    over_at = time.monotonic() + OVER_AFTER_S
    with ExitStack() as until:
        gang = Gang(fleet, until)
        with census(gang.folder) as counted:
            gang.hire()
            _play(fleet, gang, dice, tmp_path)
            while time.monotonic() < over_at:
                _play(fleet, gang, dice, tmp_path)
            assert gang.send_home() == [ExitCode.OK] * WORKERS
        assert counted.most == 1
        assert servers_of(gang.folder) == []
    assert "Traceback" not in program.log()


def _play(fleet: Fleet, gang: Gang, dice: random.Random, folder: Path) -> None:
    """So many jobs that nobody was told of, followed from their first to their last event."""
    fleet.hold()
    ids = fleet.submit(JOBS, **WAITS)
    with followers(fleet.program, ids, folder, FOLLOWERS) as watching:
        for act in dice.sample(acts := gang.acts(), len(acts)):
            # Those who lose their worker go to the end of the line, so none loses two.
            fleet.let_some_go(BETWEEN_ACTS)
            act()
            gang.hire()
        fleet.let_go()
        fleet.all_ended()
        assert [one.ends() for one in watching] == [ExitCode.OK] * FOLLOWERS
    _each_completed_once(fleet, ids)
    for one in watching:
        _heard_it_all(fleet, one, ids)


def _each_completed_once(fleet: Fleet, ids: list[str]) -> None:
    runs = fleet.runs()
    for job_id in ids:
        detail = detail_of(fleet.store, job_id)
        completed_once(detail)
        ran_no_more_than_begun(detail, {step: runs[job_id, step] for step in STEPS})


def _heard_it_all(fleet: Fleet, follower: Follower, ids: list[str]) -> None:
    details = [detail_of(fleet.store, job_id) for job_id in ids]
    for detail in details:
        told_whole(follower, detail.job.id)
        assert follower.told_of(detail.job.id)[-1]["seq"] == detail.job.event_seq
    last = max(detail.job.completed_at for detail in details)
    assert (follower.heard_last_at() - last).total_seconds() < HEARS_WITHIN_S
