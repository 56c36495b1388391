"""Who is held back, and how old a job is once it is let go."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinthctl.domain.pauses import ALL, Pause, due_after, held_until, holding

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def pause(scope: str, since: float) -> Pause:
    return Pause(scope, at(since), "ana")


BRIEFS, EVERYTHING = pause("brief_generation", 0), pause(ALL, 5)


@pytest.mark.parametrize(
    ("job_type", "held_by"),
    [
        ("brief_generation", (BRIEFS, EVERYTHING)),
        ("option_analysis", (EVERYTHING,)),
    ],
)
def test_a_job_is_held_by_its_type_and_by_all_intake(
    job_type: str, held_by: tuple[Pause, ...]
) -> None:
    assert holding([BRIEFS, EVERYTHING], job_type) == held_by


@pytest.mark.parametrize(
    ("available", "due"),
    [
        pytest.param(-4, 56, id="due 4 minutes before the pause: 4 minutes old when it ends"),
        pytest.param(0, 60, id="due as it began: due as it ends"),
        pytest.param(30, 60, id="due meanwhile: due as it ends"),
        pytest.param(60, 60, id="due as it ends"),
        pytest.param(61, 61, id="due later: as it was"),
    ],
)
def test_a_pause_of_an_hour_takes_no_part_in_a_jobs_age(available: float, due: float) -> None:
    assert due_after(at(available), at(0), at(60)) == at(due)


@given(st.floats(-60, 120), st.floats(-60, 120))
def test_nobody_overtakes_and_nobody_grows_older(one: float, other: float) -> None:
    earlier, later = sorted((at(one), at(other)))
    begin, end = at(0), at(60)
    assert due_after(earlier, begin, end) <= due_after(later, begin, end)
    assert due_after(earlier, begin, end) >= earlier
    waited = max(timedelta(0), begin - earlier)
    assert max(timedelta(0), end - due_after(earlier, begin, end)) == waited


@pytest.mark.parametrize(
    ("lifted", "others", "until"),
    [
        pytest.param(0, [], 60, id="the only one: until now"),
        pytest.param(0, [20], 20, id="another began later: until it did"),
        pytest.param(20, [0], 0, id="another began earlier: it holds for all of that time"),
    ],
)
def test_a_pause_within_another_is_taken_out_once(
    lifted: float, others: list[float], until: float
) -> None:
    standing = [pause(ALL, since) for since in others]
    assert held_until(pause("brief_generation", lifted), standing, at(60)) == at(until)


def test_of_two_pauses_lifted_in_either_order_all_of_the_time_is_taken_out() -> None:
    first, second, due = pause(ALL, 0), pause("brief_generation", 20), at(-3)
    for order in ((first, second), (second, first)):
        lifted_at, age = [at(60), at(90)], due
        for n, one in enumerate(order):
            until = held_until(one, order[n + 1 :], lifted_at[n])
            age = due_after(age, one.paused_at, until)
        assert at(90) - age == timedelta(minutes=3)
