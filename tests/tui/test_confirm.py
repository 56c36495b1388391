"""Questions before something is done: Enter alone never does it."""

import asyncio
from collections.abc import Sequence

import pytest

from plinthctl.domain.views import JobView
from tests.tui import acts, looks
from tests.tui.stage import shown
from tui.actions import Action, Cancel

MANY = tuple(looks.waiting(f"{n:08}", "option_analysis", 60) for n in range(25))
FEW = MANY[:2]


def cancelled(*jobs: JobView) -> list[Action]:
    return [Cancel(tuple(job.id for job in jobs))]


@pytest.mark.parametrize(
    ("jobs", "keys", "asked"),
    [
        pytest.param(FEW, ["enter"], [], id="enter: they are kept"),
        pytest.param(FEW, ["enter", "enter"], [], id="enter twice: and one is opened"),
        pytest.param(FEW, ["escape"], [], id="esc"),
        pytest.param(FEW, ["y"], cancelled(*FEW), id="y"),
        pytest.param(FEW, ["tab", "enter"], cancelled(*FEW), id="the other button"),
        pytest.param(MANY, ["enter", "enter"], [], id="more than 20: no number"),
        pytest.param(MANY, ["y"], [], id="y alone is not enough"),
        pytest.param(MANY, ["2", "4", "enter"], [], id="another number"),
        pytest.param(MANY, ["2", "5", "enter"], cancelled(*MANY), id="their number and enter"),
        pytest.param(MANY, ["2", "5", "y"], cancelled(*MANY), id="their number and y"),
        pytest.param(MANY, ["2", "x", "5", "enter"], cancelled(*MANY), id="only digits count"),
        pytest.param(MANY, ["2", "5", "escape"], [], id="their number and esc"),
    ],
)
def test_jobs_are_cancelled_once_it_is_answered(
    jobs: Sequence[JobView], keys: list[str], asked: list[Action]
) -> None:
    async def play() -> list[Action]:
        async with shown(looks.a_frame()) as stage:
            await acts.list_jobs(stage, *jobs)
            await stage.press(*["space"] * len(jobs), "c", *keys)
            return stage.hands.asked

    assert asyncio.run(play()) == asked


def test_a_wrong_number_is_answered_with_the_right_one() -> None:
    async def play() -> str:
        async with shown(looks.a_frame()) as stage:
            await acts.list_jobs(stage, *MANY)
            await stage.press(*["space"] * len(MANY), "c", "7", "y")
            return stage.screen

    seen = asyncio.run(play())
    assert "They are 25; type that number:" in seen
    assert "7y" not in seen
