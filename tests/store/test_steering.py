"""What an operator does to jobs, one contract for both databases."""

from collections.abc import Callable

import pytest

from plinthctl.domain.cancel import Cancel
from plinthctl.domain.job import JobStatus
from plinthctl.domain.news import News
from plinthctl.domain.runs import Answer
from plinthctl.errors import NotFound, WrongState
from plinthctl.store import Store
from plinthctl.store.tables import job_ends
from tests.store.acts import (
    ENDS,
    NOON,
    Clock,
    admitted,
    advance,
    audits,
    cancelled,
    complete,
    done,
    everything,
    fail,
    job_row,
    kinds,
    running,
    table_rows,
)
from tests.stores import an_id

TAKE_AWAY = Cancel.TAKE_AWAY


def test_a_pending_job_is_cancelled_at_once(timed: Store) -> None:
    job = admitted(timed)
    assert timed.request_cancel(job, "ana", "not needed").status is JobStatus.CANCELLED
    row = job_row(timed, job)
    assert (row["status"], row["completed_at"], row["claim_token"]) == ("cancelled", NOON, 1)
    event = timed.events_after(job, 1)[0]
    assert (event.kind, event.actor, event.data) == (
        "cancelled",
        "ana",
        {"reason": "not needed", "progress": 0},
    )
    assert [end["status"] for end in table_rows(timed, job_ends)] == ["cancelled"]


def test_a_running_job_is_asked_to_stop_and_keeps_its_claim(timed: Store) -> None:
    job = running(timed)
    assert timed.request_cancel(job.id, "ana", None).status is JobStatus.RUNNING
    row = job_row(timed, job.id)
    assert (row["status"], row["cancel_requested_at"]) == ("running", NOON)
    assert row["claim_token"] == job.token
    assert kinds(timed, job.id)[-1] == "cancel_requested"


def test_asking_twice_at_once_changes_nothing_more(store: Store) -> None:
    job = running(store)
    store.request_cancel(job.id, "ana", None)
    before = everything(store)
    assert store.request_cancel(job.id, "bo", "again").status is JobStatus.RUNNING
    assert everything(store) == before


def test_asked_again_after_two_seconds_it_ends_without_its_worker(
    timed: Store, clock: Clock
) -> None:
    job = running(timed)
    timed.apply(advance(job, done("scrape-website")))
    timed.request_cancel(job.id, "ana", None)
    heard: list[News] = []
    timed.listen(heard.extend)
    now = clock.move(seconds=2)
    found = timed.request_cancel(job.id, "bo", "it hangs")
    assert (found.how, found.status, found.asked_s) == (TAKE_AWAY, JobStatus.CANCELLED, 2.0)
    row = job_row(timed, job.id)
    assert (row["status"], row["completed_at"]) == ("cancelled", now)
    assert row["claim_token"] == job.token + 1
    asked, ended = timed.events_after(job.id, row["event_seq"] - 2)
    assert (asked.kind, ended.kind, ended.actor) == ("cancel_requested", "cancelled", "bo")
    assert (ended.data["taken_away"], ended.data["reason"]) == (True, "it hangs")
    # Its worker is told to look, as at the first request.
    assert (asked.kind, row["worker_id"]) in [(news.kind, news.worker_id) for news in heard]


def test_the_worker_it_was_taken_from_changes_nothing_more(timed: Store, clock: Clock) -> None:
    job = running(timed)
    timed.request_cancel(job.id, "ana", None)
    clock.move(seconds=2)
    timed.request_cancel(job.id, "ana", None)
    before = everything(timed)
    for late in (advance(job, done("scrape-website")), complete(job), fail(job), cancelled(job)):
        assert timed.apply(late) is Answer.LOST
        assert timed.apply(late, again=True) is Answer.LOST
    assert everything(timed) == before
    assert timed.on_roll(job_row(timed, job.id)["worker_id"]) == ()


def test_a_rehearsed_cancel_says_the_same_and_changes_nothing(timed: Store, clock: Clock) -> None:
    job = running(timed)
    timed.request_cancel(job.id, "ana", None)
    clock.move(seconds=2)
    before = everything(timed)
    told = timed.rehearse_cancel(job.id)
    assert everything(timed) == before
    assert timed.request_cancel(job.id, "ana", None) == told


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
def test_a_job_that_has_ended_cannot_be_cancelled(store: Store, status: str) -> None:
    job = running(store)
    if status == "cancelled":
        store.request_cancel(job.id, "ana", None)
    store.apply(ENDS[status](job))
    before = everything(store)
    with pytest.raises(WrongState, match=status):
        store.request_cancel(job.id, "ana", None)
    assert everything(store) == before


def test_an_unknown_job_cannot_be_cancelled(store: Store) -> None:
    with pytest.raises(NotFound):
        store.request_cancel(an_id(), "ana", None)
    assert audits(store) == []


@pytest.mark.parametrize(
    ("make", "after"),
    [
        pytest.param(admitted, "cancelled", id="pending: cancelled"),
        pytest.param(lambda store: running(store).id, "running", id="running: still running"),
    ],
)
def test_every_cancel_leaves_its_audit_row(
    timed: Store, make: Callable[[Store], str], after: str
) -> None:
    job = make(timed)
    before = job_row(timed, job)["status"]
    timed.request_cancel(job, "ana", "a reason")
    (audit,) = audits(timed)
    assert (audit["job_id"], audit["operator"], audit["action"]) == (job, "ana", "cancel")
    assert (audit["at"], audit["reason"]) == (NOON, "a reason")
    assert (audit["before"], audit["after"]) == ({"status": before}, {"status": after})
