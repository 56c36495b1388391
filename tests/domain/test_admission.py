"""Who is let in, decided from what the store knows."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinthctl.domain.admission import (
    Conflict,
    First,
    Full,
    Known,
    LetIn,
    NoDecision,
    OverBudget,
    Present,
    Twin,
    Verdict,
    conflict,
    judged,
    taken_by,
)
from plinthctl.domain.limits import Scope, Slot
from plinthctl.domain.runs import NewJob
from plinthctl.errors import ExitCode

ACME, ANA, DECISION = (Scope.ORG, "acme"), (Scope.USER, "ana"), (Scope.DECISION, "dec_1")
INPUT = {"n": 1, "of": {"a": 1, "b": 2}}
FIRST = First("job_0", "t", INPUT)


def a_job(number: int = 1, **values: Any) -> NewJob:
    job = NewJob(f"job_{number}", "t", 1, "acme", "ana", None, INPUT)
    return replace(job, **values)


def knows(free: dict[Slot, int] | None = None, **more: Any) -> Known:
    plenty = {ACME: 9, ANA: 9, DECISION: 9, **(free or {})}
    return replace(Known(frozenset(), {}, frozenset({"dec_1"}), plenty), **more)


NO_PLACE = {ACME: 0, ANA: 0, DECISION: 0}
KEYED = {("acme", "k"): FIRST}


@pytest.mark.parametrize(
    ("job", "known", "verdict"),
    [
        pytest.param(a_job(), knows(), LetIn(), id="there is room: in"),
        pytest.param(a_job(), knows({ACME: 1, ANA: 1}), LetIn(), id="the last place: in"),
        pytest.param(a_job(), knows({ANA: 0}), Full((ANA,)), id="one scope is full: that one"),
        pytest.param(
            a_job(decision="dec_1"),
            knows(NO_PLACE),
            Full((ACME, ANA, DECISION)),
            id="all are full: all are named",
        ),
        pytest.param(a_job(), knows({DECISION: 0}), LetIn(), id="not its decision: in"),
        pytest.param(
            a_job(),
            knows(spent=frozenset({"acme"})),
            OverBudget(),
            id="its organisation has spent what it may",
        ),
        pytest.param(
            a_job(),
            knows(NO_PLACE, spent=frozenset({"acme"})),
            OverBudget(),
            id="no place, either: a place would not help",
        ),
        pytest.param(
            a_job(), knows(spent=frozenset({"other"})), LetIn(), id="another has spent: in"
        ),
        pytest.param(
            a_job(key="k"),
            knows(spent=frozenset({"acme"}), firsts=KEYED),
            Twin("job_0"),
            id="nothing is left, but its key has made it before",
        ),
        pytest.param(
            a_job(),
            knows(NO_PLACE, there=frozenset({"job_1"})),
            Present(),
            id="it is there: whatever the limits",
        ),
        pytest.param(
            a_job(decision="dec_2"), knows(), NoDecision(), id="a decision that nobody knows"
        ),
        pytest.param(
            a_job(key="k"), knows(NO_PLACE, firsts=KEYED), Twin("job_0"), id="its key's first job"
        ),
        pytest.param(
            a_job(key="k", input={"of": {"b": 2, "a": 1}, "n": 1}),
            knows(firsts=KEYED),
            Twin("job_0"),
            id="the order of fields makes no other input",
        ),
        pytest.param(
            a_job(key="k", input={**INPUT, "n": True}),
            knows(firsts=KEYED),
            Conflict("job_0"),
            id="true is not 1: another input",
        ),
        pytest.param(
            a_job(key="k", type="u"),
            knows(firsts=KEYED),
            Conflict("job_0"),
            id="the same input of another type",
        ),
        pytest.param(a_job(key="l"), knows(firsts=KEYED), LetIn(), id="another key: in"),
        pytest.param(
            a_job(key="k", org="pear"),
            knows({(Scope.ORG, "pear"): 1}, firsts=KEYED),
            LetIn(),
            id="another organisation's key: in",
        ),
        pytest.param(a_job(), knows(firsts=KEYED), LetIn(), id="no key: in"),
    ],
)
def test_what_becomes_of_a_job(job: NewJob, known: Known, verdict: Verdict) -> None:
    assert judged([job], known) == (verdict,)


def test_those_before_it_take_places() -> None:
    batch = [a_job(n) for n in range(3)]
    assert judged(batch, knows({ANA: 2})) == (LetIn(), LetIn(), Full((ANA,)))


def test_those_who_were_refused_take_none() -> None:
    batch = [a_job(1, user="bo"), a_job(2), a_job(3)]
    known = knows({ACME: 2, (Scope.USER, "bo"): 0})
    assert judged(batch, known) == (Full(((Scope.USER, "bo"),)), LetIn(), LetIn())


def test_a_key_counts_from_the_job_that_brings_it() -> None:
    batch = [a_job(1, key="k"), a_job(2, key="k"), a_job(3, key="k", input={})]
    assert judged(batch, knows()) == (LetIn(), Twin("job_1"), Conflict("job_1"))


def test_one_job_twice_in_a_batch_is_one() -> None:
    assert judged([a_job(1), a_job(1)], knows({ANA: 1})) == (LetIn(), Present())


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"))), st.integers(0, 4))
def test_no_scope_gets_more_than_it_had_free(whose: list[tuple[str, str]], free: int) -> None:
    batch = [a_job(n, org=org, user=user) for n, (org, user) in enumerate(whose)]
    orgs: dict[Slot, int] = {(Scope.ORG, org): free for org in "ab"}
    users: dict[Slot, int] = {(Scope.USER, user): 2 for user in "xyz"}
    places = {**orgs, **users}
    verdicts = judged(batch, knows(places))
    taken = taken_by(batch, verdicts)
    assert all(taken[place] <= places[place] for place in taken)
    for job, verdict in zip(batch, verdicts, strict=True):
        if isinstance(verdict, Full):
            assert all(taken[place] == places[place] for place in verdict.slots)
            assert {name for _, name in verdict.slots} <= {job.org, job.user}


def test_only_what_is_let_in_takes_places() -> None:
    batch = [a_job(1), a_job(2, decision="dec_1"), a_job(3)]
    verdicts = (LetIn(), LetIn(), Twin("job_0"))
    assert taken_by(batch, verdicts) == Counter({ACME: 2, ANA: 2, DECISION: 1})


def test_a_conflict_names_the_first_job() -> None:
    error = conflict("nightly", "job_01KAVJ5N3C0ZP4RD8W7Q2K9M4T")
    assert error.exit_code is ExitCode.WRONG_STATE
    assert 'the key "nightly" belongs to 7Q2K9M4T' in error.message
    assert "plinthctl show 7Q2K9M4T" in (error.fix or "")
