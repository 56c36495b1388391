"""What an operator types of an id, and what is meant by it: one rule for every kind."""

import pytest

from plinthctl.errors import AmbiguousId, NotFound
from plinthctl.services.naming import DECISION, JOB, RESULT, Noun

FIRST = "01KAVJ5N3C0ZP4RD8W7Q2K9M4T"
SECOND = "01KAVJ5N3C0ZP4RD8W7Q2KB8X1"


def find_in(*known: str):
    def find(part: str, at_most: int) -> tuple[str, ...]:
        fit = (one for one in known if one.endswith(part) or one.startswith(part))
        return tuple(fit)[:at_most]

    return find


NOBODY = find_in()


@pytest.mark.parametrize(
    ("noun", "prefix"), [(JOB, "job"), (DECISION, "dec"), (RESULT, "cp"), (RESULT, "br")]
)
@pytest.mark.parametrize(
    "typed",
    [
        pytest.param(lambda whole: whole, id="whole"),
        pytest.param(str.lower, id="whole, in small letters"),
        pytest.param(lambda whole: whole[-8:], id="its last 8"),
        pytest.param(lambda whole: whole[-4:].lower(), id="its last 4, in small letters"),
        pytest.param(lambda whole: whole[:-1], id="almost all of it"),
    ],
)
def test_a_part_of_an_id_is_enough(noun: Noun, prefix: str, typed) -> None:
    whole = f"{prefix}_{FIRST}"
    assert noun.resolve(typed(whole), find_in(whole)) == whole


@pytest.mark.parametrize(
    ("noun", "whole"), [(DECISION, f"dec_{FIRST}"), (RESULT, f"ev_{FIRST}"), (JOB, f"job_{FIRST}")]
)
def test_a_whole_id_is_taken_at_its_word(noun: Noun, whole: str) -> None:
    assert noun.resolve(whole, NOBODY) == whole


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        pytest.param("ZZZZZZZZ", None, id="nothing has it"),
        pytest.param("abc", "4 or more characters", id="too short"),
        pytest.param("%%%%", "4 or more characters", id="no part of an id"),
        pytest.param(f"job_{FIRST}", None, id="another kind's whole id"),
    ],
)
def test_what_names_nothing_is_told_with_the_list_to_look_at(typed: str, why: str | None) -> None:
    with pytest.raises(NotFound) as missing:
        DECISION.resolve(typed, NOBODY)
    assert missing.value.message == f'no decision "{typed}"'
    assert missing.value.fix == "plinthctl decision list"
    assert (missing.value.why or "").endswith("its beginning or end" if why else "")
    assert why is None or why in (missing.value.why or "")


def test_what_fits_several_names_them_all() -> None:
    known = (f"dec_{FIRST}", f"dec_{SECOND}")
    with pytest.raises(AmbiguousId, match='"dec_01ka" fits 2 decisions') as several:
        DECISION.resolve("dec_01ka", find_in(*known))
    assert several.value.details["candidates"] == list(known)
    assert several.value.why == "7Q2K9M4T, 7Q2KB8X1"
    assert several.value.fix == f"plinthctl decision show {known[0]}"


def test_more_than_ten_are_not_all_named() -> None:
    known = [f"dec_{FIRST[:-2]}{n:02}" for n in range(12)]
    with pytest.raises(AmbiguousId, match="fits 10 decisions, and more"):
        DECISION.resolve("dec_01KA", find_in(*known))
