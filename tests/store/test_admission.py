"""Letting jobs in, one contract for both databases."""

import pytest

from plinthctl.domain.limits import Limits
from plinthctl.errors import LimitReached
from plinthctl.store import Store
from tests.stores import a_job


def test_a_job_that_was_admitted_is_there_and_pending(store: Store) -> None:
    job = a_job()
    assert store.admit(job, Limits(), "ana", {})
    found = store.job(job.id)
    assert found is not None
    assert (found.status, found.org, found.progress) == ("pending", job.org, 0)


def test_asking_again_after_a_lost_answer_makes_no_second_job(store: Store) -> None:
    job = a_job(org="acme")
    limits = Limits(org=1)
    assert store.admit(job, limits, "ana", {})
    assert store.admit(job, limits, "ana", {})


def test_a_refusal_names_every_full_scope_and_its_holders(store: Store) -> None:
    holder = a_job(org="acme", user="ana")
    store.admit(holder, Limits(), "ana", {})
    with pytest.raises(LimitReached) as refused:
        store.admit(a_job(org="acme", user="ana"), Limits(org=1, user=1), "ana", {})
    full = refused.value.details["full"]
    assert [(one["scope"], one["active"]) for one in full] == [
        ("org", [holder.id]),
        ("user", [holder.id]),
    ]
