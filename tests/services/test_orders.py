"""Orders: what is checked before any store is asked."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.runs import NewJob
from plinthctl.errors import InvalidInput, PlinthError, UsageError
from plinthctl.services.orders import Order, one_decision, prepare

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


def test_a_type_without_a_pipeline_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = replace(JOB_TYPES["evidence_search"], name="brewing", runnable=False)
    monkeypatch.setitem(JOB_TYPES, "brewing", entry)
    with pytest.raises(UsageError, match="its pipeline is not part of this version"):
        prepared(Order("brewing", {"query": "hops"}))


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


def test_a_key_and_a_start_go_with_the_job() -> None:
    later = datetime(2026, 3, 1, 12, tzinfo=UTC)
    job = prepared(Order("competitor_analysis", ACME, key="nightly", available_at=later))
    assert (job.key, job.available_at) == ("nightly", later)


@pytest.mark.parametrize("key", ["", " ", "a\x00b", "\udcff", "k" * 2001])
def test_a_key_that_cannot_be_kept_is_refused(key: Any) -> None:
    with pytest.raises(InvalidInput, match="key: "):
        prepared(Order("competitor_analysis", ACME, key=key))
