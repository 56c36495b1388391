"""What is told of jobs that were submitted or watched here, and of alerts."""

import asyncio
from dataclasses import replace

import pytest

from plinthctl.domain.alerting import AlertState
from plinthctl.domain.snapshot import Snapshot
from plinthctl.render.board.alerts import turns
from tests.tui import acts, jobs, looks
from tests.tui.stage import Stage, shown
from tui.screens.detail import Detail
from tui.screens.overview import Overview
from tui.tracker import STAYS_S, STAYS_UNTIL_DISMISSED_S

READY, FAILED = jobs.completed().job, jobs.failed().job


async def _view_by_key(stage: Stage) -> None:
    await stage.press("v")


async def _view_by_click(stage: Stage) -> None:
    lines = stage.screen.splitlines()
    row = next(n for n, line in enumerate(lines) if "View (v)" in line)
    await stage.pilot.click(offset=(lines[row].index("View (v)") + 1, row))
    await stage.pilot.pause()


@pytest.mark.parametrize("view", [_view_by_key, _view_by_click], ids=["v", "a click"])
def test_view_opens_the_job_and_takes_the_toast_away(view: acts.Act) -> None:
    async def play() -> tuple[str | None, type, int]:
        async with shown(looks.a_frame()) as stage:
            await acts.end(stage, READY)
            await view(stage)
            return stage.feed.wanted.detail, type(stage.app.screen), len(stage.app._notifications)

    assert asyncio.run(play()) == (READY.id, Detail, 0)


def test_several_at_once_are_one_and_v_opens_the_one_that_failed() -> None:
    async def play() -> tuple[str, str | None]:
        async with shown(looks.a_frame()) as stage:
            await acts.end(stage, FAILED, READY)
            seen = stage.screen
            await stage.press("v")
            return seen, stage.feed.wanted.detail

    seen, viewed = asyncio.run(play())
    assert "✗ 2 jobs finished, 1 failed" in seen
    assert viewed == FAILED.id


def test_failures_stay_and_everything_else_leaves() -> None:
    async def play() -> list[float]:
        async with shown(looks.a_frame()) as stage:
            await acts.end(stage, READY)
            await acts.end(stage, FAILED)
            await stage.told("failed")
            return [one.timeout for one in stage.app._notifications]

    assert asyncio.run(play()) == [STAYS_S, STAYS_UNTIL_DISMISSED_S]


def test_esc_and_v_do_nothing_where_nothing_was_told() -> None:
    async def play() -> type:
        async with shown(looks.a_frame()) as stage:
            await stage.press("v", "escape")
            return type(stage.app.screen)

    assert asyncio.run(play()) is Overview


def test_the_end_of_a_job_that_is_seen_anyway_is_not_told() -> None:
    async def play() -> int:
        async with shown(looks.a_frame()) as stage:
            await acts.view(stage, jobs.running())
            ended = acts.of_submitted(jobs.completed())
            await stage.arrives(replace(jobs.frame(ended), tracked=(ended.job,)))
            await stage.pilot.pause(0.6)  # longer than ends are gathered for
            return len(stage.app._notifications)

    assert asyncio.run(play()) == 0


def _alerts(state: AlertState | None, **changes: object) -> Snapshot:
    """A system whose failure rate is in this state; None: nobody has it."""
    rate = looks.busy().alerts[0]
    found = () if state is None else (replace(rate, state=state, **changes),)  # type: ignore[arg-type]
    return looks.busy(alerts=found)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        pytest.param(AlertState.OK, AlertState.FIRING, ["✗ PAGE  failure rate"], id="it fires"),
        pytest.param(AlertState.FIRING, AlertState.OK, ["✓ OK  failure rate"], id="it is well"),
        pytest.param(AlertState.FIRING, AlertState.FIRING, [], id="it goes on"),
        pytest.param(AlertState.FIRING, AlertState.ACKNOWLEDGED, [], id="somebody has it"),
        pytest.param(AlertState.FIRING, AlertState.SILENCED, [], id="somebody does not care"),
        pytest.param(None, AlertState.OK, [], id="it is evaluated for the first time"),
    ],
)
def test_an_alert_that_changes_its_level_is_told(
    before: AlertState | None, after: AlertState, told: list[str]
) -> None:
    assert [turn.title for turn in turns(_alerts(before), _alerts(after))] == told


def test_an_alert_that_fires_is_a_toast_and_the_first_look_is_none() -> None:
    async def play() -> tuple[int, str]:
        async with shown(looks.a_frame(_alerts(AlertState.OK))) as stage:
            first = len(stage.app._notifications)
            await stage.arrives(looks.a_frame(_alerts(AlertState.FIRING)))
            await stage.told()
            return first, stage.screen

    first, seen = asyncio.run(play())
    assert first == 0
    assert "12.7% > 10% over 1h · market_research" in seen
