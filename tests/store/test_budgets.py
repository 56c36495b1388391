"""What organisations have spent today, and who is let in: one contract for both databases."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from plinthctl.domain.acts import Act
from plinthctl.domain.admission import Admitted
from plinthctl.domain.budgets import Budgets
from plinthctl.domain.limits import Limits
from plinthctl.domain.restart import Start
from plinthctl.errors import BudgetSpent
from plinthctl.store import Store, open_store
from plinthctl.store.tables import job_ends
from tests.store.acts import (
    NOON,
    TYPE,
    Clock,
    complete,
    everything,
    fail,
    job_row,
    running,
    write,
)
from tests.store.plans import sqlite_statements
from tests.stores import a_job, an_id

ONE = Limits(100, 100, 100, budgets=Budgets(org=1.0))
LENIENT = Limits(100, 100, 100, budgets=Budgets(org=1.0, refuse=False))
RETRY = Act("ana", "retry")


def paid(store: Store, *costs_usd: float | None, org: str = "acme", at: datetime = NOON) -> None:
    """Runs of that organisation that ended then and cost so much."""
    rows = [
        {
            "job_id": an_id(),
            "token": 1,
            "type": TYPE,
            "org": org,
            "status": "completed",
            "created_at": at,
            "started_at": at,
            "ended_at": at,
            "step_times": {},
            "cost_usd": cost_usd,
        }
        for cost_usd in costs_usd
    ]
    write(store, lambda tx: tx.insert_all(job_ends, rows))


def is_let_in(store: Store, limits: Limits = ONE, org: str = "acme") -> bool:
    (outcome,) = store.admit_all([a_job(org=org)], limits, "ana", {})
    assert isinstance(outcome, Admitted | BudgetSpent)
    return isinstance(outcome, Admitted)


def test_what_ended_today_is_spent_and_what_is_unknown_is_said(timed: Store, clock: Clock) -> None:
    midnight = clock.now.replace(hour=0)
    paid(timed, 0.25, 0.5, None, at=midnight)
    paid(timed, 9.0, None, at=midnight - timedelta(microseconds=1))
    paid(timed, 9.0, org="other")
    found = timed.spending("acme", ONE.budgets)
    assert found is not None
    assert (found.spent.known_usd, found.spent.unknown) == (0.75, 1)
    assert found.free_in_s == 12 * 3600
    assert is_let_in(timed)


def test_a_budget_that_is_used_up_lets_nobody_in_until_midnight(timed: Store, clock: Clock) -> None:
    paid(timed, 0.5, 0.5)
    before = everything(timed)
    assert not is_let_in(timed)
    assert everything(timed) == before
    assert is_let_in(timed, org="other")
    assert is_let_in(timed, LENIENT)
    clock.move(hours=12)
    assert is_let_in(timed)


def test_a_name_has_a_budget_of_its_own(timed: Store) -> None:
    paid(timed, 5.0)
    limits = Limits(budgets=Budgets(org=1.0, named={"acme": 6.0}))
    assert is_let_in(timed, limits)
    paid(timed, 1.0)
    assert not is_let_in(timed, limits)
    assert set(timed.spendings(limits.budgets)) == {"acme"}


def test_of_a_batch_only_those_whose_budget_is_used_up_are_refused(timed: Store) -> None:
    paid(timed, 2.0)
    batch = [a_job(org="acme"), a_job(org="other"), a_job(org="acme")]
    outcomes = timed.admit_all(batch, ONE, "ana", {})
    assert [type(one) for one in outcomes] == [BudgetSpent, Admitted, BudgetSpent]
    rehearsed = timed.rehearse(batch, ONE, {}, Counter()).outcomes
    assert isinstance(rehearsed[0], BudgetSpent)


def test_who_has_neither_place_nor_budget_is_told_of_the_budget(timed: Store) -> None:
    paid(timed, 2.0)
    none = Limits(0, 0, 0, budgets=ONE.budgets)
    (outcome,) = timed.admit_all([a_job(org="acme")], none, "ana", {})
    assert isinstance(outcome, BudgetSpent)


def test_a_key_finds_its_job_when_the_budget_is_used_up(timed: Store) -> None:
    job = a_job(org="acme", key="k")
    timed.admit(job, ONE, "ana", {})
    paid(timed, 2.0)
    again = a_job(org="acme", key="k", input=job.input)
    (outcome,) = timed.admit_all([again], ONE, "ana", {})
    assert outcome == Admitted(job.id, existing=True)


def test_a_retry_is_refused_and_the_job_stays_as_it_was(timed: Store, clock: Clock) -> None:
    job = running(timed, org="acme")
    timed.apply(fail(job))
    paid(timed, 2.0)
    before = everything(timed)
    with pytest.raises(BudgetSpent, match="org acme has spent"):
        timed.rehearse_retry(job.id, Start(), ONE, {}, {})
    with pytest.raises(BudgetSpent, match="org acme has spent"):
        timed.retry(job.id, Start(), RETRY, ONE, {})
    assert everything(timed) == before
    clock.move(hours=12)
    timed.retry(job.id, Start(), RETRY, ONE, {})
    assert job_row(timed, job.id)["status"] == "pending"


def test_who_was_let_in_before_spends_what_it_spends(timed: Store) -> None:
    """What a budget cannot hold: both were let in, and each costs more than was left."""
    jobs = [running(timed, org="acme") for _ in range(2)]
    for job in jobs:
        timed.apply(complete(job))
        paid(timed, 0.9)
    found = timed.spending("acme", ONE.budgets)
    assert found is not None
    assert found.used_up
    assert found.spent.known_usd > found.budget_usd
    assert not is_let_in(timed)


def test_an_index_alone_sums_up_what_was_spent(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    paid(store, 1.0)
    lines = sqlite_statements(store, "job_ends", lambda: store.spending("acme", Budgets(org=1.0)))
    assert lines == ["SEARCH job_ends USING COVERING INDEX job_ends_by_org (org=? AND ended_at>?)"]
    store.close()
