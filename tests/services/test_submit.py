"""Submitting: what is checked before any store is asked."""

from dataclasses import replace

import pytest

from plinthctl.domain.limits import Limits
from plinthctl.domain.runs import NewJob
from plinthctl.errors import InvalidInput, OutcomeUnknown, PlinthError, ReadOnly, UsageError
from plinthctl.services.submit import Order, Submit, one_decision, prepare
from plinthctl.store import Store
from tests.cli import samples
from tests.stores import a_job

ACME = {"company_name": " Acme Corp ", "company_url": "https://acme.com"}
DECISION = "dec_01KAVJ5N3C0ZP4RD8W7Q2K9M4T"


def prepared(order: Order) -> NewJob:
    return prepare(order, unix_ms=1_763_900_000_000, random=bytes(10))


def test_an_order_becomes_a_job_with_checked_input() -> None:
    job = prepared(Order("competitor_analysis", ACME, "acme", "ana"))
    assert job.id == "job_01KARA41R00000000000000000"
    assert (job.org, job.user, job.decision) == ("acme", "ana", None)
    assert job.input["company_name"] == "Acme Corp"


@pytest.mark.parametrize(
    ("order", "error"),
    [
        pytest.param(Order("market_research", {"topic": "bees"}), UsageError, id="no pipeline"),
        pytest.param(Order("competitor_analysis", {}), InvalidInput, id="nothing given"),
        pytest.param(Order("brewing", {}), PlinthError, id="an unknown type"),
        pytest.param(
            Order("competitor_analysis", ACME, org=" "), InvalidInput, id="an empty organisation"
        ),
        pytest.param(
            Order("competitor_analysis", ACME, user="a\udcff"), InvalidInput, id="bytes for a user"
        ),
    ],
)
def test_an_order_that_cannot_be_run_is_refused(order: Order, error: type[PlinthError]) -> None:
    with pytest.raises(error):
        prepared(order)


@pytest.mark.parametrize(
    ("given", "flag"),
    [({"decision": DECISION}, None), ({}, DECISION), ({"decision": DECISION}, DECISION)],
)
def test_the_input_and_the_flag_fill_each_other(given: dict[str, str], flag: str | None) -> None:
    filled = one_decision(Order("brief_generation", given, decision=flag))
    assert filled == ({"decision": DECISION}, DECISION)


def test_two_decisions_are_refused() -> None:
    with pytest.raises(UsageError, match="two decisions"):
        one_decision(Order("brief_generation", {"decision": DECISION}, decision="dec_other"))


def test_a_type_without_a_decision_keeps_it_out_of_its_input() -> None:
    order = Order("competitor_analysis", ACME, decision=DECISION)
    assert one_decision(order) == (ACME, DECISION)


class Deaf:
    """A store whose answers to a commit are lost so many times."""

    def __init__(self, lost: int) -> None:
        self.asked: list[str] = []
        self._lost = lost

    def admit(self, job: NewJob, *_: object) -> bool:
        self.asked.append(job.id)
        if len(self.asked) <= self._lost:
            raise OutcomeUnknown("the answer was lost")
        return True

    def job(self, job_id: str) -> object:
        return samples.pending(id=job_id)


def test_a_lost_answer_is_asked_again_for_the_same_job() -> None:
    store = Deaf(lost=2)
    job = prepared(Order("competitor_analysis", ACME))
    admitted = Submit(store, Limits(), "ana").admit(job)  # type: ignore[arg-type]
    assert admitted.id == job.id
    assert store.asked == [job.id] * 3


def test_an_answer_that_stays_lost_is_told() -> None:
    store = Deaf(lost=9)
    with pytest.raises(OutcomeUnknown):
        Submit(store, Limits(), "ana").admit(prepared(Order("competitor_analysis", ACME)))  # type: ignore[arg-type]
    assert len(store.asked) == 3


def test_read_only_asks_no_store() -> None:
    store = Deaf(lost=0)
    submit = Submit(store, Limits(), "ana", read_only=True)  # type: ignore[arg-type]
    with pytest.raises(ReadOnly):
        submit.admit(prepared(Order("competitor_analysis", ACME)))
    assert store.asked == []


def test_a_key_that_has_made_a_job_gives_that_job_back(store: Store) -> None:
    first, second = (replace(a_job(org="acme"), key="nightly") for _ in range(2))
    door = Submit(store, Limits(), "ana")
    assert door.admit(first).id == first.id
    assert door.admit(second).id == first.id
