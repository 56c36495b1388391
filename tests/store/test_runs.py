"""What a run may change, one contract for both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from plinthctl.domain.job import JobEvent
from plinthctl.domain.runs import Answer, Change, ClaimedJob, Fail, Shown
from plinthctl.store import Store
from plinthctl.store.tables import job_ends, job_events, job_steps, step_tries
from tests.store.acts import (
    NOON,
    Clock,
    advance,
    cancelled,
    complete,
    degraded,
    done,
    everything,
    fail,
    job_row,
    kinds,
    put_back,
    registered,
    running,
    table_rows,
    waiting,
)
from tests.stores import an_id

SOON = NOON + timedelta(seconds=9)

MakeChange = Callable[[ClaimedJob], Change]

CHANGES: dict[str, MakeChange] = {
    "a stored step": lambda job: advance(job, done("scrape-website"), "generate-profile"),
    "a step without its data": lambda job: advance(job, degraded("search-news")),
    "a step to be tried again": lambda job: advance(job, waiting("search-news", SOON)),
    "a step's start": lambda job: advance(job, None, "generate-profile"),
    "a job that waits": lambda job: put_back(
        job, waiting("search-news", SOON), event=JobEvent.WAIT, at=SOON
    ),
    "a job given back": put_back,
    "a completed job": complete,
    "a failed job": fail,
}
each_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())


def ask_to_cancel(store: Store, job: ClaimedJob) -> None:
    store.request_cancel(job.id, "ana", None)


# Answers


@each_change
def test_a_change_of_the_holder_is_made(store: Store, change: MakeChange) -> None:
    job = running(store)
    before = everything(store)
    assert store.apply(change(job)) is Answer.HELD
    assert everything(store) != before


@each_change
def test_a_change_with_an_old_token_changes_nothing(store: Store, change: MakeChange) -> None:
    late = running(store)
    store.recover(late.id, late.token)
    assert store.claim_one(registered(store), late.id)
    before = everything(store)
    assert store.apply(change(late)) is Answer.LOST
    assert store.apply(change(late), again=True) is Answer.LOST
    assert everything(store) == before


@each_change
def test_a_change_of_a_job_that_was_given_back_changes_nothing(
    store: Store, change: MakeChange
) -> None:
    job = running(store)
    store.apply(put_back(job))
    before = everything(store)
    assert store.apply(change(job)) is Answer.LOST
    assert everything(store) == before


@each_change
def test_a_change_whose_answer_was_lost_is_made_once(store: Store, change: MakeChange) -> None:
    job = running(store)
    store.apply(change(job))
    once = everything(store)
    assert store.apply(change(job), again=True) is Answer.HELD
    assert everything(store) == once


@each_change
def test_a_change_that_never_arrived_is_made_when_asked_again(
    store: Store, change: MakeChange
) -> None:
    job = running(store)
    assert store.apply(change(job), again=True) is Answer.HELD
    assert len(kinds(store, job.id)) > 2


@each_change
def test_a_change_of_a_job_that_is_not_there_is_lost(store: Store, change: MakeChange) -> None:
    gone = replace(running(store), id=an_id())
    before = everything(store)
    assert store.apply(change(gone)) is Answer.LOST
    assert store.apply(change(gone), again=True) is Answer.LOST
    assert everything(store) == before


# What a cancel does


@pytest.mark.parametrize(
    "change",
    [CHANGES[name] for name in CHANGES if name.startswith("a step") or name == "a stored step"],
)
def test_a_run_goes_on_and_is_told_of_the_cancel(store: Store, change: MakeChange) -> None:
    job = running(store)
    ask_to_cancel(store, job)
    assert store.apply(change(job)) is Answer.CANCEL_ASKED
    assert store.apply(change(job), again=True) is Answer.CANCEL_ASKED
    assert job_row(store, job.id)["status"] == "running"


ENDS = {name: CHANGES[name] for name in CHANGES if " job" in name} | {"its own end": cancelled}


@pytest.mark.parametrize("change", ENDS.values(), ids=ENDS.keys())
def test_a_job_asked_to_cancel_ends_cancelled(store: Store, change: MakeChange) -> None:
    job = running(store)
    ask_to_cancel(store, job)
    assert store.apply(change(job)) is Answer.CANCELLED
    ended = everything(store)
    assert store.apply(change(job), again=True) is Answer.CANCELLED
    assert everything(store) == ended
    row = job_row(store, job.id)
    assert (row["status"], row["status_message"]) == ("cancelled", "Cancelled on request.")
    assert kinds(store, job.id)[-1] == "cancelled"
    assert [end["status"] for end in table_rows(store, job_ends)] == ["cancelled"]


def test_a_cancelled_job_has_no_results(store: Store) -> None:
    job = running(store)
    ask_to_cancel(store, job)
    store.apply(complete(job))
    detail = store.detail(job.id)
    assert detail is not None
    assert (detail.results, detail.output) == ((), None)


def _last_step(change: Any) -> str:
    return change.step if isinstance(change, Fail) else change.ended.step


@pytest.mark.parametrize("change", ["a completed job", "a failed job", "a job that waits"])
def test_the_last_try_of_a_cancelled_job_is_kept_and_paid_for(store: Store, change: str) -> None:
    job = running(store)
    last = CHANGES[change](job)
    for sibling in {"scrape-website", "search-news", "get-reviews"} - {_last_step(last)}:
        store.apply(advance(job, done(sibling)))
    ask_to_cancel(store, job)
    store.apply(last)
    assert len(table_rows(store, step_tries)) == 3
    assert table_rows(store, job_ends)[0]["cost_usd"] == 1.5


def test_nothing_is_cancelled_that_nobody_asked_to_cancel(store: Store) -> None:
    job = running(store)
    before = everything(store)
    assert store.apply(cancelled(job)) is Answer.LOST
    assert everything(store) == before


# What is shown


def test_progress_never_falls(store: Store) -> None:
    job = running(store)
    store.apply(advance(job, shown=Shown(60, "get-reviews", "…", 1)))
    store.apply(advance(job, shown=Shown(40, "search-news", "Searching…", 2)))
    row = job_row(store, job.id)
    assert (row["progress"], row["step"], row["attempt"]) == (60, "search-news", 2)
    store.apply(put_back(job))
    assert job_row(store, job.id)["progress"] == 60


def test_a_job_that_waits_is_due_when_it_was_told(timed: Store) -> None:
    job = running(timed)
    timed.apply(put_back(job, waiting("search-news", SOON), event=JobEvent.WAIT, at=SOON))
    row = job_row(timed, job.id)
    assert (row["status"], row["available_at"]) == ("pending", SOON)
    assert (row["worker_id"], row["started_at"]) == (None, None)
    assert kinds(timed, job.id)[-2:] == ["step_failed", "waiting"]


def test_a_job_given_back_is_due_at_once_and_charged_nothing(timed: Store, clock: Clock) -> None:
    job = running(timed)
    given_back_at = clock.move(seconds=3)
    timed.apply(put_back(job))
    row = job_row(timed, job.id)
    assert (row["available_at"], row["losses"]) == (given_back_at, 0)
    steps = table_rows(timed, job_steps)
    assert {(one["state"], one["tries"], one["retry_at"]) for one in steps} == {
        ("waiting", 0, None)
    }
    assert table_rows(timed, step_tries) == []


def test_a_retryable_failure_leaves_its_siblings_running(store: Store) -> None:
    job = running(store)
    store.apply(advance(job, waiting("search-news", SOON)))
    states = {one["step"]: one["state"] for one in table_rows(store, job_steps)}
    assert states == {
        "scrape-website": "running",
        "search-news": "waiting",
        "get-reviews": "running",
    }


# Events


def test_events_are_dense_and_tell_the_run_in_order(store: Store) -> None:
    job = running(store)
    store.apply(advance(job, done("search-news")))
    store.apply(advance(job, done("get-reviews"), "generate-profile"))
    store.apply(complete(job))
    assert kinds(store, job.id) == [
        "submitted",
        "claimed",
        "step_done",
        "step_done",
        "step_started",
        "step_done",
        "completed",
    ]
    events = table_rows(store, job_events)
    assert [event["seq"] for event in events] == list(range(1, 8))
    assert job_row(store, job.id)["event_seq"] == 7


def test_what_is_shown_alone_is_no_event(store: Store) -> None:
    job = running(store)
    store.apply(advance(job))
    assert kinds(store, job.id) == ["submitted", "claimed"]


def test_events_after_a_number_are_the_later_ones(store: Store) -> None:
    job = running(store)
    assert [event.seq for event in store.events_after(job.id, 1)] == [2]
    assert store.events_after(job.id, 2) == ()
