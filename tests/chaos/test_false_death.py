"""Who seems to be dead: nobody who lives and beats loses a job, and the dead lose theirs.

In the suite workers beat and give each other up twice as fast as they do; `make soak`
keeps to the real times.
"""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from plinthctl.domain.views import JobDetail
from plinthctl.store.turnstile import Turnstile
from tests.chaos.fleet import WAITS, Fleet
from tests.chaos.histories import completed_once, detail_of, kinds
from tests.chaos.length import SOAK
from tests.e2e.program import Program
from tests.nursery import Process

PACE: Final = 1.0 if SOAK else 2.0
STOPPED_S: Final = 40 / PACE
TURN_S: Final = 5.0  # for which a beat waits for its turn to write, at any pace
FROZEN_S: Final = TURN_S + (20 - TURN_S) / PACE
# The dead of this machine are looked for each second; the suite shares its cores.
BACK_WITHIN_S: Final = 2.0 if SOAK else 4.0


@pytest.fixture
def fleet(program: Program, tmp_path: Path) -> Fleet:
    return Fleet.of(program, tmp_path / "errands", PLINTH_TEST_PACE=str(PACE))


def _state(process: Process) -> str:
    """The letter that the kernel has for its state."""
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]


def _held_by(fleet: Fleet, job_id: str, name: str) -> JobDetail | None:
    detail = detail_of(fleet.store, job_id)
    return detail if detail.job.worker == name else None


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_zombie_s_job_is_with_another_within_two_seconds(fleet: Fleet) -> None:
    [job] = fleet.submit(1, **WAITS)
    with fleet.workers(1, "--name", "zombie") as [zombie]:
        fleet.running(1)
        with fleet.program.worker("--name", "heir"):
            fleet.on_duty(2)
            died_at = datetime.now(UTC)
            zombie.kill()
            found = fleet.sees(lambda: _held_by(fleet, job, "heir"), "the heir has it")
            assert _state(zombie) == "Z"
            fleet.let_go()
            fleet.all_ended()
    [back] = [event.at for event in found.events if event.kind == "recovered"]
    assert (back - died_at).total_seconds() < BACK_WITHIN_S
    completed_once(detail_of(fleet.store, job))


@pytest.mark.timeout(180)
@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_one_that_stands_still_loses_its_job_and_one_that_cannot_be_seen_does_not(
    fleet: Fleet,
) -> None:
    [kept] = fleet.submit(1, **WAITS)
    with fleet.workers(1, "--name", "unseen", "--concurrency", "1"):
        fleet.running(1)
        _take_away_life_files(fleet)
        [lost] = fleet.submit(1, **WAITS)
        with fleet.program.worker("--name", "stopped", "--concurrency", "1") as stopped:
            fleet.running(2)
            with fleet.program.worker("--name", "heir"):
                fleet.on_duty(3)
                _stand_still(fleet, stopped, lost)
                assert _held_by(fleet, kept, "unseen")
                fleet.let_go()
                fleet.all_ended()
                _wake_up(fleet, stopped)
                more = fleet.submit(20)
                fleet.all_ended()
    for job in (kept, lost, *more):
        completed_once(detail_of(fleet.store, job))
    assert kinds(detail_of(fleet.store, kept)).count("claimed") == 1
    assert fleet.runs()[lost, "go"] == 2
    assert fleet.runs()[lost, "come-back"] == 1


def _take_away_life_files(fleet: Fleet) -> None:
    """As if they were in a container of their own."""
    [file] = (fleet.program.home / "data" / "plinthctl" / "workers").iterdir()
    file.unlink()


def _stand_still(fleet: Fleet, process: Process, its_job: str) -> None:
    until_s = time.monotonic() + STOPPED_S
    process.send_signal(signal.SIGSTOP)
    fleet.sees(lambda: _held_by(fleet, its_job, "heir"), "the heir has it")
    if SOAK:
        time.sleep(max(0.0, until_s - time.monotonic()))


def _wake_up(fleet: Fleet, process: Process) -> None:
    process.send_signal(signal.SIGCONT)
    fleet.sees(lambda: fleet.said("was_retired"), "it finds that others took its job")
    fleet.on_duty(3)


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "store_url", ["sqlite", "postgresql"] if SOAK else ["sqlite"], indirect=True
)
def test_after_a_store_that_stood_still_nobody_is_condemned(fleet: Fleet) -> None:
    jobs = fleet.submit(4, **WAITS)
    with fleet.workers(2, "--concurrency", "2"):
        fleet.running(4)
        before = {worker.id for worker in fleet.store.workers()}
        with _frozen(fleet.program.store_url):
            time.sleep(FROZEN_S)
            fleet.sees(lambda: len(fleet.said("let_go")) == 2, "both let go of their jobs")
        fleet.let_go()
        fleet.all_ended()
        assert {worker.id for worker in fleet.store.workers()} == before
    for job in jobs:
        completed_once(detail_of(fleet.store, job))
        assert "recovered" not in kinds(detail_of(fleet.store, job))
    assert fleet.said("retired") == []


@contextmanager
def _frozen(url: str) -> Iterator[None]:
    """Nobody gets a turn to write, or an answer at all."""
    if url.startswith("sqlite"):
        turnstile = Turnstile(Path(make_url(url).database or ""))
        with turnstile:
            yield
        turnstile.close()
        return
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(text("LOCK TABLE workers, jobs IN ACCESS EXCLUSIVE MODE"))
        yield
    engine.dispose()
