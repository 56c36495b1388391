"""The keys of one job's screen."""

import asyncio
from dataclasses import replace

from plinthctl.domain.restart import Start
from plinthctl.domain.views import JobDetail
from tests.tui import acts, jobs, looks
from tests.tui.stage import SITE, shown
from tui.actions import BEGINNING, Action, Cancel, Retry
from tui.screens.detail import Detail
from tui.screens.overview import Overview

FAILED = jobs.failed().job.id
RUNS = jobs.running().job.id


UNAUTHORIZED = jobs.as_job(jobs.failed(), error_code="auth_failure")


def views(detail: JobDetail) -> acts.Act:
    return lambda stage: acts.view(stage, detail)


def retry(start: Start = BEGINNING) -> list[Action]:
    return [Retry((FAILED,), start)]


WAYS: acts.Ways = {
    "c asks first": (views(jobs.running()), ["c"], []),
    "and y does it": (views(jobs.running()), ["c", "y"], [Cancel((RUNS,))]),
    "what has ended is not cancelled": (views(jobs.failed()), ["c"], []),
    "r retries at once": (views(jobs.failed()), ["r"], retry()),
    "what runs is not retried": (views(jobs.running()), ["r"], []),
    "nor is what is completed": (views(jobs.completed()), ["r"], []),
    "r asks where it must fail again": (views(UNAUTHORIZED), ["r", "enter"], []),
    "and y does it anyway": (views(UNAUTHORIZED), ["r", "y"], retry()),
    "F: where it stopped": (views(jobs.failed()), ["F", "enter"], retry()),
    "F: from a step that was finished": (
        views(jobs.failed()),
        ["F", "j", "enter"],
        retry(Start(from_step="plan-queries")),
    ),
    "F: from the beginning": (
        views(jobs.failed()),
        ["F", "j", "j", "k", "j", "enter"],
        retry(Start(fresh=True)),
    ),
    "F, and left as it is": (views(jobs.failed()), ["F", "escape"], []),
    "F: not while it runs": (views(jobs.running()), ["F", "enter"], []),
}


def test_each_key_asks_for_what_it_says() -> None:
    assert acts.every_way(WAYS) == acts.expected(WAYS)


def test_input_output_and_error_are_shown_whole_where_there_are_some() -> None:
    async def play() -> list[bool]:
        async with shown(looks.a_frame()) as stage:
            await acts.view(stage, jobs.failed())
            told = {"i": "orchard sensors", "e": "req_8f2c", "o": "Output of"}
            seen = []
            for key, words in told.items():
                await stage.press(key)
                seen.append(words in stage.screen)
                await stage.press("escape" if seen[-1] else "left")
            seen.append(isinstance(stage.app.screen, Detail))
            return seen

    assert asyncio.run(play()) == [True, True, False, True]


def test_y_copies_the_id_and_Y_the_command() -> None:
    async def play() -> list[str]:
        async with shown(looks.a_frame()) as stage:
            await acts.view(stage, jobs.running())
            copied = []
            for key in "yY":
                await stage.press(key)
                copied.append(stage.app.clipboard)
            return copied

    job_id, command = asyncio.run(play())
    assert job_id == RUNS
    assert command == (
        "plinthctl submit competitor_analysis -i 'company_name=Acme Corp' "
        "-i company_url=https://acme.com --org acme --user ana "
        f"--decision {jobs.running().job.decision}"
    )


def test_brackets_go_through_the_list_it_was_opened_from_and_esc_back_to_it() -> None:
    async def play() -> tuple[list[str | None], bool]:
        async with shown(looks.a_frame()) as stage:
            await stage.press("enter")
            viewed = []
            for key in ("left_square_bracket", *["right_square_bracket"] * 2):
                await stage.press(key)
                viewed.append(stage.feed.wanted.detail)
            await stage.press("escape")
            return viewed, isinstance(stage.app.screen, Overview)

    viewed, back = asyncio.run(play())
    assert viewed == [looks.job_id(tail) for tail in ("7Q2K9M4T", "7Q2KB8X1", "7Q2KC03D")]
    assert back


def test_a_job_that_is_gone_is_said_to_be() -> None:
    async def play() -> str:
        async with shown(looks.a_frame()) as stage:
            await acts.view(stage, jobs.running())
            await stage.arrives(replace(jobs.frame(jobs.running()), detail=None))
            return stage.screen

    assert "not in the store any more" in asyncio.run(play())


def test_read_only_has_no_key_that_changes_anything() -> None:
    async def play() -> tuple[str, list[Action]]:
        async with shown(looks.a_frame(), site=replace(SITE, read_only=True)) as stage:
            await acts.view(stage, jobs.failed())
            seen = stage.screen
            await stage.press("r", "F", "enter", "c", "y", "s", "R")
            return seen, stage.hands.asked

    seen, asked = asyncio.run(play())
    assert asked == []
    assert "Retry" not in seen.splitlines()[-1]
    assert "From step" not in seen
