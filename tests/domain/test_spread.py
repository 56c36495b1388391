"""Percentiles: exact from values, and within the stated error from histograms."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinthctl.domain.spread import ERROR, FINEST_S, Histogram, Values, rank

DURATIONS = st.lists(st.floats(0, 1e6, allow_nan=False), min_size=5, max_size=300)


@pytest.mark.parametrize(
    ("count", "percent", "place"),
    [
        pytest.param(1, 50, 1, id="of one it is that one"),
        pytest.param(20, 95, 19, id="of twenty the nineteenth: one in twenty is above"),
        pytest.param(21, 95, 20, id="a broken place is the next whole one"),
        pytest.param(100, 99, 99, id="in whole numbers: 0.99 x 100 may not become 100"),
        pytest.param(1000, 50, 500, id="the lower of two in the middle"),
    ],
)
def test_a_percentile_is_the_nearest_rank(count: int, percent: int, place: int) -> None:
    assert rank(count, percent) == place


def test_of_fewer_than_five_only_their_number_is_told() -> None:
    for spread in (Values(), Histogram()):
        for _ in range(4):
            spread.add(1.0)
        summary = spread.summary()
        assert (summary.count, summary.average_s, summary.p50_s) == (4, None, None)
        spread.add(1.0)
        assert spread.summary().p50_s == pytest.approx(1.0, rel=ERROR)


@given(DURATIONS)
def test_a_histogram_is_right_within_its_error(values: list[float]) -> None:
    exact, rough = Values(), Histogram()
    for value in values:
        exact.add(value)
        rough.add(value)
    found, expected = rough.summary(), exact.summary()
    assert found.count == expected.count
    assert found.average_s == pytest.approx(expected.average_s)
    for mine, true in (
        (found.p50_s, expected.p50_s),
        (found.p95_s, expected.p95_s),
        (found.p99_s, expected.p99_s),
    ):
        assert mine is not None and true is not None
        assert math.isclose(mine, true, rel_tol=ERROR * (1 + 1e-9), abs_tol=FINEST_S)


@given(DURATIONS, DURATIONS)
def test_two_histograms_add_up_to_one_of_all(some: list[float], others: list[float]) -> None:
    together, left, right = Histogram(), Histogram(), Histogram()
    for value in some:
        left.add(value)
        together.add(value)
    for value in others:
        right.add(value)
        together.add(value)
    left.add_all(right)
    assert (left.count, left.bins) == (together.count, together.bins)
    assert left.sum_s == pytest.approx(together.sum_s)


@given(DURATIONS)
def test_what_is_stored_comes_back(values: list[float]) -> None:
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    assert Histogram.from_json(histogram.to_json()) == histogram


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="nothing was counted"):
        Histogram().percentile_s(95)
