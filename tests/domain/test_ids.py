import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinthctl.domain.ids import (
    ALPHABET,
    RANDOM_BYTES,
    IdPrefix,
    canonical_part,
    first_id,
    is_full,
    made_at_ms,
    new_id,
    short,
    tail,
)

MOMENTS = st.integers(0, 2**48 - 1)
RANDOM = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES)
FIRST = "job_01KAVJ5N3C0ZP4RD8W7Q2K9M4T"
SECOND = "job_01KAVJ5N3C0ZP4RD8W7Q2KB8X1"


@given(st.sampled_from(IdPrefix), MOMENTS, RANDOM)
def test_a_new_id_is_a_full_id_of_its_kind_only(
    prefix: IdPrefix, moment: int, random: bytes
) -> None:
    made = new_id(prefix, moment, random)
    assert [kind for kind in IdPrefix if is_full(made, kind)] == [prefix]


@given(MOMENTS, MOMENTS, RANDOM, RANDOM)
def test_ids_sort_by_their_time(one: int, other: int, a: bytes, b: bytes) -> None:
    ids = [new_id(IdPrefix.JOB, moment, r) for moment, r in ((one, a), (other, b))]
    assert (ids[0] < ids[1]) == ((one, a) < (other, b))


def test_the_time_is_written_as_the_ulid_specification_writes_its_example() -> None:
    assert new_id(IdPrefix.JOB, 1469918176385, bytes(10)) == "job_01ARYZ6S410000000000000000"


@pytest.mark.parametrize(
    ("moment", "random"),
    [
        pytest.param(0, bytes(9), id="too few random bytes"),
        pytest.param(0, bytes(11), id="too many random bytes"),
        pytest.param(-1, bytes(10), id="before 1970"),
        pytest.param(2**48, bytes(10), id="after the year 10889"),
    ],
)
def test_no_id_is_made_of_what_does_not_fit(moment: int, random: bytes) -> None:
    with pytest.raises(ValueError, match="an id"):
        new_id(IdPrefix.JOB, moment, random)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        pytest.param("7q2k9m4t", "7Q2K9M4T", id="small letters are raised"),
        pytest.param("JOB_01kavj", "job_01KAVJ", id="the prefix is lowered"),
        pytest.param("9M4T", "9M4T", id="four characters are enough"),
        pytest.param("M4T", None, id="three are not"),
        pytest.param("job_9M4", None, id="the prefix does not count"),
        pytest.param("job_", None, id="a prefix alone names nothing"),
        pytest.param("", None, id="nothing names nothing"),
        pytest.param("LOUI", None, id="letters that no id has"),
        pytest.param("7Q2K%", None, id="a wildcard of the store"),
        pytest.param("7Q2K\n", None, id="a line's end"),
        pytest.param("\N{KELVIN SIGN}9M4T", None, id="a letter that only looks like one"),
        pytest.param("@last", None, id="a word for a job is no part of an id"),
    ],
)
def test_what_an_operator_types_is_made_canonical(typed: str, expected: str | None) -> None:
    assert canonical_part(typed) == expected


@given(st.text(max_size=40))
def test_a_canonical_part_has_only_characters_of_ids(typed: str) -> None:
    part = canonical_part(typed)
    assert part is None or set(part.rpartition("_")[2]) <= set(ALPHABET)


@given(MOMENTS, RANDOM)
def test_the_short_form_in_small_letters_is_the_end_of_its_id(moment: int, random: bytes) -> None:
    made = new_id(IdPrefix.JOB, moment, random)
    part = canonical_part(short(made).lower())
    assert part is not None
    assert made.endswith(part)


@given(st.sampled_from(IdPrefix), MOMENTS, RANDOM)
def test_an_id_tells_its_time_whatever_its_prefix(
    prefix: IdPrefix, moment: int, random: bytes
) -> None:
    made = new_id(prefix, moment, random)
    assert made_at_ms(made) == moment
    assert made == f"{prefix}_{tail(made)}"


@given(MOMENTS, RANDOM, MOMENTS)
def test_the_first_id_of_a_moment_parts_before_from_after(
    made_at: int, random: bytes, moment: int
) -> None:
    made = new_id(IdPrefix.EVIDENCE, made_at, random)
    assert (made >= first_id(IdPrefix.EVIDENCE, moment)) == (made_at >= moment)


def test_before_1970_there_is_no_id_to_be_first() -> None:
    assert first_id(IdPrefix.BRIEF, -5) == "br_" + "0" * 26
