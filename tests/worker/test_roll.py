"""The roll call: what is in the store against what is in memory."""

import pytest

from plinthctl.domain.runs import OnRoll
from worker.roll import Held, RollCall, compare

A: Held = ("job_a", 1)
NOBODY: frozenset[Held] = frozenset()


def entry(held: Held, *, cancel: bool = False) -> OnRoll:
    return OnRoll(*held, cancel)


def found(**what: set[Held]) -> RollCall:
    empty = {"gone": NOBODY, "cancel": NOBODY, "give_back": NOBODY, "missing": NOBODY}
    return RollCall(**{**empty, **{name: frozenset(held) for name, held in what.items()}})


@pytest.mark.parametrize(
    ("roll", "before", "now", "missing_before", "expected"),
    [
        pytest.param([], (), (), (), found(), id="nothing anywhere: nothing to do"),
        pytest.param([entry(A)], {A}, {A}, (), found(), id="in both: all is well"),
        pytest.param([], {A}, {A}, (), found(gone={A}), id="held, not in the store: gone"),
        pytest.param(
            [entry(("job_a", 2))],
            {A},
            {A},
            (),
            found(gone={A}, missing={("job_a", 2)}),
            id="in the store under another token: ours is gone",
        ),
        pytest.param([], (), {A}, (), found(), id="claimed while the store was asked"),
        pytest.param([], {A}, (), (), found(), id="ended while the store was asked"),
        pytest.param([entry(A)], {A}, (), (), found(), id="ended just after the store looked"),
        pytest.param([entry(A)], (), {A}, (), found(), id="claimed just before the store looked"),
        pytest.param(
            [entry(A)], (), (), (), found(missing={A}), id="in the store only: missing, at first"
        ),
        pytest.param(
            [entry(A)], (), (), {A}, found(give_back={A}), id="missing twice running: given back"
        ),
        pytest.param([], (), (), {A}, found(), id="missing once, then gone from the store"),
        pytest.param(
            [entry(A)], {A}, {A}, {A}, found(), id="missing once, then here: the claim came"
        ),
        pytest.param(
            [entry(A, cancel=True)], {A}, {A}, (), found(cancel={A}), id="asked to cancel"
        ),
        pytest.param(
            [entry(A, cancel=True)], {A}, (), (), found(), id="asked to cancel, but just ended"
        ),
    ],
)
def test_a_roll_call_tells_what_to_do(
    roll: list[OnRoll],
    before: set[Held],
    now: set[Held],
    missing_before: set[Held],
    expected: RollCall,
) -> None:
    told = compare(
        roll,
        held_before=frozenset(before),
        held_now=frozenset(now),
        missing_before=frozenset(missing_before),
    )
    assert told == expected
