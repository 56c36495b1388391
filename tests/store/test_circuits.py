"""Circuits in the store: who is claimed, who waits and what lets them go, on each database."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from plinthctl.domain.acts import Act
from plinthctl.domain.circuits import (
    PROBE_MAY_TAKE,
    CircuitEvent,
    CircuitRules,
    CircuitState,
    Reason,
    Sign,
)
from plinthctl.domain.expiry import Expiry
from plinthctl.domain.job import JobEvent, Phase
from plinthctl.domain.runs import ClaimedJob, PutBack, Shown
from plinthctl.store import Store
from plinthctl.store.opening import open_database
from tests.store.acts import (
    NOON,
    Clock,
    Timed,
    admitted,
    audits,
    fail,
    job_row,
    kinds,
    registered,
)

SEARCH: Final = "evidence_search"
KEYS: Final = {"exa": "k1", "llm": "k2"}
RULES: Final = CircuitRules(probe_after_s=30.0, probe_cap_s=300.0)
TRIP: Final = Sign("exa", "k1", CircuitEvent.TRIP, Reason.AUTH_REFUSED, "No such key.", RULES)
REFUSED: Final = replace(TRIP, event=CircuitEvent.REFUSED)
ANSWERED: Final = replace(TRIP, event=CircuitEvent.ANSWERED)
BY_HAND: Final = Act("ana", "open_circuit", "their maintenance")
PARKED: Final = Shown(0, None, "Parked: waits for Exa", 1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed(store_url: str, clock: Clock) -> Iterator[Store]:
    """A store at noon until the clock is moved."""
    opened = Store(Timed(open_database(store_url), clock))
    yield opened
    opened.close()


def searches(store: Store, count: int) -> list[str]:
    return [admitted(store, type=SEARCH, input={"query": "frost"}) for _ in range(count)]


def claims(store: Store, at_most: int = 10, **more: object) -> list[ClaimedJob]:
    keys = more.get("keys", KEYS)
    return list(store.claim(registered(store), [SEARCH], at_most, keys=keys))  # type: ignore[arg-type]


def trip(store: Store) -> None:
    """One job is refused, and fails as it must."""
    searches(store, 1)
    [job] = claims(store, 1)
    store.apply(replace(fail(job, "search-sources"), sign=TRIP))


def phases(store: Store, ids: list[str]) -> set[Phase]:
    return {job.phase for one in ids if (job := store.job(one)) is not None}


def put_back(job: ClaimedJob) -> PutBack:
    sign = REFUSED
    return PutBack(job.id, job.token, JobEvent.PARK, PARKED, parked="exa:k1", sign=sign)


def test_the_failure_that_shows_it_opens_the_circuit_in_its_own_transaction(timed: Store) -> None:
    trip(timed)
    [circuit] = timed.circuits()
    assert (circuit.state, circuit.reason, circuit.message) == (
        CircuitState.OPEN,
        Reason.AUTH_REFUSED,
        "No such key.",
    )
    assert (circuit.opened_at, circuit.probe_at) == (NOON, NOON + timedelta(seconds=30))


def test_a_claim_parks_all_who_need_it_and_takes_those_behind_them(timed: Store) -> None:
    trip(timed)
    ids = searches(timed, 25)
    other = admitted(timed, type="brief_generation", decision=None)
    found = timed.claim(registered(timed), [SEARCH, "brief_generation"], 2, keys=KEYS)
    assert [job.id for job in found] == [other]
    assert phases(timed, ids) == {Phase.PARKED}
    row = job_row(timed, ids[0])
    assert (row["available_at"], row["claim_token"]) == (NOON + timedelta(seconds=30), 0)
    assert kinds(timed, ids[0]) == ["submitted", "parked"]
    assert timed.circuits()[0].parked == 25


def test_another_key_is_not_kept_from_anything(timed: Store) -> None:
    trip(timed)
    searches(timed, 1)
    assert claims(timed, keys={"exa": "another"})


def test_parked_jobs_do_not_age(timed: Store, clock: Clock) -> None:
    trip(timed)
    ids = searches(timed, 1)
    assert not claims(timed)
    clock.move(hours=9)
    assert timed.expire(Expiry()) == ()
    job = timed.job(ids[0])
    assert job is not None
    assert not job.stuck(Expiry())


def test_exactly_one_job_probes_until_it_is_answered_or_gone(timed: Store, clock: Clock) -> None:
    trip(timed)
    ids = searches(timed, 5)
    assert not claims(timed)
    clock.move(seconds=30)
    [probe] = claims(timed)
    assert (probe.id, set(probe.probes)) == (ids[0], {"exa"})
    assert not claims(timed)
    assert timed.circuits()[0].state is CircuitState.HALF_OPEN
    clock.move(seconds=PROBE_MAY_TAKE.total_seconds())
    assert [job.id for job in claims(timed)] == [ids[1]]


def test_a_refused_probe_waits_with_the_others_uncharged_and_the_next_is_another(
    timed: Store, clock: Clock
) -> None:
    trip(timed)
    ids = searches(timed, 3)
    assert not claims(timed)
    clock.move(seconds=30)
    [probe] = claims(timed)
    timed.apply(put_back(probe))
    [circuit] = timed.circuits()
    assert (circuit.state, circuit.refused, circuit.parked) == (CircuitState.OPEN, 1, 3)
    assert circuit.probe_at == clock.now + timedelta(seconds=60)
    assert phases(timed, ids) == {Phase.PARKED}
    detail = timed.detail(probe.id, events=False)
    assert detail is not None
    assert [step.tries for step in detail.steps] == [0, 0, 0]
    clock.move(seconds=61)
    assert [job.id for job in claims(timed)] == [ids[1]]


def test_an_answered_probe_lets_all_go(timed: Store, clock: Clock) -> None:
    trip(timed)
    ids = searches(timed, 3)
    assert not claims(timed)
    clock.move(seconds=30)
    [probe] = claims(timed)
    timed.apply(replace(fail(probe, "search-sources"), sign=ANSWERED))
    assert timed.circuits()[0].closed
    assert {job.id for job in claims(timed)} == set(ids[1:])


def test_only_the_probe_s_own_answer_closes_it(timed: Store, clock: Clock) -> None:
    searches(timed, 2)
    first, late = claims(timed)
    timed.apply(replace(fail(first, "search-sources"), sign=TRIP))
    searches(timed, 2)
    assert not claims(timed)
    clock.move(seconds=30)
    assert claims(timed)
    timed.apply(replace(fail(late, "search-sources"), sign=ANSWERED))
    assert timed.circuits()[0].state is CircuitState.HALF_OPEN


def test_a_job_that_is_parked_after_the_circuit_has_closed_is_due_at_once(timed: Store) -> None:
    searches(timed, 1)
    [job] = claims(timed)
    timed.apply(replace(put_back(job), sign=None))
    assert phases(timed, [job.id]) == {Phase.PENDING}
    assert claims(timed)


def test_by_hand_it_is_open_to_every_key_until_it_is_closed(timed: Store, clock: Clock) -> None:
    ids = searches(timed, 2)
    assert timed.open_circuit("exa", BY_HAND)
    assert not timed.open_circuit("exa", BY_HAND)
    assert not claims(timed)
    assert not claims(timed, keys={})
    clock.move(days=30)
    assert not claims(timed)
    assert timed.close_circuit("exa", BY_HAND)
    assert not timed.close_circuit("exa", BY_HAND)
    assert {job.id for job in claims(timed)} == set(ids)
    assert [one["action"] for one in audits(timed)] == ["open_circuit"] * 2


def test_a_worker_with_a_new_key_lets_go_what_the_old_one_held(timed: Store) -> None:
    trip(timed)
    ids = searches(timed, 2)
    assert not claims(timed)
    assert timed.supersede_circuits(KEYS) == ()
    new = {**KEYS, "exa": "new"}
    assert timed.supersede_circuits(new) == ("exa",)
    assert {job.id for job in claims(timed, keys=new)} == set(ids)


def test_nothing_is_left_for_a_burst_where_all_is_parked(timed: Store) -> None:
    trip(timed)
    searches(timed, 2)
    assert timed.anything_left([SEARCH])
    assert not claims(timed)
    assert not timed.anything_left([SEARCH])


def test_a_cancelled_job_waits_for_nothing_any_more(timed: Store) -> None:
    trip(timed)
    [job] = searches(timed, 1)
    assert not claims(timed)
    timed.request_cancel(job, "ana", None)
    assert job_row(timed, job)["parked"] is None
    assert timed.circuits()[0].parked == 0
