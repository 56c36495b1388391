"""Acceptance check 14: the store goes and comes back under a dashboard that is left alone."""

import asyncio
import time
from collections.abc import Callable

from plinthctl.errors import StoreUnavailable
from tests.tui import looks
from tests.tui.stage import NARROW, SITE, Ear, Hands, screen_of
from tui.app import TopApp
from tui.feed import Feed
from tui.frame import Frame, Wanted

PATIENCE_S = 20.0


class Store:
    """A store that a test can take away."""

    def __init__(self) -> None:
        self.away = False
        self.looks = 0

    def look(self, wanted: Wanted) -> Frame:
        self.looks += 1
        if self.away:
            raise StoreUnavailable("the store does not answer", why="connection refused")
        return looks.a_frame(wanted=wanted)


def test_it_says_so_keeps_what_it_has_and_comes_back_without_a_key() -> None:
    asyncio.run(_play(Store(), Hands()))


async def _play(store: Store, hands: Hands) -> None:
    app = TopApp(
        SITE, lambda a: Feed(store.look, a.post_message, 0.1), lambda _: hands, lambda _: Ear()
    )
    async with app.run_test(size=NARROW, notifications=True) as pilot:

        async def until(said: Callable[[str], bool]) -> str:
            end_s = time.monotonic() + PATIENCE_S
            while not said(seen := screen_of(app)):
                assert time.monotonic() < end_s, seen
                await pilot.pause(0.02)
            return seen

        await until(lambda seen: "Pending 37" in seen)
        store.away, before = True, store.looks
        seen = await until(lambda seen: "store unreachable" in seen)
        assert store.looks <= before + 2
        assert "Pending 37" in seen
        assert "attempt" in seen
        await pilot.press("c")
        await until(lambda seen: "not now: the store does not answer" in seen)
        assert hands.asked == []
        store.away = False
        seen = await until(lambda seen: "store unreachable" not in seen)
        assert "live" in seen
        await until(lambda seen: "back after" in seen)
        await pilot.press("c")
        await until(lambda seen: "Cancel 7Q2K9M4T?" in seen)
