"""The dashboard on a stage: a test hands it frames, presses keys, and reads its screen."""

import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from textual.message import Message
from textual.pilot import Pilot

from plinthctl.errors import PlinthError
from tui.actions import Action
from tui.app import TopApp
from tui.frame import Frame, Wanted
from tui.messages import Arrived, Lost
from tui.site import Site

NARROW: Final = (80, 24)
WIDE: Final = (140, 40)
SITE: Final = Site(name="prod", org="acme", user="ana")
GOLDEN: Final = Path(__file__).parent / "golden"

Answer = Callable[[Wanted], Frame | None]


class Feed:
    """A feed that looks when a test says so."""

    def __init__(self) -> None:
        self.wanted = Wanted()
        self.done: list[str] = []

    def start(self) -> None:
        self.done.append("start")

    def want(self, wanted: Wanted) -> None:
        self.wanted = wanted

    def now(self) -> None:
        self.done.append("now")

    def every(self, interval_s: float) -> None:
        self.done.append(f"every {interval_s:g}")

    def pause(self) -> None:
        self.done.append("pause")

    def go_on(self) -> None:
        self.done.append("go on")

    def stop(self) -> None:
        self.done.append("stop")


class Ear:
    """Remembers what it is to listen to."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def start(self) -> None:
        pass

    def about(self, ids: Iterable[str]) -> None:
        self.ids = list(ids)

    def stop(self) -> None:
        pass


class Hands:
    """Remembers what was asked for."""

    def __init__(self) -> None:
        self.asked: list[Action] = []

    def ask(self, action: Action) -> None:
        self.asked.append(action)

    def rest(self) -> None:
        pass

    def go_on(self) -> None:
        pass

    def stop(self) -> None:
        pass


class Stage:
    """A dashboard that runs, and a clock that stands until it is moved."""

    def __init__(self, site: Site = SITE) -> None:
        self.now_s = 1000.0
        self.feed = Feed()
        self.hands = Hands()
        self.ear = Ear()
        self.app = TopApp(
            site,
            lambda _: self.feed,
            lambda _: self.hands,
            lambda _: self.ear,
            lambda: self.now_s,
        )
        self.pilot: Pilot[int]

    async def tell(self, message: Message) -> None:
        """Tell it something, and wait until it is shown."""
        self.app.post_message(message)
        await self.pilot.pause()
        await self.pilot.pause()

    async def arrives(self, frame: Frame, every_s: float = 2.0) -> None:
        """A look succeeds."""
        await self.tell(Arrived(frame, every_s))

    async def fails(self, error: PlinthError, attempt: int = 1, retry_s: float = 1.0) -> None:
        """A look fails."""
        await self.tell(Lost(error, attempt, retry_s))

    async def told(self, words: str = "") -> None:
        """Until there is a toast with these words."""
        for _ in range(200):
            if any(words in f"{one.title} {one.message}" for one in self.app._notifications):
                break
            await self.pilot.pause(0.02)
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    @property
    def screen(self) -> str:
        """What is seen, line by line, without spaces at the ends."""
        return screen_of(self.app)


def screen_of(app: TopApp) -> str:
    """What an app shows, line by line, without spaces at the ends."""
    # The only way to the composed screen; Textual has no public one.
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


@asynccontextmanager
async def shown(
    frame: Frame | None = None, size: tuple[int, int] = NARROW, site: Site = SITE
) -> AsyncIterator[Stage]:
    """A dashboard that shows a frame."""
    stage = Stage(site)
    async with stage.app.run_test(size=size, notifications=True) as pilot:
        stage.pilot = pilot
        if frame is not None:
            await stage.arrives(frame)
        yield stage


def golden(name: str, seen: str) -> None:
    """Compare a screen with the one that somebody has looked at; ``RENEW_GOLDEN=1`` keeps
    this one instead, for the next look at the diff.

    Raises:
        AssertionError: it looks different.
    """
    kept = GOLDEN / f"{name}.txt"
    if os.environ.get("RENEW_GOLDEN"):
        kept.write_text(seen + "\n", encoding="utf-8")
    assert seen + "\n" == kept.read_text(encoding="utf-8"), f"{name} looks different"
