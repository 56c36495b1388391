"""A decision and its options are named in few letters, wherever a job is submitted or found."""

import json
from dataclasses import replace

import pytest

from plinthctl.domain.decisions import Option
from plinthctl.domain.ids import IdPrefix, short
from plinthctl.store import Store
from tests.cli.conftest import Call
from tests.store.acts import ADDING, a_decision
from tests.stores import an_id

ACME = ("-i", "company_name=Acme", "-i", "company_url=https://acme.com")


@pytest.fixture
def decision(store: Store) -> str:
    """The id of a decision between Zeta and Nova."""
    options = (Option(an_id(IdPrefix.OPTION), "Zeta"), Option(an_id(IdPrefix.OPTION), "Nova"))
    made = replace(a_decision(), options=options)
    store.add_decision(made, ADDING)
    return made.id


def submitted(call: Call, *words: str) -> dict[str, object]:
    said = call("submit", *words, "-o", "json")
    assert said.code == 0, said.err
    job: dict[str, object] = json.loads(said.out)
    return job


@pytest.mark.parametrize("typed", [str, short, lambda one: short(one).lower()])
@pytest.mark.parametrize("flag", ["--decision", "-i"])
def test_a_job_is_submitted_for_a_decision_by_the_end_of_its_id(
    call: Call, decision: str, typed: "type[str]", flag: str
) -> None:
    given = (flag, f"decision={typed(decision)}" if flag == "-i" else typed(decision))
    job = submitted(call, "brief_generation", *given)
    assert (job["decision"], job["input"]) == (decision, {"decision": decision})


def test_the_flag_and_the_field_may_name_it_in_two_ways(call: Call, decision: str) -> None:
    given = ("-i", f"decision={decision}", "--decision", short(decision))
    assert submitted(call, "brief_generation", *given)["decision"] == decision


def test_any_job_belongs_to_it(call: Call, decision: str) -> None:
    job = submitted(call, "competitor_analysis", *ACME, "--decision", short(decision))
    assert job["decision"] == decision


@pytest.mark.parametrize("typed", ["Zeta", " zeta", "{id}", "{end}"])
def test_an_option_is_named_by_its_name_or_its_id(
    call: Call, store: Store, decision: str, typed: str
) -> None:
    found = store.decision(decision)
    assert found is not None
    option = found.options[0].id
    words = typed.format(id=option, end=option[-7:].lower())
    given = ("--decision", short(decision), "-i", f"option={words}")
    job = submitted(call, "option_analysis", *given)
    assert job["input"] == {"decision": decision, "option": option}


def test_an_option_that_the_decision_does_not_have_is_told_with_those_it_has(
    call: Call, decision: str
) -> None:
    said = call("submit", "option_analysis", "--decision", decision, "-i", "option=Beta")
    assert said.code == 3
    assert f'{decision} has no option "Beta"' in said.err
    assert '"Zeta", "Nova"' in said.err
    assert "fix: plinthctl decision show" in said.err


def test_a_decision_that_is_not_there_is_told(call: Call, decision: str) -> None:
    said = call("submit", "brief_generation", "--decision", "ZZZZZZZZ")
    assert said.code == 3
    assert 'no decision "ZZZZZZZZ"' in said.err
    whole = f"dec_{'Z' * 26}"
    said = call("submit", "option_analysis", "--decision", whole, "-i", "option=Zeta")
    assert said.code == 3


def test_jobs_are_found_by_the_end_of_their_decisions_id(call: Call, decision: str) -> None:
    job = submitted(call, "brief_generation", "--decision", decision)
    submitted(call, "competitor_analysis", *ACME)
    assert call("list", "--decision", short(decision), "-o", "id").out.split() == [job["id"]]
    assert call("list", "--decision", "ZZZZZZZZ", "-o", "id").out == ""
    said = call("cancel", "--decision", short(decision), "--yes")
    assert said.code == 0
    assert call("list", "--active", "--decision", short(decision), "-o", "id").out == ""
