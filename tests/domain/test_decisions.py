"""What a decision may hold, and when two are the same."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plinthctl.domain.decisions import (
    MAX_BYTES,
    Criterion,
    DecisionContext,
    Option,
    checked,
    differences,
    named_option,
    with_option,
)
from plinthctl.errors import Conflict, InvalidInput

NOON = datetime(2026, 11, 24, 12, 0, 0, 123_000, UTC)
ZETA, NOVA = Option("opt_1", "Zeta"), Option("opt_2", "Nova", "with the solar panel")
SENSOR = DecisionContext(
    id="dec_1",
    org="acme",
    title="Which sensor to buy",
    question="Which survives frost?",
    context="# Background",
    criteria=(Criterion("price", 0.4, "lower"), Criterion("range")),
    options=(ZETA, NOVA),
    created_at=NOON,
)


def test_a_decision_that_fits_is_left_as_it_is() -> None:
    assert checked(SENSOR) is SENSOR


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"context": "é" * (MAX_BYTES // 2)}, "64 kB of text", id="64 kB and a title"),
        pytest.param({"org": "a\udcff"}, "not valid Unicode", id="bytes for an organisation"),
        pytest.param(
            {"criteria": tuple(Criterion(f"c{n}") for n in range(101))},
            "101 criteria; a decision has 100 at most",
            id="101 criteria",
        ),
        pytest.param(
            {"options": tuple(Option(f"opt_{n}", f"o{n}") for n in range(101))},
            "101 options; a decision has 100 at most",
            id="101 options",
        ),
        pytest.param(
            {"criteria": (Criterion("Price"), Criterion("price"))},
            'the criterion "price" is there twice',
            id="a criterion twice, in capitals once",
        ),
        pytest.param(
            {"options": (ZETA, replace(NOVA, name="ZETA"))},
            'the option "zeta" is there twice',
            id="an option's name twice",
        ),
        pytest.param(
            {"options": (ZETA, replace(NOVA, id="opt_1"))},
            'the option id "opt_1" is there twice',
            id="an option's id twice",
        ),
    ],
)
def test_a_decision_that_holds_too_much_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        checked(replace(SENSOR, **changes))


def test_a_hundred_of_each_are_not_too_many() -> None:
    many = replace(
        SENSOR,
        criteria=tuple(Criterion(f"c{n}") for n in range(100)),
        options=tuple(Option(f"opt_{n}", f"o{n}") for n in range(100)),
    )
    assert checked(many) == many


def test_an_option_more_stands_last() -> None:
    third = Option("opt_3", "Third")
    assert with_option(SENSOR, third).options == (ZETA, NOVA, third)


def test_an_option_by_a_name_that_is_taken_is_a_conflict_that_names_it() -> None:
    with pytest.raises(Conflict, match='has an option "Zeta" already') as refused:
        with_option(SENSOR, Option("opt_3", "zeta"))
    assert refused.value.details == {"decision": "dec_1", "option": "opt_1"}


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        pytest.param({}, (), id="the same"),
        pytest.param({"title": "Other"}, ("title",), id="another title"),
        pytest.param(
            {"question": None, "org": "other"}, ("org", "question"), id="two other fields"
        ),
        pytest.param({"options": (NOVA, ZETA)}, ("options",), id="options in another order"),
        pytest.param(
            {"criteria": (Criterion("price", 0.5, "lower"), Criterion("range"))},
            ("criteria",),
            id="another weight",
        ),
        pytest.param(
            {"created_at": NOON + timedelta(microseconds=999)}, (), id="later in one millisecond"
        ),
        pytest.param(
            {"created_at": NOON + timedelta(milliseconds=1)},
            ("created_at",),
            id="a millisecond later",
        ),
    ],
)
def test_the_fields_that_differ_are_named(changes: dict[str, Any], names: tuple[str, ...]) -> None:
    assert differences(SENSOR, replace(SENSOR, **changes)) == names


WHOLE_ZETA = Option("opt_01KAVJ5N3C0ZP4RD8W7Q2K9M4A", "Zeta")
WHOLE_NOVA = Option("opt_01KAVJ5N3C0ZP4RD8W7Q2K9M4B", "Nova one")
NAMESAKE = Option("opt_01KAVJ5N3C0ZP4RD8W7QXXXM4B", "2K9M4A")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        pytest.param("Zeta", WHOLE_ZETA, id="its name"),
        pytest.param("  nova ONE ", WHOLE_NOVA, id="its name in other letters"),
        pytest.param(WHOLE_ZETA.id, WHOLE_ZETA, id="its id"),
        pytest.param("Q2K9M4B", WHOLE_NOVA, id="the end of its id"),
        pytest.param("q2k9m4b", WHOLE_NOVA, id="the end in small letters"),
        pytest.param("2K9M4A", NAMESAKE, id="a name that looks like an end is a name"),
        pytest.param("M4B", None, id="an end of fewer than 4 characters"),
        pytest.param("Nova", None, id="half a name"),
        pytest.param("01KAVJ", None, id="a beginning, which all ids share"),
        pytest.param("", None, id="nothing"),
        pytest.param("a\x00", None, id="what stands in no id"),
    ],
)
def test_an_option_is_meant_by_its_name_or_an_end_of_its_id(
    typed: str, found: Option | None
) -> None:
    decision = replace(SENSOR, options=(WHOLE_ZETA, WHOLE_NOVA, NAMESAKE))
    assert named_option(decision, typed) == found


def test_an_end_that_two_options_share_means_none() -> None:
    twin = Option("opt_01KAVJ5N3C0ZP4RD8W7QYYYM4B", "Twin")
    decision = replace(SENSOR, options=(twin, replace(WHOLE_NOVA, id=f"{twin.id[:-8]}ZYYYM4B")))
    assert named_option(decision, "YYYM4B") is None
    assert named_option(decision, "ZYYYM4B") is not None
