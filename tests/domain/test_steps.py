import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.steps import (
    ENDED,
    NEW,
    Board,
    Steps,
    StepSpec,
    StepState,
    StepStatus,
    attempt,
    next_try_at,
    progress,
    shown_step,
    startable,
)

S = StepStatus
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
STEPS = JOB_TYPES["competitor_analysis"].steps
SCRAPE, NEWS, REVIEWS, PROFILE, SAVE = (step.name for step in STEPS)


def in_s(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def board(**states: StepStatus | StepState) -> Board:
    """By the steps' first words: ``scrape=S.DONE``."""
    names = {name.partition("-")[0]: name for name in (SCRAPE, NEWS, REVIEWS, PROFILE, SAVE)}
    names["news"], names["reviews"], names["profile"] = NEWS, REVIEWS, PROFILE
    return {
        names[short]: state if isinstance(state, StepState) else StepState(state)
        for short, state in states.items()
    }


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        pytest.param(board(), [SCRAPE, NEWS, REVIEWS], id="three steps need no other"),
        pytest.param(board(scrape=S.RUNNING), [NEWS, REVIEWS], id="a running one is not started"),
        pytest.param(
            board(scrape=S.DONE, news=S.DONE, reviews=S.RUNNING), [], id="a need is still running"
        ),
        pytest.param(
            board(scrape=S.DONE, news=S.DEGRADED, reviews=S.DONE),
            [PROFILE],
            id="a step that ended without its data is no obstacle",
        ),
        pytest.param(
            board(scrape=S.DONE, news=S.WAITING, reviews=S.DONE),
            [NEWS],
            id="interrupted, with no time set: at once",
        ),
        pytest.param(
            board(scrape=S.DONE, news=StepState(S.WAITING, 1, in_s(1)), reviews=S.DONE),
            [],
            id="its wait is not over",
        ),
        pytest.param(
            board(scrape=S.DONE, news=StepState(S.WAITING, 1, in_s(0)), reviews=S.DONE),
            [NEWS],
            id="its wait is just over",
        ),
        pytest.param(
            board(scrape=S.DONE, news=S.DONE, reviews=S.DONE, profile=S.DONE),
            [SAVE],
            id="the last step needs the profile",
        ),
    ],
)
def test_a_step_starts_when_its_needs_are_met_and_its_wait_is_over(
    states: Board, expected: list[str]
) -> None:
    assert [step.name for step in startable(STEPS, states, NOW)] == expected


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        pytest.param(board(), 0, id="nothing has begun"),
        pytest.param(board(scrape=S.RUNNING), 10, id="scraping: 10"),
        pytest.param(board(scrape=S.DONE), 20, id="scraped: 20"),
        pytest.param(board(scrape=S.DONE, news=S.RUNNING), 30, id="searching for news: 30"),
        pytest.param(board(scrape=S.DONE, news=S.DONE), 40, id="news found: 40"),
        pytest.param(
            board(scrape=S.DONE, news=S.DONE, reviews=S.RUNNING), 50, id="gathering reviews: 50"
        ),
        pytest.param(
            board(scrape=S.DONE, news=S.DONE, reviews=S.DONE), 60, id="reviews gathered: 60"
        ),
        pytest.param(
            board(scrape=S.RUNNING, news=S.RUNNING, reviews=S.RUNNING), 30, id="all three run: 30"
        ),
        pytest.param(
            board(scrape=S.DONE, news=S.DEGRADED, reviews=S.DONE, profile=S.RUNNING),
            70,
            id="analysing: 70, news or not",
        ),
        pytest.param(
            board(scrape=S.DONE, news=S.DONE, reviews=S.DONE, profile=S.WAITING),
            70,
            id="analysing again: it does not go back",
        ),
        pytest.param(
            board(scrape=S.DONE, news=S.DONE, reviews=S.DONE, profile=S.DONE, save=S.RUNNING),
            90,
            id="analysed, saving: 90",
        ),
        pytest.param(
            board(scrape=S.DONE, news=S.DONE, reviews=S.DONE, profile=S.DONE, save=S.DONE),
            100,
            id="saved: 100",
        ),
    ],
)
def test_progress_is_what_has_begun_and_what_has_ended(states: Board, expected: int) -> None:
    assert progress(STEPS, states) == expected


def moves(steps: Steps, states: dict[str, StepState]) -> list[tuple[str, StepState]]:
    """Every legal next state of any one step."""
    ready = {step.name for step in startable(steps, states, NOW)}
    legal = []
    for step in steps:
        state = states.get(step.name, NEW)
        if step.name in ready:
            legal.append((step.name, StepState(S.RUNNING, state.tries)))
        if state.status is S.RUNNING:
            legal.append((step.name, StepState(S.DONE, state.tries)))
            legal.append((step.name, StepState(S.WAITING, state.tries + 1)))
            if step.degradable:
                legal.append((step.name, StepState(S.DEGRADED, state.tries + 1)))
    return legal


@given(st.sampled_from(sorted(JOB_TYPES)), st.integers(0, 2**32))
def test_progress_never_falls_and_ends_at_100(job_type: str, seed: int) -> None:
    steps, states, dice = JOB_TYPES[job_type].steps, dict[str, StepState](), random.Random(seed)
    before = progress(steps, states)
    assert before == 0
    while legal := moves(steps, states):
        name, state = dice.choice(legal)
        states[name] = state
        assert before <= progress(steps, states) <= 100
        before = progress(steps, states)
    assert before == 100
    assert all(states[step.name].status in ENDED for step in steps)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        pytest.param(board(), None, id="nothing runs"),
        pytest.param(board(reviews=S.RUNNING, news=S.RUNNING), NEWS, id="the first of those"),
        pytest.param(board(scrape=S.WAITING, reviews=S.RUNNING), REVIEWS, id="not one that waits"),
        pytest.param(board(scrape=S.DONE), None, id="between two steps"),
    ],
)
def test_people_are_told_of_the_first_running_step(states: Board, expected: str | None) -> None:
    shown = shown_step(STEPS, states)
    assert (shown.name if shown else None) == expected


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        pytest.param(board(scrape=S.RUNNING), None, id="nothing waits"),
        pytest.param(board(scrape=S.WAITING), None, id="what waits may start at once"),
        pytest.param(
            board(news=StepState(S.WAITING, 1, in_s(9)), reviews=StepState(S.WAITING, 1, in_s(4))),
            in_s(4),
            id="the earlier of two",
        ),
        pytest.param(
            board(news=StepState(S.RUNNING, 1, in_s(-9))), None, id="a running one waits no more"
        ),
    ],
)
def test_the_job_is_due_when_its_first_waiting_step_is(
    states: Board, expected: datetime | None
) -> None:
    assert next_try_at(states) == expected


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        pytest.param(board(), 1, id="attempts count from 1"),
        pytest.param(board(scrape=StepState(S.RUNNING, 2)), 3, id="the third try runs"),
        pytest.param(
            board(news=StepState(S.WAITING, 1), reviews=StepState(S.RUNNING, 0)),
            2,
            id="the highest of those that try",
        ),
        pytest.param(
            board(scrape=StepState(S.DONE, 3), news=S.RUNNING), 1, id="what has ended tries no more"
        ),
    ],
)
def test_the_attempt_is_that_of_the_step_that_tries(states: Board, expected: int) -> None:
    assert attempt(states) == expected


def test_a_step_without_needs_or_weight_is_a_step() -> None:
    assert startable((StepSpec("only", "Only…", 0, 0),), {}, NOW)[0].name == "only"
