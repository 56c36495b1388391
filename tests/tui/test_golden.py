"""Every screen in every state at both sizes, as text that a person has looked at."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.tui import looks
from tests.tui.stage import NARROW, SITE, WIDE, Stage, golden, shown
from tui.frame import Frame
from tui.site import Site

Act = Callable[[Stage], Awaitable[None]]
SIZES = {"80x24": NARROW, "140x40": WIDE}


async def _looks(stage: Stage) -> None:
    """Nothing is done."""


def seen(frame: Frame | None, act: Act, size: tuple[int, int], site: Site = SITE) -> str:
    """The screen after an act."""

    async def play() -> str:
        async with shown(frame, size, site) as stage:
            await act(stage)
            return stage.screen

    return asyncio.run(play())


STATES: dict[str, tuple[Frame | None, Act]] = {
    "overview-busy": (looks.a_frame(), _looks),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", STATES)
def test_the_screen_looks_as_it_did(state: str, size: str) -> None:
    frame, act = STATES[state]
    golden(f"{state}-{size}", seen(frame, act, SIZES[size]))
