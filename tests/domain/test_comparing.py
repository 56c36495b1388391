"""Two jobs side by side, leaf by leaf."""

from dataclasses import replace
from typing import Any

import pytest

from plinthctl.domain.comparing import ABSENT, LEAVES, Compared, Pair, Part, compare
from tests.cli import samples

DETAIL = samples.a_detail(samples.completed(), results=(samples.a_profile(),))


def pairs(one: Any, other: Any) -> dict[str, Pair]:
    """Of two jobs with these outputs of one step."""
    found = compare(Compared(DETAIL, {"a": one}), Compared(DETAIL, {"a": other}))
    return {pair.name: pair for pair in found if pair.part is Part.OUTPUT}


def test_a_job_beside_itself_is_the_same() -> None:
    itself = Compared(DETAIL, {"a": {"b": [1, None]}})
    found = compare(itself, itself)
    assert all(pair.same for pair in found)
    assert {pair.part for pair in found} == set(Part)


@pytest.mark.parametrize(
    ("one", "other", "differing"),
    [
        pytest.param({"b": 1}, {"b": 2}, {"a b": (1, 2)}, id="a field"),
        pytest.param({"b": [1, 2]}, {"b": [1]}, {"a b[1]": (2, ABSENT)}, id="a longer list"),
        pytest.param(
            {"b": {"c": "x"}},
            {"b": 3},
            {"a b.c": ("x", ABSENT), "a b": (ABSENT, 3)},
            id="another shape",
        ),
        pytest.param({"b": 1}, {"b": True}, {"a b": (1, True)}, id="1 is not true"),
        pytest.param("x", "y", {"a": ("x", "y")}, id="a text alone"),
        pytest.param({"b": {}}, {"b": {}}, {}, id="nothing in it"),
    ],
)
def test_what_differs_is_named_by_its_path(one: Any, other: Any, differing: Any) -> None:
    found = pairs(one, other)
    assert {n: (p.one, p.other) for n, p in found.items() if not p.same} == differing


def test_times_and_costs_are_measured_and_what_made_the_result_is_named() -> None:
    newer = replace(DETAIL.results[0], model="m-2", prompt_version="9")
    found = compare(Compared(DETAIL, {}), Compared(replace(DETAIL, results=(newer,)), {}))
    differ = {pair.name for pair in found if not pair.same}
    kind = DETAIL.results[0].kind
    assert differ == {f"{kind} 1 model", f"{kind} 1 prompt_version"}
    assert {pair.name for pair in found if pair.measured and pair.part is Part.JOB} == {
        "waited_s",
        "took_s",
        "cost_usd",
        "credits",
        "input_tokens",
        "output_tokens",
    }


def test_a_strangers_json_is_cut_into_no_more_pieces_than_anybody_reads() -> None:
    deep: Any = "x"
    for _ in range(5_000):
        deep = [deep]
    wide = {str(n): n for n in range(100_000)}
    assert len(pairs(deep, wide)) <= 2 * LEAVES
