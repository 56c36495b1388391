"""Giving back, expiring and purging, one contract for both databases."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from plinthctl.domain.expiry import Expiry, Retention
from plinthctl.domain.job import JobEvent
from plinthctl.domain.results import ResultKind
from plinthctl.domain.runs import Answer, ClaimedJob, Swept
from plinthctl.store import Store, open_store
from plinthctl.store.sweep import PURGE_FIRST, fitting
from plinthctl.store.tables import (
    job_data,
    job_ends,
    job_events,
    job_keys,
    job_steps,
    operator_audit,
    result_tables,
    step_tries,
    workers,
)
from tests.store.acts import (
    NOON,
    Clock,
    admitted,
    advance,
    complete,
    done,
    everything,
    fail,
    job_row,
    kinds,
    put_back,
    read,
    registered,
    running,
    set_job,
    table_rows,
)

OF_A_JOB = (job_data, job_steps, step_tries, job_events, job_keys)


def swept(job: ClaimedJob, event: JobEvent, rule: str) -> Swept:
    return Swept(job.id, event, rule, job.type)


def claimed_again(store: Store, job_id: str) -> ClaimedJob:
    claimed = store.claim_one(registered(store), job_id)
    assert claimed is not None
    return claimed


# Recovery


def test_after_its_first_loss_a_job_is_due_at_once_beside_others(
    timed: Store, clock: Clock
) -> None:
    job = running(timed)
    clock.move(seconds=15)
    assert timed.recover(job.id, job.token) == Swept(
        job.id, JobEvent.RECOVER, "worker_gone", job.type
    )
    row = job_row(timed, job.id)
    assert (row["status"], row["available_at"], row["losses"]) == ("pending", clock.now, 1)
    assert (row["worker_id"], row["started_at"], row["step"]) == (None, None, None)
    assert kinds(timed, job.id)[-1] == "recovered"


def test_a_recovery_raises_the_token_so_that_the_old_worker_has_lost(store: Store) -> None:
    job = running(store)
    store.recover(job.id, job.token)
    assert job_row(store, job.id)["claim_token"] == job.token + 1
    assert store.apply(complete(job), again=True) is Answer.LOST


def test_after_its_second_loss_a_job_waits_and_runs_alone(timed: Store, clock: Clock) -> None:
    job = running(timed)
    timed.recover(job.id, job.token)
    again = claimed_again(timed, job.id)
    timed.recover(again.id, again.token)
    assert job_row(timed, job.id)["available_at"] == NOON + timedelta(seconds=30)
    assert timed.due_alone([job.type], 5) == ()
    clock.move(seconds=30)
    assert timed.due_alone([job.type], 5) == (job.id,)


def test_the_third_loss_in_a_row_fails_the_job(timed: Store, clock: Clock) -> None:
    job = running(timed)
    for wait_s in (0, 30):
        timed.recover(job.id, job.token)
        clock.move(seconds=wait_s)
        job = claimed_again(timed, job.id)
    assert timed.recover(job.id, job.token) == swept(job, JobEvent.LOSE, "worker_lost")
    detail = timed.detail(job.id)
    assert detail is not None and detail.error_detail is not None
    assert (detail.job.status, detail.job.error) == ("failed", detail.error_detail["message"])
    assert job_row(timed, job.id)["error_code"] == "worker_lost"
    assert [end["code"] for end in table_rows(timed, job_ends)] == ["worker_lost"]


def test_a_step_stored_between_two_losses_starts_the_count_again(store: Store) -> None:
    job = running(store)
    store.recover(job.id, job.token)
    again = claimed_again(store, job.id)
    store.apply(advance(again, done("scrape-website")))
    store.recover(again.id, again.token)
    assert job_row(store, job.id)["losses"] == 1


def test_a_job_asked_to_cancel_ends_cancelled_when_its_worker_is_gone(store: Store) -> None:
    job = running(store)
    store.request_cancel(job.id, "ana", None)
    assert store.recover(job.id, job.token) == Swept(
        job.id, JobEvent.CANCEL, "cancel_requested", job.type
    )
    assert job_row(store, job.id)["status"] == "cancelled"
    assert len(table_rows(store, job_ends)) == 1


@pytest.mark.parametrize("seen", [0, 2], ids=["an older claim", "a claim that is none yet"])
def test_only_the_claim_that_was_seen_is_taken_away(store: Store, seen: int) -> None:
    job = running(store)
    before = everything(store)
    assert store.recover(job.id, seen) is None
    assert everything(store) == before


def test_a_job_is_recovered_once(store: Store) -> None:
    job = running(store)
    assert store.recover(job.id, job.token)
    before = everything(store)
    assert store.recover(job.id, job.token) is None
    assert everything(store) == before


def test_running_steps_go_back_uncharged_and_stored_ones_stay(store: Store) -> None:
    job = running(store)
    store.apply(advance(job, done("scrape-website")))
    store.recover(job.id, job.token)
    states = {one["step"]: (one["state"], one["tries"]) for one in table_rows(store, job_steps)}
    assert states == {
        "scrape-website": ("done", 0),
        "search-news": ("waiting", 0),
        "get-reviews": ("waiting", 0),
    }
    assert job_row(store, job.id)["attempt"] == 1


# Expiry


@pytest.mark.parametrize(
    ("minutes", "microseconds", "expired"),
    [
        pytest.param(4, 0, False, id="due for 4 minutes: in time"),
        pytest.param(5, 0, False, id="due for exactly 5 minutes: in time"),
        pytest.param(5, 1, True, id="a microsecond later: expired"),
    ],
)
def test_a_pending_job_expires_when_it_was_due_for_longer_than_5_minutes(
    timed: Store, clock: Clock, minutes: int, microseconds: int, expired: bool
) -> None:
    job = admitted(timed, available_at=NOON + timedelta(hours=1))
    clock.move(hours=1, minutes=minutes, microseconds=microseconds)
    swept = timed.expire(Expiry())
    assert bool(swept) is expired
    row = job_row(timed, job)
    assert row["status"] == ("failed" if expired else "pending")
    assert row["error_code"] == ("expired_in_queue" if expired else None)


@pytest.mark.parametrize(
    ("minutes", "microseconds", "expired"),
    [
        pytest.param(9, 0, False, id="running for 9 minutes: in time"),
        pytest.param(10, 0, False, id="running for exactly 10 minutes: in time"),
        pytest.param(10, 1, True, id="a microsecond later: expired"),
    ],
)
def test_a_run_expires_after_10_minutes(
    timed: Store, clock: Clock, minutes: int, microseconds: int, expired: bool
) -> None:
    job = running(timed)
    clock.move(minutes=minutes, microseconds=microseconds)
    assert bool(timed.expire(Expiry())) is expired
    row = job_row(timed, job.id)
    assert row["status"] == ("failed" if expired else "running")
    assert row["error_code"] == ("expired_running" if expired else None)


def test_the_10_minutes_are_one_runs(timed: Store, clock: Clock) -> None:
    job = running(timed)
    clock.move(minutes=9)
    timed.apply(put_back(job))
    claimed_again(timed, job.id)
    clock.move(minutes=9)
    assert timed.expire(Expiry()) == ()


def test_an_expired_run_is_taken_from_its_worker(timed: Store, clock: Clock) -> None:
    job = running(timed)
    clock.move(minutes=11)
    assert timed.expire(Expiry()) == (swept(job, JobEvent.EXPIRE, "expired_running"),)
    ended = everything(timed)
    assert timed.apply(complete(job)) is Answer.LOST
    assert timed.apply(complete(job), again=True) is Answer.LOST
    assert everything(timed) == ended
    assert kinds(timed, job.id)[-1] == "expired"


def test_an_expired_run_that_was_to_be_cancelled_ends_cancelled(timed: Store, clock: Clock) -> None:
    job = running(timed)
    timed.request_cancel(job.id, "ana", None)
    clock.move(minutes=11)
    assert timed.expire(Expiry()) == (swept(job, JobEvent.CANCEL, "cancel_requested"),)
    assert job_row(timed, job.id)["status"] == "cancelled"


def test_a_second_pass_finds_nothing_more(timed: Store, clock: Clock) -> None:
    admitted(timed)
    running(timed)
    clock.move(hours=1)
    assert len(timed.expire(Expiry())) == 2
    before = everything(timed)
    assert timed.expire(Expiry()) == ()
    assert everything(timed) == before


def test_an_expired_job_says_why(timed: Store, clock: Clock) -> None:
    job = admitted(timed)
    clock.move(minutes=6)
    timed.expire(Expiry())
    detail = timed.detail(job)
    assert detail is not None
    assert detail.job.error == "No worker took the job within 5 minutes of its being due."
    assert detail.error_detail == {
        "class": "expired_in_queue",
        "message": detail.job.error,
        "user_fault": False,
    }


# Purge


def end_completed(store: Store, job: ClaimedJob) -> None:
    store.apply(complete(job))


def end_failed(store: Store, job: ClaimedJob) -> None:
    store.apply(fail(job))


def end_cancelled(store: Store, job: ClaimedJob) -> None:
    store.request_cancel(job.id, "ana", None)
    store.recover(job.id, job.token)


@pytest.mark.parametrize(
    ("end", "days"),
    [
        pytest.param(end_completed, 30, id="completed: 30 days"),
        pytest.param(end_failed, 7, id="failed: 7 days"),
        pytest.param(end_cancelled, 7, id="cancelled: 7 days"),
    ],
)
def test_an_ended_job_is_purged_past_its_retention(
    timed: Store, clock: Clock, end: Callable[[Store, ClaimedJob], None], days: int
) -> None:
    job = running(timed, key="k")
    end(timed, job)
    clock.move(days=days)
    assert timed.purge(Retention()) == 0
    clock.move(microseconds=1)
    assert timed.purge(Retention()) == 1
    assert timed.job(job.id) is None
    assert [table_rows(timed, table) for table in OF_A_JOB] == [[]] * len(OF_A_JOB)


def test_results_ends_and_audit_outlive_their_job(timed: Store, clock: Clock) -> None:
    job, asked = running(timed), running(timed)
    timed.apply(complete(job))
    end_cancelled(timed, asked)
    clock.move(days=31)
    assert timed.purge(Retention()) == 2
    assert [one["job_id"] for one in table_rows(timed, result_tables[ResultKind.PROFILE])] == [
        job.id
    ]
    assert {one["job_id"] for one in table_rows(timed, job_ends)} == {job.id, asked.id}
    assert [one["job_id"] for one in table_rows(timed, operator_audit)] == [asked.id]


def test_jobs_that_have_not_ended_are_never_purged(timed: Store, clock: Clock) -> None:
    admitted(timed)
    running(timed)
    clock.move(days=365)
    assert timed.purge(Retention()) == 0


def test_a_retired_worker_is_forgotten_when_no_job_can_name_it(timed: Store, clock: Clock) -> None:
    alive, retired, holding = registered(timed), registered(timed), registered(timed)
    running(timed, holding)
    for gone in (retired, holding):
        timed.retire(gone)
    clock.move(days=30)
    timed.purge(Retention())
    assert {row["id"] for row in table_rows(timed, workers)} == {alive, retired, holding}
    clock.move(microseconds=1)
    timed.purge(Retention())
    assert {row["id"] for row in table_rows(timed, workers)} == {alive, holding}


def test_more_workers_than_one_batch_are_forgotten_in_one_call(timed: Store, clock: Clock) -> None:
    for _ in range(PURGE_FIRST + 1):
        timed.retire(registered(timed))
    clock.move(days=31)
    timed.purge(Retention())
    assert table_rows(timed, workers) == []


def test_more_jobs_than_one_batch_are_purged_in_one_call(timed: Store, clock: Clock) -> None:
    ids = [admitted(timed) for _ in range(101)]
    for job_id in ids:
        set_job(timed, job_id, status="completed", completed_at=clock.now)
    clock.move(days=31)
    assert timed.purge(Retention()) == 101


@pytest.mark.parametrize(
    ("size", "held_s", "next_size"),
    [
        pytest.param(100, 0.025, 100, id="as aimed at"),
        pytest.param(100, 0.05, 50, id="twice as long: half as many"),
        pytest.param(100, 0.001, 200, id="far shorter: at most twice as many"),
        pytest.param(100, 60.0, 1, id="a slow disk: one at a time"),
        pytest.param(1_500, 0.001, 2_000, id="never more than 2,000"),
        pytest.param(100, 0.0, 200, id="no time at all"),
    ],
)
def test_batches_of_a_purge_are_aimed_at_25_ms(size: int, held_s: float, next_size: int) -> None:
    assert fitting(size, held_s) == next_size


def test_what_would_be_purged_is_what_is_then_purged(timed: Store, clock: Clock) -> None:
    ids = [admitted(timed) for _ in range(7)]
    for n, job_id in enumerate(ids):
        ended = {"status": ("completed", "failed")[n % 2], "completed_at": clock.now}
        set_job(timed, job_id, **ended)
    clock.move(days=31)
    foreseen = list(timed.past(Retention()))
    assert [one for batch in timed.purge_batches(Retention()) for one in batch] == foreseen
    assert {one.job_id for one in foreseen} == set(ids)


def test_what_would_be_purged_is_read_page_by_page(
    timed: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plinthctl.store.store.PAST_AT_ONCE", 2)
    ids = [admitted(timed) for _ in range(5)]
    for job_id in ids:
        set_job(timed, job_id, status="failed", completed_at=clock.now)
    clock.move(days=8)
    assert [one.job_id for one in timed.past(Retention())] == sorted(ids)


def test_a_purged_file_gives_its_room_back(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    context = "x" * 20_000
    for _ in range(100):
        ended = {"status": "failed", "completed_at": NOON}
        set_job(store, admitted(store, input={"context": context}), **ended)
    full = _pages(store)
    assert store.purge(Retention()) == 100
    assert _pages(store) < full / 2
    store.close()


def _pages(store: Store) -> int:
    counted = read(store, lambda tx: tx.connection.exec_driver_sql("PRAGMA page_count").scalar())
    assert isinstance(counted, int)
    return counted
