"""Letting jobs in, one contract for both databases."""

from collections import Counter
from datetime import timedelta

import pytest

from plinthctl.domain.acts import Act
from plinthctl.domain.admission import Admitted, Outcome
from plinthctl.domain.expiry import Expiry
from plinthctl.domain.job import ACTIVE, FINAL
from plinthctl.domain.limits import NAMED_AT_MOST, Limits, Scope
from plinthctl.domain.pauses import ALL
from plinthctl.domain.queries import JobQuery
from plinthctl.domain.runs import NewJob
from plinthctl.errors import LimitReached, NotFound, WrongState
from plinthctl.store import Store
from plinthctl.store.tables import job_data, job_events, job_keys
from tests.store.acts import (
    ADDING,
    ENDS,
    NOON,
    Clock,
    a_decision,
    admitted,
    everything,
    job_row,
    registered,
    running,
    table_rows,
)
from tests.stores import INPUT, a_job


def full_scopes_of(refused: pytest.ExceptionInfo[LimitReached]) -> list[tuple[str, list[str]]]:
    return [(one["scope"], one["active"]) for one in refused.value.details["full"]]


def asked(store: Store, job: NewJob) -> Outcome:
    """What becomes of one job."""
    (outcome,) = store.admit_all([job], Limits(), "ana", {})
    return outcome


def test_a_job_that_was_admitted_is_there_and_pending(store: Store) -> None:
    job = a_job()
    assert store.admit(job, Limits(), "ana", {})
    found = store.job(job.id)
    assert found is not None
    assert (found.status, found.org, found.progress, found.attempt) == ("pending", job.org, 0, 1)


def test_an_admitted_job_has_its_input_and_its_first_event(timed: Store) -> None:
    job = a_job()
    timed.admit(job, Limits(), "ana", {})
    assert table_rows(timed, job_data, job_id=job.id)[0]["input"] == INPUT
    (event,) = timed.events_after(job.id, 0)
    assert (event.seq, event.kind, event.actor, event.at) == (1, "submitted", "ana", NOON)


def test_a_job_is_due_at_once_or_when_it_was_asked_for(timed: Store) -> None:
    later = NOON + timedelta(minutes=10)
    at_once, scheduled = admitted(timed), admitted(timed, available_at=later)
    assert job_row(timed, at_once)["available_at"] == NOON
    assert job_row(timed, scheduled)["available_at"] == later


def test_asking_again_after_a_lost_answer_makes_no_second_job(store: Store) -> None:
    job = a_job(org="acme")
    limits = Limits(org=1)
    assert store.admit(job, limits, "ana", {})
    assert store.admit(job, limits, "ana", {})
    assert len(table_rows(store, job_events, job_id=job.id)) == 1


def test_a_refusal_names_every_full_scope_and_its_holders(store: Store) -> None:
    holder = a_job(org="acme", user="ana")
    store.admit(holder, Limits(), "ana", {})
    with pytest.raises(LimitReached) as refused:
        store.admit(a_job(org="acme", user="ana"), Limits(org=1, user=1), "ana", {})
    assert full_scopes_of(refused) == [("org", [holder.id]), ("user", [holder.id])]


def test_a_refused_job_leaves_nothing_behind(store: Store) -> None:
    refused = a_job(key="k")
    with pytest.raises(LimitReached):
        store.admit(refused, Limits(org=0), "ana", {})
    assert store.job(refused.id) is None
    assert [table_rows(store, t) for t in (job_data, job_events, job_keys)] == [[], [], []]


@pytest.mark.parametrize(
    ("named", "accepted"),
    [
        pytest.param({}, 2, id="no exception: the general limit of 2"),
        pytest.param({(Scope.ORG, "acme"): 4}, 4, id="an exception for this organisation: 4"),
        pytest.param({(Scope.ORG, "other"): 4}, 2, id="another organisation's exception: still 2"),
        pytest.param({(Scope.USER, "ana"): 1}, 1, id="an exception may be smaller: 1"),
        pytest.param({(Scope.ORG, "acme"): 0}, 0, id="an exception of 0 lets nobody in"),
    ],
)
def test_named_limits_go_before_the_general_ones(
    store: Store, named: dict[tuple[Scope, str], int], accepted: int
) -> None:
    limits = Limits(org=2, user=9, named=named)
    for _ in range(accepted):
        store.admit(a_job(org="acme", user="ana"), limits, "ana", {})
    with pytest.raises(LimitReached):
        store.admit(a_job(org="acme", user="ana"), limits, "ana", {})


def test_a_users_limit_counts_in_every_organisation(store: Store) -> None:
    for org in ("a", "b", "c"):
        store.admit(a_job(org=org, user="ana"), Limits(), "ana", {})
    with pytest.raises(LimitReached) as refused:
        store.admit(a_job(org="d", user="ana"), Limits(), "ana", {})
    assert [scope for scope, _ in full_scopes_of(refused)] == ["user"]


def test_a_decisions_limit_counts_across_users(store: Store) -> None:
    decision = a_decision()
    store.add_decision(decision, ADDING)
    holders = [a_job(decision=decision.id) for _ in range(2)]
    for holder in holders:
        store.admit(holder, Limits(), "ana", {})
    with pytest.raises(LimitReached) as refused:
        store.admit(a_job(decision=decision.id), Limits(), "ana", {})
    assert full_scopes_of(refused) == [("decision", sorted(holder.id for holder in holders))]


def test_an_unknown_decision_is_not_found_and_makes_no_job(store: Store) -> None:
    job = a_job(decision="dec_00000000000000000000000000")
    with pytest.raises(NotFound):
        store.admit(job, Limits(), "ana", {})
    assert store.job(job.id) is None


@pytest.mark.parametrize("end", ["completed", "failed", "cancelled"])
def test_a_job_that_has_ended_holds_no_place(store: Store, end: str) -> None:
    job = running(store, org="acme")
    if end == "cancelled":
        store.request_cancel(job.id, "ana", None)
    store.apply(ENDS[end](job))
    assert store.admit(a_job(org="acme"), Limits(org=1), "ana", {})


def test_a_running_job_holds_its_place(store: Store) -> None:
    job = running(store, org="acme")
    with pytest.raises(LimitReached) as refused:
        store.admit(a_job(org="acme"), Limits(org=1), "ana", {})
    assert full_scopes_of(refused) == [("org", [job.id])]


def test_the_same_key_and_input_find_the_first_job(timed: Store, clock: Clock) -> None:
    first = a_job(org="acme", key="k")
    timed.admit(first, Limits(), "ana", {})
    clock.move(hours=23, minutes=59)
    assert asked(timed, a_job(org="acme", key="k")) == Admitted(first.id, existing=True)
    assert not timed.admit(a_job(org="acme", key="k"), Limits(org=1), "ana", {})


def test_the_order_of_an_inputs_fields_does_not_make_it_another(store: Store) -> None:
    store.admit(a_job(org="acme", key="k"), Limits(), "ana", {})
    backwards = dict(reversed(INPUT.items()))
    assert not store.admit(a_job(org="acme", key="k", input=backwards), Limits(), "ana", {})


def test_a_key_with_another_input_is_a_conflict_that_names_the_first(store: Store) -> None:
    first = a_job(org="acme", key="k")
    store.admit(first, Limits(), "ana", {})
    other = a_job(org="acme", key="k", input={**INPUT, "company_name": "Other"})
    with pytest.raises(WrongState, match=first.id[-8:]) as refused:
        store.admit(other, Limits(), "ana", {})
    assert refused.value.details == {"key": "k", "job": first.id}
    assert store.job(other.id) is None


def test_a_key_is_free_again_after_24_hours(timed: Store, clock: Clock) -> None:
    timed.admit(a_job(org="acme", key="k"), Limits(), "ana", {})
    clock.move(hours=24)
    second = a_job(org="acme", key="k", input={**INPUT, "company_name": "Other"})
    assert timed.admit(second, Limits(), "ana", {})
    again = a_job(org="acme", key="k", input=second.input)
    assert asked(timed, again) == Admitted(second.id, existing=True)


def test_each_organisation_has_its_own_keys(store: Store) -> None:
    store.admit(a_job(org="acme", key="k"), Limits(), "ana", {})
    assert store.admit(a_job(org="other", key="k"), Limits(), "ana", {})


def test_a_refusal_tells_when_a_place_is_likely_free(timed: Store, clock: Clock) -> None:
    running(timed, registered(timed), org="acme")
    clock.move(seconds=20)
    with pytest.raises(LimitReached) as refused:
        timed.admit(a_job(org="acme"), Limits(org=1), "ana", {"competitor_analysis": 90.0})
    assert refused.value.details["full"][0]["free_in_s"] == 70.0


def test_of_many_holders_a_refusal_names_the_oldest(store: Store) -> None:
    held = [admitted(store, org="acme") for _ in range(NAMED_AT_MOST + 5)]
    with pytest.raises(LimitReached) as refused:
        store.admit(a_job(org="acme"), Limits(org=5), "ana", {})
    assert full_scopes_of(refused) == [("org", sorted(held)[:NAMED_AT_MOST])]
    assert refused.value.details["full"][0]["held"] == len(held)


def test_a_scheduled_job_holds_its_place_until_it_has_run(timed: Store) -> None:
    admitted(timed, org="acme", available_at=NOON + timedelta(hours=1))
    with pytest.raises(LimitReached) as refused:
        timed.admit(a_job(org="acme"), Limits(org=1), "ana", {"competitor_analysis": 90.0})
    assert refused.value.details["full"][0]["free_in_s"] == 3690.0


def test_a_key_made_for_another_type_is_a_conflict(store: Store) -> None:
    store.admit(a_job(org="acme", key="k"), Limits(), "ana", {})
    with pytest.raises(WrongState):
        store.admit(a_job(org="acme", key="k", type="market_research"), Limits(), "ana", {})


def test_text_that_no_database_can_hold_is_kept_readable(store: Store) -> None:
    job = a_job(org="a\0b", user="\ud800", input={"company_name": "x\u202e🙂", "company_url": "u"})
    store.admit(job, Limits(), "ana", {})
    found = store.detail(job.id)
    assert found is not None
    assert (found.job.org, found.job.user) == ("a\ufffdb", "\ufffd")
    assert found.input == job.input


# Who was due for too long holds no place any more


def due_by(store: Store, count: int, **values: str) -> list[str]:
    """So many jobs that are pending, and due since now."""
    return [admitted(store, **values) for _ in range(count)]


def test_jobs_that_nobody_took_in_time_end_when_another_wants_their_places(
    timed: Store, clock: Clock
) -> None:
    late = due_by(timed, 5, org="acme")
    clock.move(minutes=5)
    assert isinstance(asked(timed, a_job(org="acme")), LimitReached)
    clock.move(microseconds=1)
    assert isinstance(asked(timed, a_job(org="acme")), Admitted)
    rows = [job_row(timed, job_id) for job_id in late]
    assert {(row["status"], row["error_code"]) for row in rows} == {("failed", "expired_in_queue")}
    assert [event.kind for event in timed.events_after(late[0], 0)] == ["submitted", "expired"]
    assert timed.count(JobQuery(orgs=("acme",), statuses=ACTIVE)) == 1


def test_only_those_that_hold_a_wanted_place_end_and_none_that_runs(
    timed: Store, clock: Clock
) -> None:
    decision = a_decision()
    timed.add_decision(decision, ADDING)
    runs = running(timed, org="acme").id
    (of_org,) = due_by(timed, 1, org="acme")
    (of_user,) = due_by(timed, 1, user="ana")
    (of_decision,) = due_by(timed, 1, decision=decision.id)
    (strange,) = due_by(timed, 1)
    later = admitted(timed, org="acme", available_at=NOON + timedelta(minutes=9))
    clock.move(minutes=9)
    assert isinstance(asked(timed, a_job(org="acme", user="ana", decision=decision.id)), Admitted)
    ended = {job.id for job in timed.jobs(JobQuery(statuses=FINAL))}
    assert ended == {of_org, of_user, of_decision}
    assert {job_row(timed, job_id)["status"] for job_id in (runs, strange, later)} == {
        "running",
        "pending",
    }


def test_a_rehearsal_counts_as_the_admission_would_and_ends_nothing(
    timed: Store, clock: Clock
) -> None:
    due_by(timed, 3, org="acme", user="ana")
    job = a_job(org="acme", user="ana")
    assert [type(one) for one in rehearsed(timed, job)] == [LimitReached]
    clock.move(minutes=6)
    before = everything(timed)
    batch = [a_job(org="acme", user="ana") for _ in range(4)]
    assert [type(one) for one in rehearsed(timed, *batch)] == [*[Admitted] * 3, LimitReached]
    assert everything(timed) == before


def rehearsed(store: Store, *batch: NewJob) -> tuple[Outcome, ...]:
    return store.rehearse(batch, Limits(), {}, Counter()).outcomes


def test_how_long_a_job_holds_its_place_is_a_setting(timed: Store, clock: Clock) -> None:
    (late,) = due_by(timed, 1, org="acme")
    clock.move(seconds=3)
    hasty = Limits(org=1, expiry=Expiry(pending_for=timedelta(seconds=2)))
    assert timed.admit(a_job(org="acme"), hasty, "ana", {})
    job = timed.job(late)
    assert job is not None
    assert job.error == "No worker took the job within 2 s of its being due."


def test_a_job_that_is_held_back_by_hand_keeps_its_place(timed: Store, clock: Clock) -> None:
    (waits,) = due_by(timed, 1, org="acme")
    timed.pause_intake(ALL, Act("ana", "pause"))
    clock.move(hours=1)
    with pytest.raises(LimitReached):
        timed.admit(a_job(org="acme"), Limits(org=1), "ana", {})
    assert job_row(timed, waits)["status"] == "pending"
