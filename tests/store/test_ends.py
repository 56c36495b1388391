"""How a run ends, and what it leaves, one contract for both databases."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from plinthctl.domain.acts import Act
from plinthctl.domain.expiry import Expiry
from plinthctl.domain.failures import FailureClass, Usage
from plinthctl.domain.limits import Limits
from plinthctl.domain.restart import Start
from plinthctl.domain.results import ResultKind
from plinthctl.domain.runs import ClaimedJob
from plinthctl.store import Store
from plinthctl.store.tables import job_ends, job_steps, result_tables, step_tries
from tests.store.acts import (
    ADDING,
    NOON,
    Clock,
    a_decision,
    a_result,
    admitted,
    advance,
    cancelled,
    complete,
    done,
    fail,
    job_row,
    kinds,
    registered,
    running,
    table_rows,
    waiting,
)

SOON = NOON + timedelta(seconds=9)


def test_a_completed_job_has_its_output_and_its_results(timed: Store) -> None:
    job = running(timed, org="acme")
    profile = a_result()
    timed.apply(complete(job, profile))
    detail = timed.detail(job.id)
    assert detail is not None
    assert (detail.job.status, detail.job.progress, detail.job.simulated) == (
        "completed",
        100,
        True,
    )
    assert detail.output == {"competitor_profile_id": profile.id}
    (result,) = detail.results
    assert (result.id, result.org, result.job_id, result.body) == (
        profile.id,
        "acme",
        job.id,
        {"name": "Acme"},
    )
    assert (result.model, result.prompt_version, result.simulated) == ("gpt-5", "1", True)
    assert result.sources[0]["url"] == "https://acme.com"


@pytest.mark.parametrize("kind", list(ResultKind))
def test_every_kind_of_result_has_its_table(store: Store, kind: ResultKind) -> None:
    decision = a_decision()
    store.add_decision(decision, ADDING)
    job = running(store, decision=decision.id)
    option = decision.options[0].id
    store.apply(complete(job, a_result(kind=kind, option_id=option)))
    (row,) = table_rows(store, result_tables[kind])
    assert (row["job_id"], row["decision"], row["cost_usd"]) == (job.id, decision.id, 0.5)
    detail = store.detail(job.id)
    assert detail is not None and [one.kind for one in detail.results] == [kind]


def test_results_are_there_only_with_their_jobs_end(store: Store) -> None:
    job = running(store)
    twice = a_result()
    with pytest.raises(Exception, match=r"(?i)unique"):
        store.apply(complete(job, twice, twice))
    assert job_row(store, job.id)["status"] == "running"
    assert table_rows(store, result_tables[ResultKind.PROFILE]) == []
    assert kinds(store, job.id) == ["submitted", "claimed"]


def test_an_end_is_one_row_with_step_times_and_cost(timed: Store, clock: Clock) -> None:
    job = running(timed)
    clock.move(seconds=4)
    timed.apply(advance(job, done("search-news")))
    timed.apply(advance(job, waiting("get-reviews", SOON)))
    ended_at = clock.move(seconds=4)
    timed.apply(complete(job))
    (end,) = table_rows(timed, job_ends)
    assert (end["job_id"], end["type"], end["status"]) == (job.id, job.type, "completed")
    assert (end["created_at"], end["started_at"], end["ended_at"]) == (NOON, NOON, ended_at)
    assert end["cost_usd"] == 1.5  # failed tries are paid for too
    assert set(end["step_times"]) == {"scrape-website", "search-news", "get-reviews"}


def _all_but_one_done(store: Store, **values: Any) -> ClaimedJob:
    """A running job with one step in flight, whose others cost a dollar together."""
    job = running(store, **values)
    for sibling in ("search-news", "get-reviews"):
        store.apply(advance(job, done(sibling)))
    return job


def _cost_usd(store: Store) -> float | None:
    """Of the newest end."""
    return max(table_rows(store, job_ends), key=lambda end: end["token"])["cost_usd"]


def test_what_a_stopped_step_cost_is_not_known_and_not_nought(store: Store) -> None:
    job = _all_but_one_done(store)
    store.request_cancel(job.id, "ana", None)
    store.apply(cancelled(job))
    assert _cost_usd(store) is None


@pytest.mark.parametrize(
    ("usage", "cost_usd"),
    [
        pytest.param(Usage(), 1.0, id="nobody was asked: nothing more"),
        pytest.param(Usage(calls=1, cost_usd=0.25), 1.25, id="a failed try is paid for, too"),
        pytest.param(Usage(calls=1, credits=2.0), 1.0, id="credits are no dollars"),
        pytest.param(Usage(calls=1), None, id="nobody told: unknown"),
        pytest.param(Usage(1, input_tokens=9, output_tokens=9), None, id="no price: unknown"),
    ],
)
def test_the_cost_of_an_end_is_the_sum_of_its_tries_or_unknown(
    store: Store, usage: Usage, cost_usd: float | None
) -> None:
    job = _all_but_one_done(store)
    failed = fail(job)
    store.apply(replace(failed, tried=replace(failed.tried, usage=usage)))
    assert _cost_usd(store) == cost_usd
    detail = store.detail(job.id)
    assert detail is not None and detail.cost.cost_usd == cost_usd


def test_a_job_that_never_ran_cost_nothing(timed: Store, clock: Clock) -> None:
    admitted(timed)
    clock.move(minutes=6)
    assert timed.expire(Expiry())
    assert _cost_usd(timed) == 0.0


def test_an_end_counts_only_what_was_spent_since_the_last_retry_by_hand(store: Store) -> None:
    job = _all_but_one_done(store)
    store.apply(fail(job))
    assert _cost_usd(store) == 1.5
    store.retry(job.id, Start(), Act("ana", "retry", None), Limits(), {})
    again = store.claim_one(registered(store), job.id)
    assert again is not None and again.round == 1
    failed = fail(again)
    store.apply(replace(failed, tried=replace(failed.tried, round=1)))
    assert _cost_usd(store) == 0.5
    detail = store.detail(job.id)
    assert detail is not None and detail.cost.cost_usd == 2.0


def test_a_failed_job_says_why_and_keeps_the_record(store: Store) -> None:
    job = running(store)
    store.apply(fail(job))
    detail = store.detail(job.id)
    assert detail is not None
    assert (detail.job.status, detail.job.error) == ("failed", "The key was refused.")
    assert detail.error_detail == {"class": "auth_failure"}
    assert job_row(store, job.id)["error_code"] == FailureClass.AUTH_FAILURE
    assert table_rows(store, job_ends)[0]["code"] == FailureClass.AUTH_FAILURE
    (tried,) = table_rows(store, step_tries)
    assert (tried["provider"], tried["failure_class"]) == ("llm", "auth_failure")
    states = {one["step"]: (one["state"], one["tries"]) for one in table_rows(store, job_steps)}
    assert states["scrape-website"] == ("waiting", 1)
    assert states["search-news"] == ("waiting", 0)  # a sibling is stopped and charged nothing


def test_a_stored_step_ends_a_row_of_losses(store: Store) -> None:
    worker = registered(store)
    job = running(store, worker)
    store.recover(job.id, job.token)
    again = store.claim_one(worker, job.id)
    assert again is not None and job_row(store, job.id)["losses"] == 1
    store.apply(advance(again, waiting("search-news", SOON)))
    assert job_row(store, job.id)["losses"] == 1
    store.apply(advance(again, done("scrape-website")))
    assert job_row(store, job.id)["losses"] == 0
