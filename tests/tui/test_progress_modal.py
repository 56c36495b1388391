"""The job that is watched: it goes on when somebody leaves, and ends only when asked to."""

import asyncio

from plinthctl.domain.job import JobStatus
from plinthctl.domain.views import JobDetail
from tests.cli.samples import ago
from tests.tui import acts, jobs, looks
from tests.tui.stage import Stage, shown
from tui.actions import Cancel, Retry
from tui.screens.detail import Detail
from tui.screens.progress import Progress

JOB = jobs.running().job.id
FAILED = acts.of_submitted(jobs.failed())
READY = acts.of_submitted(jobs.completed())
CANCELLED = acts.of_submitted(jobs.failed(), status=JobStatus.CANCELLED, error=None)
LONG = acts.of_submitted(jobs.running(), started_at=ago(290))
WAITS = acts.of_submitted(
    jobs.running(), status=JobStatus.PENDING, started_at=None, status_message=None, progress=0
)


def watches(detail: JobDetail) -> acts.Act:
    async def act(stage: Stage) -> None:
        stage.app.push_screen(Progress(jobs.running().job, "Acme Corp"))
        await stage.pilot.pause()
        await stage.arrives(jobs.frame(detail))

    return act


SAYS = {
    "longer": (LONG, "longer than usual (p95 2m11s)", "usually takes"),
    "not begun": (WAITS, "Waiting for a worker…", "longer"),
    "failed: retry or details": (FAILED, "Retry  r", "Cancel job"),
    "cancelled": (CANCELLED, "was cancelled", "Cancel job"),
    "ready": (READY, "took 42s", "Retry"),
}


def test_it_says_how_the_job_is() -> None:
    async def play() -> dict[str, tuple[bool, bool]]:
        async with shown(looks.a_frame()) as stage:
            told = {}
            for state, (detail, said, not_said) in SAYS.items():
                await watches(detail)(stage)
                told[state] = (said in stage.screen, not_said in stage.screen)
                stage.app.pop_screen()
            return told

    assert asyncio.run(play()) == dict.fromkeys(SAYS, (True, False))


WAYS: acts.Ways = {
    "esc is background": (watches(jobs.running()), ["escape"], []),
    "so is enter": (watches(jobs.running()), ["enter"], []),
    "c asks": (watches(jobs.running()), ["c"], []),
    "and enter keeps it": (watches(jobs.running()), ["c", "enter"], []),
    "c y cancels": (watches(jobs.running()), ["c", "y"], [Cancel((JOB,))]),
    "what runs is not retried": (watches(jobs.running()), ["r"], []),
    "what failed is": (watches(FAILED), ["r"], [Retry((JOB,))]),
    "what is ready is not cancelled": (watches(READY), ["c", "y"], []),
}


def test_each_key_asks_for_what_it_says() -> None:
    assert acts.every_way(WAYS) == acts.expected(WAYS)


def test_in_the_background_its_start_and_its_end_are_told() -> None:
    async def play() -> tuple[str, str]:
        async with shown(looks.a_frame()) as stage:
            await watches(jobs.running())(stage)
            await stage.press("escape")
            started = stage.screen
            await acts.end(stage, READY.job)
            await stage.told("profile ready")
            return started, stage.screen

    started, ended = asyncio.run(play())
    assert "Competitor analysis started" in started
    assert "We'll tell you when it's ready." in started
    assert "profile ready" in ended


def test_v_shows_everything_about_one_that_has_ended() -> None:
    async def play() -> list[type]:
        async with shown(looks.a_frame()) as stage:
            await watches(FAILED)(stage)
            watched = type(stage.app.screen)
            await stage.press("v")
            return [watched, type(stage.app.screen)]

    assert asyncio.run(play()) == [Progress, Detail]


def test_older_news_do_not_turn_it_back() -> None:
    async def play() -> str:
        async with shown(looks.a_frame()) as stage:
            await watches(acts.of_submitted(jobs.running(), progress=90))(stage)
            await stage.arrives(jobs.frame(jobs.as_job(jobs.running(), event_seq=2, progress=10)))
            return stage.screen

    assert "90%" in asyncio.run(play())
