"""Retrying jobs by hand, one contract for both databases."""

from typing import Any

import pytest

from plinthctl.domain.acts import Act
from plinthctl.domain.failures import FailureClass
from plinthctl.domain.job import JobStatus
from plinthctl.domain.limits import Limits
from plinthctl.domain.news import News
from plinthctl.domain.restart import Start
from plinthctl.domain.runs import ClaimedJob, Fail
from plinthctl.domain.steered import Retried
from plinthctl.errors import LimitReached, NotFound, PlinthError, UsageError, WrongState
from plinthctl.store import Store
from plinthctl.store.tables import job_data, job_ends, job_steps, step_tries
from tests.store.acts import (
    ENDS,
    NO_LIMITS,
    NOON,
    TYPE,
    Clock,
    admitted,
    advance,
    audits,
    complete,
    degraded,
    done,
    everything,
    fail,
    job_row,
    kinds,
    registered,
    running,
    set_job,
    table_rows,
    tried,
    waiting,
)
from tests.stores import an_id

SITE, NEWS, REVIEWS = "scrape-website", "search-news", "get-reviews"
ACT = Act("bo", "retry", "the key is new")


def retry(store: Store, job_id: str, **start: Any) -> Retried:
    return store.retry(job_id, Start(**start), ACT, NO_LIMITS, {})


def failed(store: Store) -> ClaimedJob:
    """A job that has failed at its profile, with what it had gathered stored."""
    job = running(store)
    store.apply(advance(job, done(SITE)))
    store.apply(advance(job, done(NEWS)))
    store.apply(advance(job, degraded(REVIEWS), "generate-profile"))
    store.apply(fail(job, "generate-profile"))
    return job


def steps(store: Store, job_id: str) -> dict[str, str]:
    return {row["step"]: row["state"] for row in table_rows(store, job_steps, job_id=job_id)}


def test_a_failed_job_is_pending_again_as_if_it_had_not_ended(timed: Store, clock: Clock) -> None:
    job = failed(timed)
    ended = job_row(timed, job.id)
    set_job(timed, job.id, losses=2)
    now = clock.move(hours=3)
    found = retry(timed, job.id)
    assert (found.was, found.status, found.round) == (JobStatus.FAILED, JobStatus.PENDING, 1)
    row = job_row(timed, job.id)
    assert (row["status"], row["round"], row["attempt"], row["losses"]) == ("pending", 1, 1, 0)
    assert row["claim_token"] == ended["claim_token"] + 1
    assert (row["available_at"], row["created_at"]) == (now, NOON)
    assert row["progress"] == ended["progress"]
    gone = ("started_at", "completed_at", "error", "error_code", "worker_id", "cancel_requested_at")
    assert {name: row[name] for name in gone} == dict.fromkeys(gone)
    (data,) = table_rows(timed, job_data, job_id=job.id)
    assert (data["output"], data["error_detail"]) == (None, None)


def test_its_finished_steps_are_kept_and_it_goes_on_after_them(timed: Store) -> None:
    job = failed(timed)
    found = retry(timed, job.id).restart
    assert found.kept == (SITE, NEWS, REVIEWS)
    assert (found.without_data, found.resumes_at) == ((REVIEWS,), ("generate-profile",))
    (again,) = timed.claim(registered(timed), [TYPE], 1)
    assert again.started == ("generate-profile",)
    assert again.outputs == {SITE: "text", NEWS: "text", REVIEWS: None}
    assert (again.round, again.failed, again.last_failure) == (1, {}, {})


def test_from_a_step_its_result_and_what_was_made_of_it_are_dropped(timed: Store) -> None:
    job = failed(timed)
    found = retry(timed, job.id, from_step=NEWS).restart
    assert (found.kept, found.dropped) == ((SITE, REVIEWS), (NEWS,))
    assert steps(timed, job.id) == {SITE: "done", REVIEWS: "degraded"}
    assert job_row(timed, job.id)["progress"] == 50
    (again,) = timed.claim(registered(timed), [TYPE], 1)
    assert again.started == (NEWS,)


def test_only_fresh_takes_progress_back(timed: Store) -> None:
    job = failed(timed)
    assert retry(timed, job.id, fresh=True).restart.kept == ()
    assert (steps(timed, job.id), job_row(timed, job.id)["progress"]) == ({}, 0)
    (again,) = timed.claim(registered(timed), [TYPE], 1)
    assert again.started == (SITE, NEWS, REVIEWS)
    assert job_row(timed, job.id)["progress"] == 30


def test_tries_count_anew_and_the_old_ones_stay_on_record(timed: Store, clock: Clock) -> None:
    job = running(timed)
    for number in (1, 2, 3):
        later = clock.move(seconds=5)
        timed.apply(advance(job, waiting(SITE, later, number), SITE))
    timed.apply(fail(job, SITE, 4))
    retry(timed, job.id)
    assert steps(timed, job.id) == {}
    (again,) = timed.claim(registered(timed), [TYPE], 1)
    assert {state.tries for state in again.board.values()} == {0}
    first = Fail(again.id, again.token, SITE, _in_round(again.round), "again")
    timed.apply(first)
    made = [(row["round"], row["number"]) for row in table_rows(timed, step_tries, step=SITE)]
    assert made == [(0, 1), (0, 2), (0, 3), (0, 4), (1, 1)]
    ends = [(end["token"], end["status"]) for end in table_rows(timed, job_ends)]
    assert ends == [(job.token, "failed"), (again.token, "failed")]


def _in_round(number: int) -> Any:
    from dataclasses import replace

    return replace(tried(fails=FailureClass.AUTH_FAILURE), round=number)


def test_it_is_told_in_its_history_and_in_the_audit(timed: Store) -> None:
    job = failed(timed)
    seq = job_row(timed, job.id)["event_seq"]
    retry(timed, job.id, from_step=NEWS)
    (event,) = timed.events_after(job.id, seq)
    assert (event.kind, event.actor) == ("retried", "bo")
    told = {k: event.data[k] for k in ("kept", "dropped", "resumes_at", "from", "fresh", "reason")}
    assert told == {
        "kept": [SITE, REVIEWS],
        "dropped": [NEWS],
        "resumes_at": [NEWS],
        "from": NEWS,
        "fresh": False,
        "reason": "the key is new",
    }
    (audit,) = audits(timed)
    assert (audit["action"], audit["operator"], audit["reason"]) == ("retry", "bo", ACT.reason)
    assert (audit["before"], audit["after"]) == ({"status": "failed"}, {"status": "pending"})
    detail = timed.detail(job.id, events=True)
    assert detail is not None
    assert [one.reason for one in detail.audits] == ["the key is new"]


def test_workers_are_told_of_it_as_of_a_new_job(store: Store) -> None:
    heard: list[News] = []
    job = failed(store)
    store.listen(heard.extend)
    retry(store, job.id)
    assert [(news.kind, news.delivers) for news in heard] == [("retried", True)]


def test_a_cancelled_job_can_be_retried_and_cancelled_again(store: Store) -> None:
    job = admitted(store)
    store.request_cancel(job, "ana", None)
    retry(store, job)
    assert store.request_cancel(job, "ana", None).status is JobStatus.CANCELLED
    assert kinds(store, job) == ["submitted", "cancelled", "retried", "cancelled"]
    assert [end["status"] for end in table_rows(store, job_ends)] == ["cancelled", "cancelled"]


def test_the_worker_that_had_it_before_changes_nothing_more(store: Store) -> None:
    job = running(store)
    store.apply(fail(job))
    retry(store, job.id)
    (again,) = store.claim(registered(store), [TYPE], 1)
    before = everything(store)
    store.apply(complete(job))
    store.apply(advance(job, done(SITE)), again=True)
    assert everything(store) == before
    assert again.token == job.token + 2


@pytest.mark.parametrize("status", ["pending", "running", "completed"])
def test_only_failed_and_cancelled_jobs_can_be_retried(store: Store, status: str) -> None:
    job = admitted(store) if status == "pending" else running(store).id
    if status == "completed":
        job = (held := running(store)).id
        store.apply(ENDS[status](held))
    before = everything(store)
    with pytest.raises(WrongState, match=f"is {status}: only failed and cancelled"):
        retry(store, job)
    assert everything(store) == before


def test_results_of_another_version_of_its_type_are_not_reused(store: Store) -> None:
    job = failed(store)
    set_job(store, job.id, version=0)
    before = everything(store)
    with pytest.raises(WrongState, match="results of version 0 of competitor_analysis") as refused:
        retry(store, job.id)
    assert refused.value.fix == f"plinthctl retry {job.id[-8:]} --fresh"
    assert everything(store) == before
    assert retry(store, job.id, fresh=True).restart.kept == ()
    assert job_row(store, job.id)["version"] == 1


@pytest.mark.parametrize(
    ("start", "error"),
    [
        pytest.param(Start(from_step="plan-queries"), UsageError, id="a step it does not have"),
        pytest.param(Start(), NotFound, id="a job that is not there"),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    store: Store, start: Start, error: type[PlinthError]
) -> None:
    job = failed(store).id if error is UsageError else an_id()
    before = everything(store)
    with pytest.raises(error):
        store.retry(job, start, ACT, NO_LIMITS, {})
    with pytest.raises(error):
        store.rehearse_retry(job, start, NO_LIMITS, {}, {})
    assert everything(store) == before


def test_a_retry_takes_a_place_under_each_limit_or_is_refused(store: Store) -> None:
    job = running(store, org="acme", user="ana")
    store.apply(fail(job))
    holder = admitted(store, org="acme", user="bo")
    before = everything(store)
    with pytest.raises(LimitReached) as refused:
        store.retry(job.id, Start(), ACT, Limits(org=1, user=1), {})
    full = refused.value.details["full"]
    assert [(one["scope"], one["active"]) for one in full] == [("org", [holder])]
    assert everything(store) == before
    store.retry(job.id, Start(), ACT, Limits(org=2, user=1), {})
    with pytest.raises(LimitReached):
        store.retry(job_of(store, "acme"), Start(), ACT, Limits(org=2), {})


def job_of(store: Store, org: str) -> str:
    job = running(store, org=org)
    store.apply(fail(job))
    return job.id


def test_a_rehearsal_says_the_same_and_changes_nothing(store: Store) -> None:
    job = failed(store)
    before = everything(store)
    told = store.rehearse_retry(job.id, Start(from_step=SITE), NO_LIMITS, {}, {})
    assert everything(store) == before
    assert retry(store, job.id, from_step=SITE) == told


def test_it_says_whether_it_must_fail_again_and_whether_it_is_held_back(store: Store) -> None:
    job = failed(store)
    store.pause_intake(TYPE, Act("ana", "pause"))
    found = retry(store, job.id)
    assert found.paused
    assert found.fails_again is not None
    assert "refused" in found.fails_again


def test_jobs_that_nobody_took_in_time_give_their_places_to_a_retry(
    timed: Store, clock: Clock
) -> None:
    job, late = job_of(timed, "acme"), admitted(timed, org="acme")
    clock.move(minutes=6)
    limits = Limits(org=1)
    assert timed.rehearse_retry(job, Start(), limits, {}, {}).job_id == job
    assert kinds(timed, late) == ["submitted"]
    timed.retry(job, Start(), ACT, limits, {})
    assert kinds(timed, late) == ["submitted", "expired"]
