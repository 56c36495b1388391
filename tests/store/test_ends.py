"""How a run ends, and what it leaves, one contract for both databases."""

from datetime import timedelta

import pytest

from plinthctl.domain.failures import FailureClass
from plinthctl.domain.results import ResultKind
from plinthctl.store import Store
from plinthctl.store.tables import job_ends, job_steps, result_tables, step_tries
from tests.store.acts import (
    ADDING,
    NOON,
    Clock,
    a_decision,
    a_result,
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


def test_a_cost_that_is_not_known_is_not_nought(store: Store) -> None:
    job = running(store)
    store.request_cancel(job.id, "ana", None)
    store.apply(cancelled(job))
    assert table_rows(store, job_ends)[0]["cost_usd"] is None


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
