"""What a worker tells of the changes it has committed, as they come."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from plinthctl.broker.bell import load
from plinthctl.broker.names import Names
from plinthctl.domain.news import News

if TYPE_CHECKING:
    from arq.connections import ArqRedis

UNSAID_AT_MOST: Final = 10_000  # news; older ones are found in the store


class Announcer:
    """Tells of what this process has committed to the store."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._unsaid: deque[News] = deque(maxlen=UNSAID_AT_MOST)
        self._something = asyncio.Event()
        self.said = asyncio.Event()  # nothing is left to say
        self.said.set()

    def hear(self, news: Sequence[News]) -> None:
        """The store's listener, called in its threads."""
        if news:
            with suppress(RuntimeError):  # the loop is closed: the last words of a worker
                self._loop.call_soon_threadsafe(self._heard, news)

    def _heard(self, news: Sequence[News]) -> None:
        self._unsaid.extend(news)
        self._something.set()
        self.said.clear()

    async def say_all(self, link: "ArqRedis", names: Names) -> None:
        """Say what there is, and then whatever comes. Raises what redis-py raises."""
        self._unsaid.clear()
        while True:
            await self._something.wait()
            self._something.clear()
            await self._say(link, names)
            if not self._unsaid:
                self.said.set()

    async def _say(self, link: "ArqRedis", names: Names) -> None:
        news = list(self._unsaid)
        self._unsaid.clear()
        pipe: Any = link.pipeline(transaction=False)
        load(pipe, names, news)
        await pipe.execute()
