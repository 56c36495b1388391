"""Questions before something is done: Enter alone never does it."""

import asyncio

from plinthctl.domain.views import JobView
from tests.tui import acts, looks
from tests.tui.stage import Stage, shown
from tui import questions
from tui.actions import Action, Cancel

MANY = tuple(looks.waiting(f"{n:08}", "option_analysis", 60) for n in range(25))
FEW = MANY[:2]


def cancels(*jobs: JobView) -> acts.Act:
    async def act(stage: Stage) -> None:
        stage.app.confirmed(questions.cancelling(jobs), cancel(*jobs)[0])
        await stage.pilot.pause()

    return act


def cancel(*jobs: JobView) -> list[Action]:
    return [Cancel(tuple(job.id for job in jobs))]


WAYS: acts.Ways = {
    "enter: they are kept": (cancels(*FEW), ["enter"], []),
    "enter twice: and one is opened": (cancels(*FEW), ["enter", "enter"], []),
    "esc": (cancels(*FEW), ["escape"], []),
    "y": (cancels(*FEW), ["y"], cancel(*FEW)),
    "the other button": (cancels(*FEW), ["tab", "enter"], cancel(*FEW)),
    "more than 20: no number": (cancels(*MANY), ["enter", "enter"], []),
    "y alone is not enough": (cancels(*MANY), ["y"], []),
    "another number": (cancels(*MANY), ["2", "4", "enter"], []),
    "their number and enter": (cancels(*MANY), ["2", "5", "enter"], cancel(*MANY)),
    "their number and y": (cancels(*MANY), ["2", "5", "y"], cancel(*MANY)),
    "only digits count": (cancels(*MANY), ["2", "x", "5", "enter"], cancel(*MANY)),
    "their number and esc": (cancels(*MANY), ["2", "5", "escape"], []),
}


def test_jobs_are_cancelled_once_it_is_answered() -> None:
    assert acts.every_way(WAYS) == acts.expected(WAYS)


def test_a_wrong_number_is_answered_with_the_right_one() -> None:
    async def play() -> str:
        async with shown(looks.a_frame()) as stage:
            await cancels(*MANY)(stage)
            await stage.press("7", "y")
            return stage.screen

    seen = asyncio.run(play())
    assert "They are 25; type that number:" in seen
    assert "7y" not in seen
