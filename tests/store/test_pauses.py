"""Holding job types back, one contract for both databases."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plinthctl.domain.acts import Act
from plinthctl.domain.expiry import Expiry
from plinthctl.domain.pauses import ALL, due_after
from plinthctl.domain.queries import JobQuery
from plinthctl.domain.runs import ClaimedJob
from plinthctl.store import Store
from plinthctl.store.pauses import AT_ONCE
from tests.store.acts import (
    NOON,
    TYPE,
    Clock,
    admitted,
    advance,
    audits,
    everything,
    job_row,
    kinds,
    put_back,
    registered,
    running,
    set_job,
)

OTHER = "brief_generation"
PAUSE, RESUME = Act("ana", "pause", "deploying"), Act("bo", "resume", None)
BOTH = [TYPE, OTHER]


def claimed(store: Store, types: list[str] = BOTH) -> list[str]:
    return [job.id for job in store.claim(registered(store), types, 10)]


CLAIMS: dict[str, Callable[[Store, str], object]] = {
    "the oldest due": lambda store, _: store.claim(registered(store), [TYPE], 5),
    "what was delivered": lambda store, job: store.claim_named(registered(store), [TYPE], [job]),
    "a job that runs alone": lambda store, job: store.claim_one(registered(store), job),
}


@pytest.mark.parametrize("scope", [TYPE, ALL], ids=["its type", "all intake"])
@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS.keys())
def test_what_is_paused_is_nobodys_to_take(
    store: Store, scope: str, claim: Callable[[Store, str], object]
) -> None:
    job = admitted(store)
    assert store.pause_intake(scope, PAUSE)
    assert not claim(store, job)
    assert job_row(store, job)["status"] == "pending"
    assert store.resume_intake(scope, RESUME)
    assert claim(store, job)


def test_jobs_that_were_lost_twice_wait_too(store: Store) -> None:
    job = admitted(store)
    set_job(store, job, losses=2)
    store.pause_intake(TYPE, PAUSE)
    assert store.due_alone([TYPE], 5) == ()
    store.resume_intake(TYPE, RESUME)
    assert store.due_alone([TYPE], 5) == (job,)


def test_other_types_go_on(store: Store) -> None:
    held, free = admitted(store), admitted(store, type=OTHER)
    store.pause_intake(TYPE, PAUSE)
    assert claimed(store) == [free]
    store.resume_intake(TYPE, RESUME)
    assert claimed(store) == [held]


def test_jobs_are_accepted_and_running_ones_go_on(store: Store) -> None:
    job = running(store)
    store.pause_intake(ALL, PAUSE)
    new = admitted(store)
    store.apply(advance(job))
    store.apply(put_back(job))
    assert kinds(store, job.id)[-1] == "released"
    assert claimed(store) == []
    store.resume_intake(ALL, RESUME)
    assert set(claimed(store)) == {job.id, new}


def test_what_is_paused_does_not_age(timed: Store, clock: Clock) -> None:
    job = admitted(timed)
    clock.move(minutes=4)
    timed.pause_intake(TYPE, PAUSE)
    clock.move(hours=10)
    assert timed.expire(Expiry()) == ()
    timed.resume_intake(TYPE, RESUME)
    clock.move(seconds=60)
    assert timed.expire(Expiry()) == ()  # 5 minutes and no more
    clock.move(seconds=1)
    assert [swept.job_id for swept in timed.expire(Expiry())] == [job]


def test_what_was_overdue_before_its_pause_is_so_after_it(timed: Store, clock: Clock) -> None:
    job = admitted(timed)
    clock.move(minutes=6)
    timed.pause_intake(TYPE, PAUSE)
    assert timed.expire(Expiry()) == ()
    clock.move(hours=1)
    timed.resume_intake(TYPE, RESUME)
    assert [swept.job_id for swept in timed.expire(Expiry())] == [job]


def test_a_run_goes_by_its_own_clock(timed: Store, clock: Clock) -> None:
    job = running(timed)
    timed.pause_intake(TYPE, PAUSE)
    clock.move(minutes=11)
    assert [swept.job_id for swept in timed.expire(Expiry())] == [job.id]


def test_the_order_of_waiting_jobs_stays(timed: Store, clock: Clock) -> None:
    first = admitted(timed)
    clock.move(seconds=10)
    second = admitted(timed)
    timed.pause_intake(TYPE, PAUSE)
    clock.move(hours=1)
    third = admitted(timed)
    clock.move(hours=1)
    timed.resume_intake(TYPE, RESUME)
    fourth = admitted(timed)
    assert claimed(timed) == [first, second, third, fourth]


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(due_s=st.lists(st.integers(-300, 900), min_size=1, max_size=5))
def test_every_age_is_what_the_domain_says(timed: Store, clock: Clock, due_s: list[int]) -> None:
    clock.now = NOON
    due = [NOON + timedelta(seconds=seconds) for seconds in due_s]
    jobs = {admitted(timed, available_at=at): at for at in due}
    timed.pause_intake(TYPE, PAUSE)
    now = clock.move(seconds=600)
    timed.resume_intake(TYPE, RESUME)
    for job, at in jobs.items():
        assert job_row(timed, job)["available_at"] == due_after(at, NOON, now)


def test_a_pause_within_another_is_taken_out_once(timed: Store, clock: Clock) -> None:
    job, other = admitted(timed), admitted(timed, type=OTHER)
    clock.move(minutes=2)
    timed.pause_intake(ALL, PAUSE)
    clock.move(minutes=10)
    timed.pause_intake(TYPE, PAUSE)
    clock.move(minutes=10)
    timed.resume_intake(ALL, RESUME)
    assert (_age(timed, other, clock), claimed(timed)) == (timedelta(minutes=2), [other])
    clock.move(minutes=10)
    timed.resume_intake(TYPE, RESUME)
    assert (_age(timed, job, clock), claimed(timed)) == (timedelta(minutes=2), [job])


def _age(store: Store, job: str, clock: Clock) -> timedelta:
    available_at: datetime = job_row(store, job)["available_at"]
    return clock.now - available_at


def test_many_jobs_are_let_go_in_parts(timed: Store, clock: Clock) -> None:
    job = admitted(timed)
    copy_job(timed, job, AT_ONCE + 1)
    timed.pause_intake(TYPE, PAUSE)
    now = clock.move(hours=1)
    timed.resume_intake(TYPE, RESUME)
    assert {view.available_at for view in timed.jobs(JobQuery(limit=None))} == {now}


def copy_job(store: Store, job_id: str, times: int) -> None:
    from sqlalchemy import insert

    from plinthctl.store.tables import jobs
    from tests.store.acts import write
    from tests.stores import an_id

    row = job_row(store, job_id)
    copies = [{**row, "id": an_id()} for _ in range(times)]
    write(store, lambda tx: tx.connection.execute(insert(jobs), copies).rowcount)


def test_pausing_twice_changes_nothing_more(store: Store) -> None:
    store.pause_intake(TYPE, PAUSE)
    before = everything(store)
    assert not store.pause_intake(TYPE, Act("bo", "pause", "me, too"))
    assert everything(store) == before


def test_what_was_not_paused_cannot_be_resumed(store: Store) -> None:
    assert not store.resume_intake(ALL, RESUME)
    assert audits(store) == []


def test_who_holds_what_back_and_why_is_known(timed: Store) -> None:
    timed.pause_intake(TYPE, PAUSE)
    (pause,) = timed.pauses()
    assert (pause.scope, pause.paused_at, pause.operator) == (TYPE, NOON, "ana")
    assert pause.reason == "deploying"
    timed.resume_intake(TYPE, Act("bo", "resume", "deployed"))
    assert timed.pauses() == ()
    told = [(one["action"], one["operator"], one["reason"], one["after"]) for one in audits(timed)]
    assert told == [
        ("pause", "ana", "deploying", {"paused": [TYPE]}),
        ("resume", "bo", "deployed", {"paused": []}),
    ]


def test_a_job_is_shown_as_paused_and_not_as_stuck(timed: Store, clock: Clock) -> None:
    job = admitted(timed)
    held: ClaimedJob = running(timed)
    timed.pause_intake(TYPE, PAUSE)
    clock.move(minutes=8)
    waits, runs = timed.job(job), timed.job(held.id)
    assert waits is not None and runs is not None
    assert (waits.phase, waits.stuck(Expiry())) == ("paused", False)
    assert (runs.phase, runs.paused) == ("running", False)
    assert timed.jobs(JobQuery(stuck=True)) == ()


def test_a_worker_that_leaves_when_nothing_is_left_does_not_wait_for_what_is_paused(
    store: Store,
) -> None:
    admitted(store)
    store.pause_intake(TYPE, PAUSE)
    assert not store.anything_left(BOTH)
    free = admitted(store, type=OTHER)
    assert store.anything_left(BOTH)
    assert not store.anything_left([TYPE])
    store.claim_one(registered(store), free)
    store.pause_intake(ALL, PAUSE)
    assert store.anything_left(BOTH)  # it runs, and may come back
