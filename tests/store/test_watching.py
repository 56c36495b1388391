"""What one look at the store finds, on both databases."""

from datetime import timedelta

import pytest

from plinthctl.domain.acts import Act
from plinthctl.domain.expiry import Expiry
from plinthctl.domain.limits import Limits
from plinthctl.domain.snapshot import Snapshot, TypeNumbers
from plinthctl.services.watch import Watch
from plinthctl.store import Store
from tests.store.acts import (
    NOON,
    TYPE,
    Clock,
    admitted,
    advance,
    complete,
    done,
    fail,
    registered,
    running,
)

HOUR = timedelta(hours=1)


def snapshot(store: Store, window: timedelta = HOUR) -> Snapshot:
    return Watch(store, Expiry(), Limits()).snapshot(window)


def of(found: Snapshot, name: str = TYPE) -> TypeNumbers:
    (one,) = (numbers for numbers in found.types if numbers.type == name)
    return one


def test_an_empty_store_has_every_type_and_no_number_made_up(timed: Store) -> None:
    found = snapshot(timed)
    assert len(found.types) == 5
    assert all(one.duration.p95_s is None and one.failure_rate is None for one in found.types)
    assert (found.now.depth, found.now.oldest_due_s, found.now.last_end_at) == (0, None, None)
    assert set(found.depth.values[:-1]) == {None}
    assert set(found.rate.values) == {0.0}


def test_depth_is_what_is_due_and_not_held_back(timed: Store, clock: Clock) -> None:
    admitted(timed)
    admitted(timed, type="market_research")
    admitted(timed, available_at=NOON + timedelta(hours=2))
    timed.pause_intake("market_research", Act("ana", "pause"))
    clock.move(seconds=30)
    now = snapshot(timed).now
    assert (now.pending, now.depth, now.scheduled, now.oldest_due_s) == (3, 1, 1, 30.0)


def test_a_completed_job_counts_with_its_times_from_the_fifth_on(
    timed: Store, clock: Clock
) -> None:
    for took_s in (10, 20, 30, 40, 50):
        job = running(timed)
        clock.move(seconds=took_s)
        timed.apply(advance(job, done("scrape-website")))
        timed.apply(complete(job))
    found = snapshot(timed)
    assert (of(found).created, of(found).completed) == (5, 5)
    duration = of(found).duration
    assert (duration.p50_s, duration.p95_s, duration.p99_s) == (30.0, 50.0, 50.0)
    assert duration.average_s == 30.0
    assert found.rate.values[-1] == 2.0  # of the last minute: the fourth began it
    assert found.recent[0].completed_at == clock.now


def test_what_failed_for_its_input_or_in_the_queue_is_in_no_rate(
    timed: Store, clock: Clock
) -> None:
    timed.apply(fail(running(timed)))
    timed.apply(complete(running(timed)))
    admitted(timed)
    clock.move(minutes=6)
    timed.expire(Expiry())
    numbers = of(snapshot(timed))
    assert (numbers.failed, numbers.completed, numbers.expired) == (1, 1, 1)
    assert numbers.failure_rate == 0.5


def test_what_was_reaped_counts_as_stuck_for_a_quarter_of_an_hour(
    timed: Store, clock: Clock
) -> None:
    worker = registered(timed)
    job = running(timed, worker)
    timed.recover(job.id, job.token)
    admitted(timed)
    clock.move(minutes=6)
    now = snapshot(timed).now
    assert (now.stuck_pending, now.reaped) == (2, 1)
    timed.expire(Expiry())
    now = snapshot(timed).now
    assert (now.stuck_pending, now.reaped, now.stuck) == (0, 2, 2)  # one of them both ways
    clock.move(minutes=16)
    assert snapshot(timed).now.stuck == 0


def test_a_look_lists_the_running_first_and_marks_the_stuck(timed: Store, clock: Clock) -> None:
    late = running(timed).id
    clock.move(minutes=11)
    waits = admitted(timed)
    runs = running(timed).id
    found = snapshot(timed)
    assert [job.id for job in found.active] == [late, runs, waits]
    assert [job.id for job in found.stuck] == [late]
    assert (found.now.running, found.now.stuck_running) == (2, 1)


@pytest.mark.parametrize("window", [timedelta(minutes=1), timedelta(days=1)])
def test_a_window_counts_what_is_in_it(timed: Store, clock: Clock, window: timedelta) -> None:
    timed.apply(complete(running(timed)))
    clock.move(minutes=5)
    timed.apply(complete(running(timed)))
    assert of(snapshot(timed, window)).completed == (1 if window < HOUR else 2)
    assert of(snapshot(timed, window)).created == (1 if window < HOUR else 2)
