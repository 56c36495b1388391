"""What is usual of a type is what its jobs have taken of late, once there are enough."""

import pytest

from plinthctl.domain.numbers import ENOUGH_OF_LATE
from plinthctl.errors import PlinthError
from plinthctl.store import Store
from tests.store.acts import NO_LIMITS, Clock, admitted, complete, fail, running
from tests.stores import a_job


def usual(store: Store) -> tuple[float, float] | None:
    job = store.job(admitted(store))
    assert job is not None
    return job.usual_s


def test_of_too_few_jobs_nothing_is_said(timed: Store, clock: Clock) -> None:
    for _ in range(ENOUGH_OF_LATE - 1):
        job = running(timed)
        clock.move(seconds=7)
        timed.apply(complete(job))
    timed.apply(fail(running(timed)))
    assert usual(timed) is None


def test_it_is_p50_to_p95_of_the_types_own(timed: Store, clock: Clock) -> None:
    for took_s in range(1, ENOUGH_OF_LATE + 1):
        job = running(timed)
        clock.move(seconds=took_s)
        timed.apply(complete(job))
    assert usual(timed) == pytest.approx((10.0, 19.0))
    other = timed.job(admitted(timed, type="market_research"))
    assert other is not None and other.usual_s is None


def test_a_submit_does_not_read_it_and_a_follower_once(timed: Store, clock: Clock) -> None:
    for took_s in range(1, ENOUGH_OF_LATE + 1):
        job = running(timed)
        clock.move(seconds=took_s)
        timed.apply(complete(job))
    admitted_job = timed.admit_one(a_job(), NO_LIMITS, "ana", {})
    assert not isinstance(admitted_job, PlinthError)
    _, stored = admitted_job
    assert stored.usual_s is None
    (first,) = timed.news({stored.id: None})
    (later,) = timed.news({stored.id: stored.event_seq})
    assert (first.job.usual_s, later.job.usual_s) == (timed.usual_of(stored.type), None)
    assert first.job.usual_s is not None
