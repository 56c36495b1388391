"""One judge of who is alive, over both databases; time is what the test says it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from plinthctl.domain.expiry import Expiry, Retention
from plinthctl.domain.ids import IdPrefix
from plinthctl.domain.job import JobEvent, JobStatus
from plinthctl.domain.runs import ClaimedJob, Swept
from plinthctl.services.life import LifeFile
from plinthctl.services.sweep import Sweeper, SweepReport
from plinthctl.store import Store
from tests.store.acts import Clock, admitted, job_row, kinds, registered, running
from tests.stores import an_id
from tests.worker.conftest import BOOT

ON_TIME = (5.0, 5.0)
LATE = (3600.0, 5.0)
NOTHING = SweepReport()


def _recovered(*jobs: ClaimedJob) -> tuple[Swept, ...]:
    return tuple(Swept(job.id, JobEvent.RECOVER, "worker_gone", job.type) for job in jobs)


@contextmanager
def _alive_here(store: Store, folder: Path) -> Iterator[str]:
    """A worker of this machine that holds its life file."""
    worker_id = an_id(IdPrefix.WORKER)
    life = LifeFile(folder / f"{worker_id}.life")
    yield registered(store, id=worker_id, boot_id=BOOT, life_file=str(life.path))
    life.remove()


def _dead_here(store: Store, folder: Path) -> str:
    worker_id = an_id(IdPrefix.WORKER)
    path = folder / f"{worker_id}.life"
    path.touch()
    return registered(store, id=worker_id, boot_id=BOOT, life_file=str(path))


# -- neighbours ------------------------------------------------------------------------


def test_a_dead_neighbour_s_jobs_are_back_at_once(
    timed: Store, sweeper: Sweeper, life_files: Path
) -> None:
    me, dead = registered(timed), _dead_here(timed, life_files)
    jobs = [running(timed, dead), running(timed, dead)]
    assert sweeper.bury_dead_neighbours(me) == SweepReport((dead,), _recovered(*jobs))
    again = timed.claim(me, ["competitor_analysis"], 10)
    assert [job.id for job in again] == [job.id for job in jobs]
    assert list(life_files.iterdir()) == []


def test_a_living_neighbour_keeps_its_jobs(
    timed: Store, sweeper: Sweeper, life_files: Path
) -> None:
    me = registered(timed)
    with _alive_here(timed, life_files) as neighbour:
        job = running(timed, neighbour)
        assert sweeper.bury_dead_neighbours(me) == NOTHING
        assert job_row(timed, job.id)["status"] == JobStatus.RUNNING


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"boot_id": "another-boot", "life_file": "/nowhere"}, id="another machine"),
        pytest.param({"boot_id": BOOT, "life_file": None}, id="no life file"),
        pytest.param({"boot_id": BOOT, "life_file": "/nowhere/x.life"}, id="a file not seen here"),
    ],
)
def test_who_cannot_be_seen_is_not_called_dead(
    timed: Store, sweeper: Sweeper, told: dict[str, str | None]
) -> None:
    running(timed, registered(timed, **told))
    assert sweeper.bury_dead_neighbours(registered(timed)) == NOTHING


def test_nobody_buries_itself(timed: Store, sweeper: Sweeper, life_files: Path) -> None:
    assert sweeper.bury_dead_neighbours(_dead_here(timed, life_files)) == NOTHING


def test_of_two_that_look_at_once_one_buries(
    timed: Store, sweeper: Sweeper, life_files: Path
) -> None:
    other, dead = Sweeper(timed, BOOT), _dead_here(timed, life_files)
    job = running(timed, dead)
    reports = [one.bury_dead_neighbours(registered(timed)) for one in (sweeper, other)]
    assert reports == [SweepReport((dead,), _recovered(job)), NOTHING]
    assert kinds(timed, job.id).count("recovered") == 1


# -- the silent ------------------------------------------------------------------------


def test_who_is_silent_for_15_s_of_the_judge_s_clock_loses_its_jobs(
    timed: Store, sweeper: Sweeper
) -> None:
    me, silent = registered(timed), registered(timed)
    job = running(timed, silent)
    for monotonic_s in (0.0, 5.0, 14.9):
        assert sweeper.bury_the_silent(me, ON_TIME, monotonic_s) == NOTHING
    assert sweeper.bury_the_silent(me, ON_TIME, 15.0) == SweepReport((silent,), _recovered(job))
    assert timed.beat(silent) is None


def test_the_store_s_clock_condemns_nobody(timed: Store, clock: Clock, sweeper: Sweeper) -> None:
    me = registered(timed)
    running(timed, registered(timed))
    assert sweeper.bury_the_silent(me, ON_TIME, 0.0) == NOTHING
    clock.move(hours=1)
    assert sweeper.bury_the_silent(me, ON_TIME, 5.0) == NOTHING


def test_a_beat_begins_the_15_s_anew(timed: Store, sweeper: Sweeper) -> None:
    me, other = registered(timed), registered(timed)
    sweeper.bury_the_silent(me, ON_TIME, 0.0)
    timed.beat(other)
    assert sweeper.bury_the_silent(me, ON_TIME, 15.0) == NOTHING
    assert sweeper.bury_the_silent(me, ON_TIME, 29.9) == NOTHING
    assert sweeper.bury_the_silent(me, ON_TIME, 30.0).buried == (other,)


@pytest.mark.parametrize(
    "gaps_s",
    [
        pytest.param((), id="it has not beaten yet"),
        pytest.param((5.0,), id="it has beaten once"),
        pytest.param(LATE, id="it was away itself"),
    ],
)
def test_a_judge_whose_own_beats_were_not_on_time_condemns_nobody(
    timed: Store, sweeper: Sweeper, gaps_s: tuple[float, ...]
) -> None:
    me, other = registered(timed), registered(timed)
    sweeper.bury_the_silent(me, ON_TIME, 0.0)
    assert sweeper.bury_the_silent(me, gaps_s, 3605.0) == NOTHING
    timed.beat(other)  # everybody wakes up, each in its time
    assert sweeper.bury_the_silent(me, ON_TIME, 3610.0) == NOTHING


def test_a_worker_that_beats_between_look_and_verdict_is_spared(
    timed: Store, sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, other = registered(timed), registered(timed)
    job = running(timed, other)
    sweeper.bury_the_silent(me, ON_TIME, 0.0)
    retire = timed.retire

    def woken_up(worker_id: str, beats: int | None = None) -> bool:
        timed.beat(other)
        return retire(worker_id, beats)

    monkeypatch.setattr(timed, "retire", woken_up)
    assert sweeper.bury_the_silent(me, ON_TIME, 20.0) == NOTHING
    assert job_row(timed, job.id)["status"] == JobStatus.RUNNING


def test_jobs_that_a_judge_left_half_way_are_found_by_the_next(
    timed: Store, sweeper: Sweeper
) -> None:
    dead = registered(timed)
    job = running(timed, dead)
    timed.retire(dead)  # and there the judge itself died
    assert sweeper.bury_the_silent(registered(timed), ON_TIME, 0.0).swept == _recovered(job)


# -- duties ----------------------------------------------------------------------------


def test_a_duty_is_done_once_a_minute_whoever_asks(
    timed: Store, clock: Clock, sweeper: Sweeper
) -> None:
    late = admitted(timed)
    clock.move(minutes=6)
    assert [one.rule for one in sweeper.sweep_in_turn(Expiry()).swept] == ["expired_in_queue"]
    later = admitted(timed, available_at=clock.now - timedelta(minutes=6))
    assert Sweeper(timed, None).sweep_in_turn(Expiry()) == NOTHING
    clock.move(minutes=1)
    assert [one.job_id for one in sweeper.sweep_in_turn(Expiry()).swept] == [later]
    assert kinds(timed, late)[-1] == "expired"


def test_a_duty_recovers_before_it_expires(timed: Store, clock: Clock, sweeper: Sweeper) -> None:
    dead = registered(timed)
    job = running(timed, dead)
    timed.retire(dead)
    clock.move(hours=10)
    assert sweeper.sweep_in_turn(Expiry()).swept == _recovered(job)
    assert job_row(timed, job.id)["status"] == JobStatus.PENDING


def test_a_duty_purges_what_is_past_its_retention(
    timed: Store, clock: Clock, sweeper: Sweeper
) -> None:
    job_id = admitted(timed)
    timed.request_cancel(job_id, "ana", None)
    clock.move(days=8)
    assert sweeper.purge_in_turn(Retention()).purged == 1
    assert timed.job(job_id) is None
