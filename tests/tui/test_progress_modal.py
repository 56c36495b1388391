"""The job that is watched: it goes on when somebody leaves, and ends only when asked to."""

import asyncio

import pytest

from plinthctl.domain.job import JobStatus
from plinthctl.domain.views import JobDetail
from tests.cli.samples import NOW, ago
from tests.tui import acts, jobs, looks
from tests.tui.stage import Stage, shown
from tui.actions import Action, Cancel, Retry, SubmitJob
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


async def _watched(stage: Stage, detail: JobDetail) -> None:
    await acts.submit(stage, jobs.running())
    await stage.arrives(jobs.frame(detail))


@pytest.mark.parametrize(
    ("detail", "said", "not_said"),
    [
        pytest.param(LONG, "longer than usual (p95 2m11s)", "usually takes", id="longer"),
        pytest.param(WAITS, "Waiting for a worker…", "longer", id="not begun"),
        pytest.param(FAILED, "Retry  r", "Cancel job", id="failed: retry or details"),
        pytest.param(CANCELLED, "was cancelled", "Cancel job", id="cancelled"),
        pytest.param(READY, "took 42s", "Retry", id="ready"),
    ],
)
def test_it_says(detail: JobDetail, said: str, not_said: str) -> None:
    async def play() -> str:
        async with shown(looks.a_frame()) as stage:
            await _watched(stage, detail)
            return stage.screen

    seen = asyncio.run(play())
    assert said in seen
    assert not_said not in seen


@pytest.mark.parametrize(
    ("detail", "keys", "asked"),
    [
        pytest.param(jobs.running(), ["escape"], [], id="esc is background"),
        pytest.param(jobs.running(), ["enter"], [], id="so is enter"),
        pytest.param(jobs.running(), ["c"], [], id="c asks"),
        pytest.param(jobs.running(), ["c", "enter"], [], id="and enter keeps it"),
        pytest.param(jobs.running(), ["c", "y"], [Cancel((JOB,))], id="c y cancels"),
        pytest.param(jobs.running(), ["r"], [], id="what runs is not retried"),
        pytest.param(FAILED, ["r"], [Retry((JOB,))], id="what failed is"),
        pytest.param(READY, ["c", "y"], [], id="what is ready is not cancelled"),
    ],
)
def test_a_key_asks_for(detail: JobDetail, keys: list[str], asked: list[Action]) -> None:
    async def play() -> list[Action]:
        async with shown(looks.a_frame()) as stage:
            await _watched(stage, detail)
            await stage.press(*keys)
            return [one for one in stage.hands.asked if not isinstance(one, SubmitJob)]

    assert asyncio.run(play()) == asked


def test_in_the_background_its_start_and_its_end_are_told() -> None:
    async def play() -> tuple[str, str]:
        async with shown(looks.a_frame()) as stage:
            await _watched(stage, jobs.running())
            await stage.press("escape")
            started = stage.screen
            await acts.end(stage, READY.job)
            await stage.told("is ready")
            return started, stage.screen

    started, ended = asyncio.run(play())
    assert "Competitor analysis started" in started
    assert "We'll tell you when it's ready." in started
    assert "is ready" in ended


@pytest.mark.parametrize("detail", [FAILED, READY], ids=["failed", "ready"])
def test_v_shows_everything_about_one_that_has_ended(detail: JobDetail) -> None:
    async def play() -> list[type]:
        async with shown(looks.a_frame()) as stage:
            await _watched(stage, detail)
            watched = type(stage.app.screen)
            await stage.press("v")
            return [watched, type(stage.app.screen)]

    assert asyncio.run(play()) == [Progress, Detail]


def test_older_news_do_not_turn_it_back() -> None:
    async def play() -> str:
        async with shown(looks.a_frame()) as stage:
            await _watched(stage, acts.of_submitted(jobs.running(), progress=90, read_at=NOW))
            await stage.arrives(jobs.frame(jobs.as_job(jobs.running(), event_seq=2, progress=10)))
            return stage.screen

    assert "90%" in asyncio.run(play())
