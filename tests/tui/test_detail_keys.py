"""The keys of one job's screen."""

import asyncio
from dataclasses import replace

import pytest

from plinthctl.domain.restart import Start
from plinthctl.domain.views import JobDetail
from tests.tui import acts, jobs, looks
from tests.tui.stage import SITE, shown
from tui.actions import Action, Cancel, Retry
from tui.screens.detail import Detail
from tui.screens.overview import Overview

FAILED = jobs.failed().job.id
RUNS = jobs.running().job.id


@pytest.mark.parametrize(
    ("detail", "keys", "asked"),
    [
        pytest.param(jobs.running(), ["c"], [], id="c asks first"),
        pytest.param(jobs.running(), ["c", "y"], [Cancel((RUNS,))], id="and y does it"),
        pytest.param(jobs.failed(), ["c"], [], id="what has ended is not cancelled"),
        pytest.param(jobs.failed(), ["r"], [Retry((FAILED,))], id="r retries at once"),
        pytest.param(jobs.running(), ["r"], [], id="what runs is not retried"),
        pytest.param(jobs.completed(), ["r"], [], id="nor is what is completed"),
        pytest.param(
            jobs.as_job(jobs.failed(), error_code="auth_failure"),
            ["r", "enter"],
            [],
            id="r asks where it must fail again",
        ),
        pytest.param(
            jobs.failed(), ["F", "enter"], [Retry((FAILED,), Start())], id="F: where it stopped"
        ),
        pytest.param(
            jobs.failed(),
            ["F", "j", "enter"],
            [Retry((FAILED,), Start(from_step="plan-queries"))],
            id="F: from a step that was finished",
        ),
        pytest.param(
            jobs.failed(),
            ["F", "j", "j", "enter"],
            [Retry((FAILED,), Start(fresh=True))],
            id="F: from the beginning",
        ),
        pytest.param(jobs.failed(), ["F", "escape"], [], id="F, and left as it is"),
        pytest.param(jobs.running(), ["F", "enter"], [], id="F: not while it runs"),
    ],
)
def test_a_key_asks_for(detail: JobDetail, keys: list[str], asked: list[Action]) -> None:
    async def play() -> list[Action]:
        async with shown(looks.a_frame()) as stage:
            await acts.view(stage, detail)
            await stage.press(*keys)
            return stage.hands.asked

    assert asyncio.run(play()) == asked


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
