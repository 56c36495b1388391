"""A one-shot sweep over both databases: what it finds, does, leaves alone and rehearses."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from plinthctl.domain.expiry import Expiry, Retention
from plinthctl.domain.ids import IdPrefix
from plinthctl.domain.job import JobStatus
from plinthctl.domain.reaping import Absence, Chore, Deed, Finding
from plinthctl.errors import ReadOnly
from plinthctl.services.life import LifeFile
from plinthctl.services.reap import REAP, Reaper
from plinthctl.store import Store
from plinthctl.store.opening import open_database
from tests.store.acts import (
    NOON,
    Clock,
    Timed,
    admitted,
    everything,
    job_row,
    kinds,
    registered,
    running,
    set_job,
)
from tests.stores import an_id

BOOT = "this-boot"
ALL = frozenset(Chore)
EXPIRY, RETENTION = Expiry(), Retention()


@dataclass
class Bell:
    """A bell that is an orphan, or not."""

    orphan: bool = False
    stopped: int = 0

    def is_orphan(self) -> bool:
        return self.orphan

    def stop_orphan(self) -> bool:
        was, self.orphan = self.orphan, False
        self.stopped += was
        return was


@dataclass
class Nap:
    """Time that passes only where a judge waits; ``during`` is what happens meanwhile."""

    clock: Clock
    steady_s: float = 1000.0
    naps: int = 0
    during: Callable[[], Any] = lambda: None
    oversleeps_s: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.naps += 1
        late_s = self.oversleeps_s.pop(0) if self.oversleeps_s else 0.0
        self.steady_s += seconds + late_s
        self.clock.move(seconds=seconds + late_s)
        self.during()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed(store_url: str, clock: Clock) -> Iterator[Store]:
    opened = Store(Timed(open_database(store_url), clock))
    yield opened
    opened.close()


@pytest.fixture
def nap(clock: Clock) -> Nap:
    return Nap(clock)


@pytest.fixture
def reaper(timed: Store, nap: Nap) -> Reaper:
    return Reaper(
        timed,
        Bell(),  # type: ignore[arg-type]
        BOOT,
        EXPIRY,
        RETENTION,
        sleep=nap.sleep,
        clock_s=lambda: nap.steady_s,
    )


def told(findings: Iterator[Finding]) -> list[tuple[str, str, str]]:
    return [(one.deed.value, one.subject, one.rule) for one in findings]


def dead_here(store: Store, folder: Path) -> str:
    """A worker of this machine whose life file nobody holds."""
    worker_id = an_id(IdPrefix.WORKER)
    (path := folder / f"{worker_id}.life").touch()
    return registered(store, id=worker_id, boot_id=BOOT, life_file=str(path))


def elsewhere(store: Store) -> str:
    return registered(store, boot_id="another-boot", life_file="/nowhere/x.life")


# The gone


def test_a_dead_worker_of_this_machine_is_known_at_once(
    timed: Store, reaper: Reaper, nap: Nap, tmp_path: Path
) -> None:
    dead = dead_here(timed, tmp_path)
    job = running(timed, dead)
    assert told(reaper.reap(ALL)) == [
        ("retire", dead, "worker_dead"),
        ("requeue", job.id, "worker_gone"),
    ]
    assert nap.naps == 0
    assert job_row(timed, job.id)["status"] == "pending"
    assert list(tmp_path.glob("*.life")) == []


def test_a_living_worker_of_this_machine_keeps_its_jobs(
    timed: Store, reaper: Reaper, tmp_path: Path
) -> None:
    worker_id = an_id(IdPrefix.WORKER)
    life = LifeFile(tmp_path / f"{worker_id}.life")
    running(timed, registered(timed, id=worker_id, boot_id=BOOT, life_file=str(life.path)))
    assert told(reaper.reap(ALL)) == []
    life.remove()


def test_a_silent_worker_elsewhere_is_watched_for_11_s(
    timed: Store, reaper: Reaper, nap: Nap, clock: Clock
) -> None:
    silent = elsewhere(timed)
    job = running(timed, silent)
    clock.move(seconds=15)
    assert told(reaper.reap(ALL)) == [
        ("retire", silent, "worker_silent"),
        ("requeue", job.id, "worker_gone"),
    ]
    assert nap.naps == 11


def test_a_beat_that_had_to_wait_for_its_turn_spares_its_worker(
    timed: Store, reaper: Reaper, nap: Nap, clock: Clock
) -> None:
    slow = elsewhere(timed)
    job = running(timed, slow)
    clock.move(seconds=20)
    nap.during = lambda: timed.beat(slow) if nap.naps == 10 else None
    assert told(reaper.reap(ALL)) == []
    assert nap.naps == 10
    assert job_row(timed, job.id)["status"] == "running"


def test_who_was_heard_of_is_not_watched(
    timed: Store, reaper: Reaper, nap: Nap, clock: Clock
) -> None:
    running(timed, elsewhere(timed))
    clock.move(seconds=14)
    assert told(reaper.reap(ALL)) == []
    assert nap.naps == 0


def test_who_beats_while_it_is_watched_is_spared(
    timed: Store, reaper: Reaper, nap: Nap, clock: Clock
) -> None:
    slow = elsewhere(timed)
    job = running(timed, slow)
    clock.move(seconds=60)
    nap.during = lambda: timed.beat(slow)
    assert told(reaper.reap(ALL)) == []
    assert job_row(timed, job.id)["status"] == "running"


def test_a_judge_that_was_held_up_looks_anew_and_then_condemns_nobody(
    timed: Store, reaper: Reaper, nap: Nap, clock: Clock
) -> None:
    silent = elsewhere(timed)
    running(timed, silent)
    clock.move(seconds=60)
    nap.oversleeps_s = [30_000.0, 3.0, 3.0]
    assert told(reaper.reap(ALL)) == []
    assert nap.naps == 3
    assert told(reaper.reap(ALL))[0] == ("retire", silent, "worker_silent")


def test_a_store_that_stands_still_condemns_nobody(
    timed: Store, reaper: Reaper, nap: Nap, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers read on while no beat gets through: only a write of its own tells."""
    running(timed, elsewhere(timed))
    clock.move(seconds=20)
    writes = timed.take_a_write

    def frozen() -> None:
        nap.steady_s += 20
        writes()

    monkeypatch.setattr(timed, "take_a_write", frozen)
    assert told(reaper.reap(ALL)) == []


def test_a_clock_that_was_set_back_makes_suspects_and_no_victims(
    timed: Store, reaper: Reaper, nap: Nap, clock: Clock
) -> None:
    worker = elsewhere(timed)
    running(timed, worker)
    clock.move(hours=-1)
    nap.during = lambda: timed.beat(worker)
    assert told(reaper.reap(ALL)) == []
    assert nap.naps == 1


def test_orphans_that_another_sweep_left_are_found(timed: Store, reaper: Reaper) -> None:
    retired = registered(timed)
    job = running(timed, retired)
    timed.retire(retired)
    (finding,) = reaper.reap(ALL)
    assert (finding.subject, finding.deed, finding.type) == (job.id, Deed.REQUEUE, job.type)
    assert isinstance(finding.evidence, Absence)
    assert (finding.evidence.how, finding.evidence.worker_id) == ("retired", retired)


@pytest.mark.parametrize(
    ("losses", "asked", "fate"),
    [
        pytest.param(1, False, ("requeue", "worker_gone", "pending"), id="the second loss"),
        pytest.param(2, False, ("fail", "worker_lost", "failed"), id="the third in a row"),
        pytest.param(0, True, ("cancel", "cancel_requested", "cancelled"), id="to be cancelled"),
    ],
)
def test_an_orphan_ends_as_the_rules_say(
    timed: Store, reaper: Reaper, losses: int, asked: bool, fate: tuple[str, str, str]
) -> None:
    retired = registered(timed)
    job = running(timed, retired)
    set_job(timed, job.id, losses=losses, cancel_requested_at=NOON if asked else None)
    timed.retire(retired)
    rehearsed = told(reaper.rehearse(ALL))
    assert told(reaper.reap(ALL)) == rehearsed == [(fate[0], job.id, fate[1])]
    assert job_row(timed, job.id)["status"] == fate[2]


# What is late


def test_what_waited_too_long_fails_at_once(
    timed: Store, reaper: Reaper, nap: Nap, clock: Clock
) -> None:
    job_id = admitted(timed)
    clock.move(minutes=6)
    assert told(reaper.reap(ALL)) == [("fail", job_id, "expired_in_queue")]
    assert nap.naps == 0


def test_a_run_is_late_twice_before_it_is_ended(
    timed: Store, reaper: Reaper, nap: Nap, clock: Clock
) -> None:
    worker = elsewhere(timed)
    job = running(timed, worker)
    clock.move(minutes=11)
    timed.beat(worker)
    assert told(reaper.reap(ALL)) == [("fail", job.id, "expired_running")]
    assert nap.naps == 6


def test_a_worker_that_wakes_up_has_time_to_begin_its_runs_anew(
    timed: Store, reaper: Reaper, nap: Nap, clock: Clock
) -> None:
    """A laptop was shut overnight; a timer fires as soon as it is opened."""
    worker = elsewhere(timed)
    job = running(timed, worker)
    clock.move(hours=9)
    timed.beat(worker)

    def begin_anew() -> None:
        set_job(timed, job.id, claim_token=job.token + 1, started_at=clock.now)

    nap.during = begin_anew
    assert told(reaper.reap(ALL)) == []
    assert job_row(timed, job.id)["status"] == "running"


def test_recovery_comes_before_expiry(
    timed: Store, reaper: Reaper, clock: Clock, tmp_path: Path
) -> None:
    job = running(timed, dead_here(timed, tmp_path))
    clock.move(hours=9)
    assert [one[0] for one in told(reaper.reap(ALL))] == ["retire", "requeue"]
    assert kinds(timed, job.id)[-1] == "recovered"


# Retention and the bell


def test_what_was_kept_long_enough_is_purged(timed: Store, reaper: Reaper, clock: Clock) -> None:
    old, young = admitted(timed), admitted(timed)
    set_job(timed, old, status="failed", completed_at=clock.now)
    clock.move(days=7, microseconds=1)
    set_job(timed, young, status="failed", completed_at=clock.now)
    (finding,) = reaper.reap(ALL)
    assert (finding.deed, finding.subject, finding.status) == (Deed.PURGE, old, JobStatus.FAILED)
    assert timed.job(old) is None
    assert timed.job(young) is not None


def test_an_orphaned_bell_is_stopped_once(reaper: Reaper) -> None:
    orphan = replace(reaper, bell=Bell(orphan=True))  # type: ignore[arg-type]
    assert told(orphan.rehearse(ALL)) == [("stop", "bell", "no_worker")]
    assert told(orphan.reap(ALL)) == [("stop", "bell", "no_worker")]
    assert told(orphan.reap(ALL)) == []


# Chores, rehearsals, crowds


def full_house(store: Store, clock: Clock, folder: Path) -> str:
    """Something for every rule; the worker that is alive, if it goes on beating."""
    silent, retired, alive = elsewhere(store), registered(store), elsewhere(store)
    dead = dead_here(store, folder)
    for worker in (dead, silent, retired, alive):
        running(store, worker)
    for losses in (1, 2):
        set_job(store, running(store, dead).id, losses=losses)
    set_job(store, running(store, silent).id, cancel_requested_at=NOON)
    set_job(store, running(store, alive).id, cancel_requested_at=NOON)
    store.retire(retired)
    admitted(store)
    admitted(store, available_at=NOON + timedelta(days=60))
    for status, days in (("completed", 30), ("failed", 7), ("cancelled", 7)):
        for age in (days - 1, days + 1):
            ended_at = clock.now + timedelta(days=40) - timedelta(days=age)
            set_job(store, admitted(store), status=status, completed_at=ended_at)
    clock.move(days=40)
    store.beat(alive)
    return alive


WORKERS = {"worker_dead", "worker_silent", "worker_gone", "worker_lost", "cancel_requested"}
LATE = {"expired_in_queue", "expired_running"}


@pytest.mark.parametrize(
    ("chores", "rules"),
    [
        pytest.param(ALL, WORKERS | LATE | {"retention", "no_worker"}, id="all of it"),
        pytest.param({Chore.STUCK}, WORKERS | LATE, id="stuck"),
        pytest.param({Chore.REQUEUE}, WORKERS, id="requeue"),
        pytest.param({Chore.RETENTION}, {"retention"}, id="retention"),
        pytest.param({Chore.BELL}, {"no_worker"}, id="bell"),
    ],
)
def test_a_rehearsal_changes_nothing_and_says_what_is_then_done(
    timed: Store,
    reaper: Reaper,
    clock: Clock,
    tmp_path: Path,
    chores: frozenset[Chore],
    rules: set[str],
) -> None:
    alive = full_house(timed, clock, tmp_path)
    reaper = replace(reaper, bell=Bell(orphan=True))  # type: ignore[arg-type]
    before = everything(timed)
    rehearsed = [replace_silence(one) for one in reaper.rehearse(chores)]
    assert everything(timed) == before
    assert {one.rule for one in rehearsed} == rules
    timed.beat(alive)
    assert [replace_silence(one) for one in reaper.reap(chores)] == rehearsed
    assert list(reaper.reap(chores)) == []


def replace_silence(one: Finding) -> Finding:
    """The finding, but for how long ago a worker was heard of."""
    evidence = one.evidence
    if isinstance(evidence, Absence):
        return replace(one, evidence=replace(evidence, silent_s=None))
    return one


def test_a_rehearsal_says_of_each_job_what_becomes_of_it(
    timed: Store, reaper: Reaper, nap: Nap, clock: Clock, tmp_path: Path
) -> None:
    alive = full_house(timed, clock, tmp_path)
    nap.during = lambda: timed.beat(alive)
    fates = {one.subject: one for one in reaper.rehearse(ALL) if one.type}
    list(reaper.reap(ALL))
    became = {"requeue": "pending", "fail": "failed", "cancel": "cancelled", "purge": None}
    for job_id, found in fates.items():
        job = timed.job(job_id)
        assert (None if job is None else job.status) == became[found.deed]


def test_of_two_at_once_each_thing_is_done_by_one(
    timed: Store, reaper: Reaper, nap: Nap, clock: Clock, tmp_path: Path
) -> None:
    """Turn by turn, so that each finds the other half-way."""
    alive = full_house(timed, clock, tmp_path)
    nap.during = lambda: timed.beat(alive)
    wanted = told(reaper.rehearse(ALL))
    sweeps, done = [reaper.reap(ALL), reaper.reap(ALL)], []
    while sweeps:
        for sweep in list(sweeps):
            if (one := next(sweep, None)) is None:
                sweeps.remove(sweep)
            else:
                done.append((one.deed.value, one.subject, one.rule))
    assert sorted(done) == sorted(wanted)


@pytest.mark.parametrize("after", range(0, 17, 2))
def test_one_that_is_cut_short_leaves_the_rest_to_the_next(
    timed: Store, reaper: Reaper, nap: Nap, clock: Clock, tmp_path: Path, after: int
) -> None:
    alive = full_house(timed, clock, tmp_path)
    nap.during = lambda: timed.beat(alive)
    wanted = told(reaper.rehearse(ALL))
    cut = reaper.reap(ALL)
    for _ in range(after):
        next(cut, None)
    cut.close()  # type: ignore[attr-defined]
    list(reaper.reap(ALL))
    assert [one for one in reaper.rehearse(ALL) if one.type] == []
    ended = {subject for deed, subject, _ in wanted if deed in {"fail", "cancel"}}
    for job_id in ended:
        finals = [k for k in kinds(timed, job_id) if k in {"expired", "worker_lost", "cancelled"}]
        assert len(finals) == 1


def test_a_sweep_leaves_a_note_and_a_part_of_one_leaves_none(
    timed: Store, reaper: Reaper, clock: Clock
) -> None:
    list(reaper.reap({Chore.RETENTION}))
    list(reaper.rehearse(ALL))
    assert REAP not in timed.duties_due()
    list(reaper.reap(ALL))
    assert timed.duties_due()[REAP] == clock.now + timedelta(minutes=1)
    clock.move(minutes=5)
    list(reaper.reap({Chore.STUCK}))
    assert timed.duties_due()[REAP] == clock.now + timedelta(minutes=1)


def test_read_only_refuses_a_sweep_and_allows_a_rehearsal(timed: Store, reaper: Reaper) -> None:
    forbidden = replace(reaper, read_only=True)
    with pytest.raises(ReadOnly, match="nothing is reaped"):
        forbidden.reap(ALL)
    assert list(forbidden.rehearse(ALL)) == []


def test_followers_are_told_also_of_a_sweep_that_was_cut_short(
    timed: Store, reaper: Reaper, clock: Clock
) -> None:
    admitted(timed)
    clock.move(minutes=6)
    rung: list[int] = []
    sweep = replace(reaper, ring=lambda: rung.append(1)).reap(ALL)
    next(sweep)
    assert rung == []
    sweep.close()  # type: ignore[attr-defined]
    assert rung == [1]
