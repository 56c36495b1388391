import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinthctl.domain.liveness import (
    BackToQueue,
    Heard,
    Lost,
    Standing,
    after_loss,
    hear,
    is_silent,
    may_judge,
    standing,
    was_set_ahead,
)


@pytest.mark.parametrize(
    ("since_beat_s", "expected"),
    [
        pytest.param(0, Standing.SOUND, id="just beaten"),
        pytest.param(9.9, Standing.SOUND, id="one beat missed"),
        pytest.param(10, Standing.NO_NEW_STEP, id="10 s: no new step"),
        pytest.param(14.9, Standing.NO_NEW_STEP, id="nearly 15 s: what runs goes on"),
        pytest.param(15, Standing.LET_GO, id="15 s: another may have its jobs"),
    ],
)
def test_a_worker_does_less_the_older_its_last_beat(
    since_beat_s: float, expected: Standing
) -> None:
    assert standing(since_beat_s) is expected


@pytest.mark.parametrize(
    ("gaps_s", "expected"),
    [
        pytest.param((), False, id="no beat yet: it knows nothing"),
        pytest.param((5.0,), False, id="one beat is not enough"),
        pytest.param((5.0, 5.1), True, id="two on time"),
        pytest.param((5.0, 10.0), True, id="just on time"),
        pytest.param((5.0, 40.0), False, id="it was frozen itself"),
        pytest.param((40.0, 5.0), False, id="frozen, and back for one beat"),
        pytest.param((40.0, 5.0, 5.0), True, id="back for two beats"),
    ],
)
def test_only_who_was_on_time_judges_others(gaps_s: tuple[float, ...], expected: bool) -> None:
    assert may_judge(gaps_s) is expected


@pytest.mark.parametrize(
    ("looks", "silent"),
    [
        pytest.param([(1, 0.0)], False, id="heard of for the first time"),
        pytest.param([(1, 0.0), (1, 14.9)], False, id="still for less than 15 s"),
        pytest.param([(1, 0.0), (1, 5.0), (1, 15.0)], True, id="still for 15 s"),
        pytest.param([(1, 0.0), (2, 14.0), (2, 20.0)], False, id="a beat begins anew"),
        pytest.param([(9, 0.0), (1, 14.0), (1, 20.0)], False, id="so does a lower count"),
    ],
)
def test_silence_is_a_counter_that_stands_still(
    looks: list[tuple[int, float]], silent: bool
) -> None:
    heard: Heard | None = None
    for beats, at_s in looks:
        heard = hear(heard, beats, at_s)
    assert heard is not None
    assert is_silent(heard, looks[-1][1]) is silent


@given(st.lists(st.floats(0, 14.9), min_size=1, max_size=20))
def test_a_worker_that_beats_is_never_silent(gaps_s: list[float]) -> None:
    heard, at_s = hear(None, 0, 0.0), 0.0
    for beats, gap_s in enumerate(gaps_s, start=1):
        at_s += gap_s
        assert not is_silent(heard, at_s)
        heard = hear(heard, beats, at_s)


@pytest.mark.parametrize(
    ("store_s", "steady_s", "was_set"),
    [
        pytest.param(5.0, 5.0, False, id="they go on together"),
        pytest.param(3605.0, 5.0, True, id="an hour ahead between two beats"),
        pytest.param(-3595.0, 5.0, False, id="an hour back: nothing looks late for it"),
        pytest.param(28800.0, 28800.0, False, id="a night of sleep passes on both"),
        pytest.param(34.9, 5.0, False, id="an answer that was long on its way"),
    ],
)
def test_a_store_s_clock_that_was_set_ahead_is_ahead_of_one_that_nobody_sets(
    store_s: float, steady_s: float, was_set: bool
) -> None:
    assert was_set_ahead(store_s, steady_s) is was_set


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        pytest.param(1, BackToQueue(0.0, alone=False), id="the first: again at once"),
        pytest.param(2, BackToQueue(30.0, alone=True), id="the second: after 30 s, alone"),
        pytest.param(3, Lost(), id="the third: lost"),
        pytest.param(4, Lost(), id="and lost it stays"),
    ],
)
def test_what_a_loss_costs(losses: int, expected: BackToQueue | Lost) -> None:
    assert after_loss(losses) == expected


def test_losses_count_from_1() -> None:
    with pytest.raises(ValueError, match="count from 1"):
        after_loss(0)
