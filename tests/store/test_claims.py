"""Taking due jobs for a worker, one contract for both databases."""

from datetime import timedelta

import pytest

from plinthctl.domain.failures import FailureClass
from plinthctl.domain.steps import StepStatus
from plinthctl.store import Store
from tests.store.acts import (
    FIRST_STEPS,
    NOON,
    TYPE,
    Clock,
    admitted,
    advance,
    degraded,
    done,
    everything,
    job_row,
    kinds,
    put_back,
    registered,
    running,
    set_job,
    waiting,
)
from tests.stores import INPUT, an_id


def test_the_longest_due_comes_first_and_no_more_than_asked_for(timed: Store) -> None:
    worker = registered(timed)
    ages_s = (1, 3, 2)
    young, oldest, old = (
        admitted(timed, available_at=NOON - timedelta(seconds=age)) for age in ages_s
    )
    assert [job.id for job in timed.claim(worker, [TYPE], 2)] == [oldest, old]
    assert [job.id for job in timed.claim(worker, [TYPE], 2)] == [young]
    assert timed.claim(worker, [TYPE], 2) == ()


def test_a_job_is_left_alone_until_it_is_due(timed: Store, clock: Clock) -> None:
    worker = registered(timed)
    job = admitted(timed, available_at=NOON + timedelta(seconds=10))
    assert timed.claim(worker, [TYPE], 5) == ()
    assert timed.claim_one(worker, job) is None
    clock.move(seconds=10)
    assert [one.id for one in timed.claim(worker, [TYPE], 5)] == [job]


def test_a_worker_takes_only_jobs_of_its_types(store: Store) -> None:
    worker, job = registered(store), admitted(store)
    assert store.claim(worker, ["market_research"], 5) == ()
    assert [one.id for one in store.claim(worker, ["market_research", TYPE], 5)] == [job]


@pytest.mark.parametrize("who", ["retired", "unknown"])
def test_nothing_is_claimed_for_a_worker_that_is_gone(store: Store, who: str) -> None:
    worker = registered(store) if who == "retired" else an_id()
    store.retire(worker)
    job = admitted(store)
    before = everything(store)
    assert store.claim(worker, [TYPE], 5) == ()
    assert store.claim_one(worker, job) is None
    assert everything(store) == before


def test_a_claim_that_finds_nothing_writes_nothing(store: Store) -> None:
    worker = registered(store)
    admitted(store, available_at=store.now() + timedelta(hours=1))
    before = everything(store)
    assert store.claim(worker, [TYPE], 5) == ()
    assert everything(store) == before


def test_a_claim_starts_the_first_steps_in_the_same_breath(timed: Store) -> None:
    job = running(timed)
    assert job.started == FIRST_STEPS
    detail = timed.detail(job.id)
    assert detail is not None
    steps = {step.name: (step.status, step.started_at) for step in detail.steps}
    assert [steps[name] for name in FIRST_STEPS] == [(StepStatus.RUNNING, NOON)] * 3
    assert steps["generate-profile"] == (StepStatus.NEW, None)


def test_a_claimed_job_is_shown_running_with_its_first_step(timed: Store) -> None:
    worker = registered(timed, name="north")
    job = running(timed, worker)
    found = timed.job(job.id)
    assert found is not None
    assert (found.status, found.worker, found.started_at) == ("running", "north", NOON)
    assert (found.progress, found.step) == (30, "scrape-website")
    assert kinds(timed, job.id) == ["submitted", "claimed"]


def test_a_claim_brings_what_the_run_needs(store: Store) -> None:
    job = running(store, org="acme", user="ana")
    assert (job.token, job.round, job.progress) == (1, 0, 0)
    assert (job.org, job.user, job.decision, job.input) == ("acme", "ana", None, INPUT)
    assert (job.outputs, job.failed, job.last_failure) == ({}, {}, {})


def test_a_job_that_lost_two_workers_is_only_claimed_by_its_id(store: Store) -> None:
    worker, job = registered(store), admitted(store)
    set_job(store, job, losses=2)
    assert store.claim(worker, [TYPE], 5) == ()
    assert store.due_alone([TYPE], 5) == (job,)
    assert store.due_alone(["market_research"], 5) == ()
    claimed = store.claim_one(worker, job)
    assert claimed is not None
    assert store.due_alone([TYPE], 5) == ()


def test_a_job_that_lost_one_worker_runs_beside_others(store: Store) -> None:
    worker, job = registered(store), admitted(store)
    set_job(store, job, losses=1)
    assert store.due_alone([TYPE], 5) == ()
    assert [one.id for one in store.claim(worker, [TYPE], 5)] == [job]


def test_stored_results_come_back_and_their_steps_do_not_run_again(store: Store) -> None:
    worker = registered(store)
    first = running(store, worker)
    store.apply(advance(first, done("scrape-website", {"text": "…"})))
    store.apply(advance(first, degraded("search-news")))
    store.apply(put_back(first))
    again = store.claim_one(worker, first.id)
    assert again is not None
    assert again.started == ("get-reviews",)
    assert again.outputs == {"scrape-website": {"text": "…"}, "search-news": None}
    assert again.reasons == {"search-news": "no key"}
    assert again.token == first.token + 1


def test_failed_tries_come_back_with_the_newest_failures_words(timed: Store, clock: Clock) -> None:
    worker = registered(timed)
    job = running(timed, worker)
    for number in (1, 2):
        later = clock.move(seconds=1)
        timed.apply(put_back(job, waiting("search-news", later, number), at=later))
        claimed = timed.claim_one(worker, job.id)
        assert claimed is not None
        job = claimed
    assert job.failed == {"search-news": (FailureClass.NETWORK_TIMEOUT,) * 2}
    assert job.last_failure["search-news"].detail == "no answer"
    assert job.board["search-news"].tries == 2
    found = timed.job(job.id)
    assert found is not None and found.attempt == 3


def test_a_step_whose_wait_is_not_over_is_not_started(timed: Store) -> None:
    worker = registered(timed)
    job = running(timed, worker)
    timed.apply(put_back(job, waiting("search-news", NOON + timedelta(seconds=9))))
    again = timed.claim_one(worker, job.id)
    assert again is not None
    assert again.started == ("scrape-website", "get-reviews")
    assert again.board["search-news"].status is StepStatus.WAITING


def test_a_claim_after_a_recovery_has_a_higher_token(store: Store) -> None:
    worker = registered(store)
    first = running(store, worker)
    store.recover(first.id, first.token)
    second = store.claim_one(worker, first.id)
    assert second is not None and second.token > first.token
    assert job_row(store, first.id)["claim_token"] == second.token


def test_waiting_jobs_are_counted_due_or_not(store: Store) -> None:
    admitted(store)
    admitted(store, available_at=store.now() + timedelta(hours=1))
    running(store)
    assert store.due_count([TYPE]) == 2
    assert store.running_count([TYPE]) == 1
    assert store.due_count(["market_research"]) == 0


def test_named_jobs_are_taken_if_they_could_be_taken_unnamed(timed: Store, clock: Clock) -> None:
    worker = registered(timed)
    due, later = admitted(timed), admitted(timed, available_at=NOON + timedelta(seconds=10))
    taken, alone = running(timed).id, admitted(timed)
    set_job(timed, alone, losses=2)
    named = [later, taken, alone, due, an_id(), due]
    assert timed.claim_named(worker, ["market_research"], named) == ()
    assert [job.id for job in timed.claim_named(worker, [TYPE], named)] == [due]
    assert timed.claim_named(worker, [TYPE], named) == ()
    clock.move(seconds=10)
    assert [job.id for job in timed.claim_named(worker, [TYPE], named)] == [later]


def test_unnamed_jobs_are_left_where_jobs_are_named(store: Store) -> None:
    worker, job = registered(store), admitted(store)
    assert store.claim_named(worker, [TYPE], []) == ()
    assert store.claim_named(worker, [TYPE], [an_id()]) == ()
    assert [one.id for one in store.claim(worker, [TYPE], 5)] == [job]


def test_named_jobs_are_taken_the_longest_due_first_all_of_them(timed: Store) -> None:
    worker = registered(timed)
    ages_s = (1, 3, 2)
    young, oldest, old = (
        admitted(timed, available_at=NOON - timedelta(seconds=age)) for age in ages_s
    )
    taken = timed.claim_named(worker, [TYPE], [young, old, oldest])
    assert [job.id for job in taken] == [oldest, old, young]


@pytest.mark.parametrize("who", ["retired", "unknown"])
def test_nothing_that_is_named_is_claimed_for_a_worker_that_is_gone(store: Store, who: str) -> None:
    worker = registered(store) if who == "retired" else an_id()
    store.retire(worker)
    job = admitted(store)
    before = everything(store)
    assert store.claim_named(worker, [TYPE], [job]) == ()
    assert everything(store) == before


def test_a_new_job_is_left_to_those_who_were_told_of_it(timed: Store, clock: Clock) -> None:
    worker, job = registered(timed), admitted(timed)
    assert timed.claim(worker, [TYPE], 5, leave_s=2.0) == ()
    clock.move(seconds=1.9)
    assert timed.claim(worker, [TYPE], 5, leave_s=2.0) == ()
    clock.move(seconds=0.1)
    assert [one.id for one in timed.claim(worker, [TYPE], 5, leave_s=2.0)] == [job]


def test_a_job_that_was_left_is_taken_when_it_is_named(timed: Store) -> None:
    worker, job = registered(timed), admitted(timed)
    assert timed.claim(worker, [TYPE], 5, leave_s=2.0) == ()
    assert [one.id for one in timed.claim_named(worker, [TYPE], [job])] == [job]


def test_what_nobody_was_told_of_is_not_left(timed: Store, clock: Clock) -> None:
    worker = registered(timed)
    planned = admitted(timed, available_at=NOON + timedelta(seconds=10))
    given_back = running(timed, worker)
    timed.apply(put_back(given_back))
    assert [one.id for one in timed.claim(worker, [TYPE], 5, leave_s=2.0)] == [given_back.id]
    clock.move(seconds=10)
    assert [one.id for one in timed.claim(worker, [TYPE], 5, leave_s=2.0)] == [planned]
