"""Workers' rows and duties, one contract for both databases."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from plinthctl.domain.liveness import WorkerMode
from plinthctl.domain.reaping import Orphan
from plinthctl.domain.runs import Neighbour, OnRoll
from plinthctl.store import Store
from plinthctl.store.tables import workers
from tests.store.acts import Clock, registered, running, table_rows
from tests.stores import a_worker, an_id


def beats(store: Store, worker: str) -> int:
    (row,) = table_rows(store, workers, id=worker)
    return int(row["beats"])


def test_a_registered_worker_is_among_those_that_report(timed: Store, clock: Clock) -> None:
    worker = a_worker(name="north", slots=4)
    timed.register(worker)
    clock.move(seconds=7)
    (found,) = timed.workers()
    assert (found.id, found.name, found.slots, found.types) == (
        worker.id,
        "north",
        4,
        ("competitor_analysis",),
    )
    assert found.silent_s == 7


def test_registering_again_after_a_lost_answer_is_safe(store: Store) -> None:
    worker = a_worker()
    store.register(worker)
    store.beat(worker.id)
    store.register(worker)
    assert beats(store, worker.id) == 1


def test_a_beat_raises_the_counter_and_brings_clock_and_schema(timed: Store, clock: Clock) -> None:
    worker = registered(timed)
    clock.move(seconds=5)
    beat = timed.beat(worker)
    assert beat is not None
    assert (beat.now, beat.schema) == (clock.now, timed.schema().needed)
    assert beats(timed, worker) == 1
    assert timed.workers()[0].silent_s == 0


@pytest.mark.parametrize("who", ["retired", "unknown"])
def test_a_worker_that_is_gone_gets_no_answer_to_its_beat(store: Store, who: str) -> None:
    worker = registered(store) if who == "retired" else an_id()
    store.retire(worker)
    assert store.beat(worker) is None


def test_a_worker_is_retired_once_and_then_reports_no_more(store: Store) -> None:
    worker = registered(store)
    assert store.retire(worker)
    assert not store.retire(worker)
    assert store.workers() == ()


def test_a_worker_that_beat_since_it_was_seen_is_spared(store: Store) -> None:
    worker = registered(store)
    store.beat(worker)
    assert not store.retire(worker, 0)
    assert store.beat(worker) is not None
    assert store.retire(worker, 2)


def test_neighbours_are_the_others_that_are_not_retired(store: Store) -> None:
    mine, gone = registered(store), registered(store)
    other = registered(store, boot_id="boot", life_file="/run/life")
    store.beat(other)
    store.retire(gone)
    assert store.neighbours(mine) == (Neighbour(other, 1, "boot", "/run/life"),)


def test_the_roll_names_running_jobs_their_tokens_and_asked_cancels(store: Store) -> None:
    worker = registered(store)
    kept, asked, others = running(store, worker), running(store, worker), running(store)
    store.request_cancel(asked.id, "ana", None)
    assert set(store.on_roll(worker)) == {OnRoll(kept.id, 1, False), OnRoll(asked.id, 1, True)}
    assert others.id not in {entry.job_id for entry in store.on_roll(worker)}


def test_only_jobs_of_the_gone_are_orphans(store: Store) -> None:
    alive, gone = registered(store), registered(store)
    running(store, alive)
    orphan = running(store, gone)
    assert store.orphans() == ()
    seen = Orphan(orphan.id, orphan.type, 1, 0, False, gone, "worker-1")
    assert store.orphans([gone]) == (seen,)
    store.retire(gone)
    assert store.orphans() == (seen,)


def test_a_duty_is_done_once_a_period(timed: Store, clock: Clock) -> None:
    assert timed.take_duty("sweep", 60)
    assert not timed.take_duty("sweep", 60)
    clock.move(seconds=59)
    assert not timed.take_duty("sweep", 60)
    clock.move(seconds=1)
    assert timed.take_duty("sweep", 60)
    assert not timed.take_duty("sweep", 60)


def test_each_duty_has_a_period_of_its_own(store: Store) -> None:
    assert store.take_duty("sweep", 60)
    assert store.take_duty("alerts", 60)


def test_one_of_many_workers_gets_a_duty(timed: Store, clock: Clock) -> None:
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            taken = list(pool.map(lambda _: timed.take_duty("sweep", 60), range(8)))
            assert sum(taken) == 1
            clock.move(seconds=60)


def modes(store: Store) -> dict[str, tuple[WorkerMode | None, str | None]]:
    return {worker.id: (worker.mode, worker.mode_why) for worker in store.workers()}


def test_a_workers_mode_is_the_one_it_said_last_with_its_reason(store: Store) -> None:
    worker, other = registered(store), registered(store)
    assert modes(store) == {worker: (None, None), other: (None, None)}
    store.set_mode(worker, WorkerMode.STORE, "Redis at redis://h does not answer")
    assert modes(store)[worker] == (WorkerMode.STORE, "Redis at redis://h does not answer")
    store.set_mode(worker, WorkerMode.BELL)
    assert modes(store) == {worker: (WorkerMode.BELL, None), other: (None, None)}


def test_a_beat_and_a_second_registration_leave_the_mode_as_it_is(store: Store) -> None:
    worker = a_worker()
    store.register(worker)
    store.set_mode(worker.id, WorkerMode.BELL)
    store.beat(worker.id)
    store.register(worker)
    assert modes(store) == {worker.id: (WorkerMode.BELL, None)}


def test_the_mode_of_a_worker_that_is_not_there_is_nobodys(store: Store) -> None:
    store.set_mode(an_id(), WorkerMode.BELL)
    assert store.workers() == ()
