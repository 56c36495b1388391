"""The floor under the bell: how often the store is asked, and what is left to the bell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinthctl.domain import floor


@pytest.mark.parametrize(
    ("bell_heard", "workers", "roll", "expected_s"),
    [
        pytest.param(True, 1, 0.5, 1.0, id="one worker: each second"),
        pytest.param(True, 1, 0.0, 0.75, id="a quarter earlier"),
        pytest.param(True, 1000, 0.5, 1.0, id="a thousand workers: each second still"),
        pytest.param(True, 10_000, 0.5, 10.0, id="ten thousand: a thousand asks a second in all"),
        pytest.param(False, 1, 0.0, 0.5, id="a silent bell: after half a second"),
        pytest.param(False, 1, 0.5, 0.75, id="a silent bell: in the middle"),
        pytest.param(False, 10_000, 0.0, 0.5, id="a silent bell: however many there are"),
    ],
)
def test_how_long_an_idle_worker_waits(
    bell_heard: bool, workers: int, roll: float, expected_s: float
) -> None:
    assert floor.pause_s(bell_heard=bell_heard, workers=workers, roll=roll) == expected_s


@given(st.booleans(), st.integers(0, 100_000), st.floats(0, 1, exclude_max=True))
def test_a_pause_is_never_so_short_that_a_change_has_no_time(
    bell_heard: bool, workers: int, roll: float
) -> None:
    pause_s = floor.pause_s(bell_heard=bell_heard, workers=workers, roll=roll)
    assert pause_s >= floor.SILENT_EVERY_S[0] > floor.AFTER_A_CHANGE_S


def test_new_jobs_are_left_to_a_bell_that_rings() -> None:
    assert floor.leave_s(bell_heard=True) == 2.0
    assert floor.leave_s(bell_heard=False) == 0.0
