"""Letting many jobs in by one transaction, one contract for both databases."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest

from plinthctl.domain.admission import BATCH, Admitted, Outcome
from plinthctl.domain.limits import Limits, Scope
from plinthctl.domain.queries import JobQuery
from plinthctl.domain.runs import NewJob
from plinthctl.errors import LimitReached, NotFound, WrongState
from plinthctl.store import Store
from plinthctl.store.tables import job_data, job_events, job_keys
from tests.store.acts import ADDING, NO_LIMITS, NOON, a_decision, admitted, everything, table_rows
from tests.stores import INPUT, a_job

ANA = {"org": "acme", "user": "ana"}


def admit(store: Store, *batch: NewJob, limits: Limits = NO_LIMITS) -> list[str]:
    """What became of each job, in a word."""
    return words(batch, outcomes(store, *batch, limits=limits))


def words(batch: Sequence[NewJob], outcomes: Sequence[Outcome]) -> list[str]:
    return [word(job, one) for job, one in zip(batch, outcomes, strict=True)]


def outcomes(store: Store, *batch: NewJob, limits: Limits = NO_LIMITS) -> tuple[Outcome, ...]:
    return store.admit_all(batch, limits, "ana", {})


def word(job: NewJob, outcome: Outcome) -> str:
    if not isinstance(outcome, Admitted):
        return outcome.code
    if outcome.existing:
        return f"twin {outcome.job_id}"
    assert outcome.job_id == job.id
    return "in"


def test_every_job_of_a_batch_has_its_row_its_input_and_its_event(timed: Store) -> None:
    later = NOON + timedelta(minutes=10)
    batch = [
        a_job(available_at=later if n % 2 else None, input={**INPUT, "n": n}) for n in range(5)
    ]
    assert admit(timed, *batch) == ["in"] * 5
    rows = {job.id: job for job in timed.jobs(JobQuery())}
    inputs = {row["job_id"]: row["input"]["n"] for row in table_rows(timed, job_data)}
    for n, job in enumerate(batch):
        assert rows[job.id].available_at == (later if n % 2 else NOON)
        assert inputs[job.id] == n
        (event,) = timed.events_after(job.id, 0)
        assert (event.seq, event.kind, event.actor, event.at) == (1, "submitted", "ana", NOON)


def test_no_job_is_no_work(store: Store) -> None:
    assert outcomes(store) == ()


def test_the_jobs_before_it_in_the_batch_count(store: Store) -> None:
    batch = [a_job(**ANA) for _ in range(5)]
    assert admit(store, *batch, limits=Limits(user=3)) == ["in"] * 3 + ["limit_reached"] * 2


def test_the_jobs_that_were_there_count_too(store: Store) -> None:
    admitted(store, **ANA)
    batch = [a_job(**ANA) for _ in range(3)]
    assert admit(store, *batch, limits=Limits(user=2)) == ["in", *["limit_reached"] * 2]


def test_a_job_that_is_refused_stops_no_other(store: Store) -> None:
    users = ["ana", "ana", "bo", "ana", "cy", "dan"]
    batch = [a_job(org="acme", user=user) for user in users]
    told = admit(store, *batch, limits=Limits(org=4, user=1))
    assert told == ["in", "limit_reached", "in", "limit_reached", "in", "in"]
    assert store.count(JobQuery(orgs=("acme",))) == 4


def test_a_refusal_names_the_holders_that_the_batch_has_made(store: Store) -> None:
    batch = [a_job(**ANA) for _ in range(3)]
    *_, refused = outcomes(store, *batch, limits=Limits(org=2, user=2))
    assert isinstance(refused, LimitReached)
    full = [(one["scope"], one["active"]) for one in refused.details["full"]]
    holders = sorted(job.id for job in batch[:2])
    assert full == [("org", holders), ("user", holders)]


def test_a_named_limit_counts_in_a_batch(store: Store) -> None:
    limits = Limits(org=9, user=1, named={(Scope.USER, "bot"): 3})
    batch = [a_job(org="acme", user=user) for user in ("bot", "bot", "ana", "ana", "bot", "bot")]
    refused = "limit_reached"
    assert admit(store, *batch, limits=limits) == ["in", "in", "in", refused, "in", refused]


def test_an_unknown_decision_refuses_its_own_job_only(store: Store) -> None:
    decision = a_decision()
    store.add_decision(decision, ADDING)
    unknown = a_job(decision="dec_00000000000000000000000000")
    batch = [a_job(decision=decision.id), unknown, a_job(decision=decision.id), a_job()]
    assert admit(store, *batch) == ["in", "not_found", "in", "in"]
    assert store.job(unknown.id) is None


def test_asking_again_after_a_lost_answer_makes_no_second_job(store: Store) -> None:
    batch = [a_job(**ANA) for _ in range(3)]
    limits = Limits(user=2)
    assert admit(store, *batch, limits=limits) == ["in", "in", "limit_reached"]
    before = everything(store)
    assert admit(store, *batch, limits=limits) == ["in", "in", "limit_reached"]
    assert everything(store) == before


def test_keys_count_within_a_batch(store: Store) -> None:
    first = a_job(org="acme", key="k")
    again, other = a_job(org="acme", key="k"), a_job(org="acme", key="k", input={"x": 1})
    elsewhere = a_job(org="pear", key="k")
    assert admit(store, first, again, other, elsewhere) == [
        "in",
        f"twin {first.id}",
        WrongState.code,
        "in",
    ]
    assert len(table_rows(store, job_keys)) == 2


def test_the_key_of_a_refused_job_stays_free(store: Store) -> None:
    full = [a_job(**ANA), a_job(**ANA, key="k")]
    assert admit(store, *full, limits=Limits(user=1)) == ["in", "limit_reached"]
    assert admit(store, a_job(org="acme", key="k", input={"x": 1})) == ["in"]


def test_a_batch_as_large_as_they_come(store: Store) -> None:
    batch = [a_job(**ANA) for _ in range(BATCH)]
    assert admit(store, *batch) == ["in"] * BATCH
    assert len(table_rows(store, job_events)) == BATCH


def test_a_rehearsal_says_the_same_and_writes_nothing(store: Store) -> None:
    twin = a_job(**ANA, key="k")
    store.admit(twin, NO_LIMITS, "ana", {})
    batch = [a_job(**ANA), a_job(**ANA, key="k"), a_job(decision="dec_0"), a_job(**ANA)]
    before, limits = everything(store), Limits(user=2)
    rehearsed = store.rehearse(batch, limits, {}, Counter())
    assert everything(store) == before
    told = words(batch, rehearsed.outcomes)
    assert told == ["in", f"twin {twin.id}", NotFound.code, "limit_reached"]
    assert told == admit(store, *batch, limits=limits)


def test_a_rehearsal_goes_on_from_the_one_before(store: Store) -> None:
    holder = admitted(store, **ANA)
    limits = Limits(user=3)
    first = store.rehearse([a_job(**ANA)], limits, {}, Counter())
    second = store.rehearse([a_job(**ANA), a_job(**ANA)], limits, {}, first.taken)
    *_, refused = second.outcomes
    assert [isinstance(one, Admitted) for one in second.outcomes] == [True, False]
    assert isinstance(refused, LimitReached)
    assert "user ana would already have 3 of 3 active jobs" in refused.message
    assert refused.details["full"][0]["active"] == [holder]
    assert second.taken == {(Scope.ORG, "acme"): 2, (Scope.USER, "ana"): 2}


@pytest.mark.parametrize("known", [0, 1, 3])
def test_details_come_in_the_order_of_their_ids(store: Store, known: int) -> None:
    ids = [admitted(store) for _ in range(known)]
    asked = [*reversed(ids), "job_00000000000000000000000000"]
    assert [one.job.id for one in store.details_by_ids(asked)] == [*reversed(ids)]
