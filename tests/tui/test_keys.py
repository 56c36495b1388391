"""Keys: each has an id by which it can be changed, and does one thing everywhere."""

import asyncio
from dataclasses import replace

import pytest

from plinthctl.errors import BadConfiguration, UsageError
from tests.tui import looks
from tests.tui.stage import SITE, Stage, shown
from tui import keys
from tui.filtering import completed
from tui.screens.overview import Overview
from tui.theme import check_theme
from tui.widgets.table import Table


def test_every_binding_of_ours_has_an_id_that_the_settings_know() -> None:
    bound = [*keys.EVERYWHERE, *Table.BINDINGS, *Overview.BINDINGS]
    known = keys.IDS | {"move.next_panel", "move.previous_panel", "filter.complete"}
    assert {getattr(one, "id", None) for one in bound} <= known


def test_no_key_is_bound_twice_everywhere() -> None:
    bound = [key for one in keys.EVERYWHERE for key in one.key.split(",")]
    assert len(bound) == len(set(bound))


def test_a_name_that_no_key_has_is_a_mistake_with_a_suggestion() -> None:
    with pytest.raises(BadConfiguration) as caught:
        keys.check({"job.cancle": "x"})
    assert "did you mean job.cancel?" in str(caught.value.why)


def test_a_theme_that_is_not_there_is_a_mistake_with_a_suggestion() -> None:
    check_theme("default")
    with pytest.raises(UsageError) as caught:
        check_theme("dracla")
    assert caught.value.why == "did you mean dracula?"


def test_another_key_cancels_and_the_old_one_does_not() -> None:
    async def play() -> tuple[str, str]:
        site = replace(SITE, keys={"job.cancel": "x"})
        async with shown(looks.a_frame(), (140, 40), site) as stage:
            await stage.press("c")
            before = stage.screen
            await stage.press("x")
            return before, stage.screen

    before, after = asyncio.run(play())
    assert "Cancel 7Q2K9M4T?" not in before
    assert "x Cancel" in before
    assert "Cancel 7Q2K9M4T?" in after


async def _moves(*pressed: str) -> str | None:
    async with shown(looks.a_frame()) as stage:
        await stage.press(*pressed)
        return stage.app.screen.query_one("#jobs", Table).cursor_key


@pytest.mark.parametrize(
    ("pressed", "on"),
    [
        pytest.param(("j", "j", "k"), "7Q2KB8X1", id="j and k"),
        pytest.param(("down", "down", "up"), "7Q2KB8X1", id="arrows"),
        pytest.param(("G",), "7Q2KG1AB", id="G: the last"),
        pytest.param(("G", "g"), "7Q2K9M4T", id="g: the first"),
        pytest.param(("pagedown",), "7Q2KF7QW", id="a page"),
    ],
)
def test_the_cursor_moves(pressed: tuple[str, ...], on: str) -> None:
    assert asyncio.run(_moves(*pressed)) == looks.job_id(on)


async def _seen_after(*pressed: str, read_only: bool = False) -> Stage:
    async with shown(looks.a_frame(), site=replace(SITE, read_only=read_only)) as stage:
        await stage.press(*pressed)
        return stage


@pytest.mark.parametrize(
    ("key", "asks"),
    [("f", "status:failed"), ("exclamation_mark", "is:stuck"), ("a", "is:active"), ("J", "")],
)
def test_one_key_lists_the_jobs_of_a_filter(key: str, asks: str) -> None:
    stage = asyncio.run(_seen_after(key))
    assert stage.feed.wanted.jobs is not None
    assert stage.feed.wanted.jobs.text == asks


def test_a_filter_is_typed_cleared_and_left() -> None:
    async def play() -> list[object]:
        async with shown(looks.a_frame()) as stage:
            await stage.press("slash", *"stat", "tab", *"fail", "tab", "enter")
            asked: list[object] = [stage.feed.wanted.jobs and stage.feed.wanted.jobs.text]
            await stage.press("escape")
            asked.append(stage.feed.wanted.jobs and stage.feed.wanted.jobs.text)
            await stage.press("escape")
            asked.append(stage.feed.wanted.jobs)
            return asked

    assert asyncio.run(play()) == ["status:failed", "", None]


@pytest.mark.parametrize(
    ("text", "longer"),
    [
        ("sta", "status:"),
        ("s", "s"),
        ("status:fai", "status:failed"),
        ("is:stuck type:comp", "is:stuck type:competitor_analysis"),
        ("status:failed,run", "status:failed,running"),
        ("org:ac", "org:ac"),
        ("", ""),
    ],
)
def test_tab_completes_as_far_as_it_is_clear(text: str, longer: str) -> None:
    assert completed(text) == longer


@pytest.mark.parametrize("key", ["c", "r", "R", "s"])
def test_nothing_changes_in_read_only(key: str) -> None:
    stage = asyncio.run(_seen_after(key, read_only=True))
    assert stage.hands.asked == []


def test_pause_and_rate_reach_the_feed() -> None:
    stage = asyncio.run(_seen_after("p", "p", "plus", "minus", "ctrl+r"))
    wanted = ["start", "pause", "go on", "every 1", "every 2", "now", "stop"]
    assert stage.feed.done == wanted


def test_the_palette_finds_a_job_by_its_id() -> None:
    async def play() -> object:
        async with shown(looks.a_frame()) as stage:
            await stage.press("colon", *"job 7Q2KB8X1")
            while "job 7Q2KB8X1" not in stage.screen.replace("🔎 job 7Q2KB8X1", ""):
                await stage.pilot.pause()
            await stage.press("enter", "enter")
            await stage.pilot.pause()
            return stage.feed.wanted.detail

    assert asyncio.run(play()) == looks.job_id("7Q2KB8X1")


def test_a_click_puts_the_cursor_there_and_on_a_hint_does_it() -> None:
    async def play() -> tuple[str | None, bool]:
        async with shown(looks.a_frame()) as stage:
            await stage.pilot.click("#jobs", offset=(10, 3))
            key = stage.app.screen.query_one("#jobs", Table).cursor_key
            place = stage.screen.splitlines()[-1].index("p Pause")
            await stage.pilot.click("#keys", offset=(place, 0))
            await stage.pilot.pause()
            return key, stage.app.link.paused_at_s is not None

    assert asyncio.run(play()) == (looks.job_id("7Q2KC03D"), True)


def test_a_panel_that_fills_the_screen_gives_it_back() -> None:
    async def play() -> list[bool]:
        async with shown(looks.a_frame()) as stage:
            seen = []
            for key in ("1", "1", "1", "escape"):
                await stage.press(key)
                seen.append("Job types" in stage.screen)
            return seen

    assert asyncio.run(play()) == [False, True, False, True]
