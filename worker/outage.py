"""A store that is away, as the worker's log tells it: that it is, and that it is back."""

import threading
from collections.abc import Awaitable, Callable
from typing import Final

from plinthctl.errors import StoreUnavailable
from worker.clocks import steady_s
from worker.logs import log

TOLD_AGAIN_AFTER_S: Final = 60.0


class Outage:
    """Hears of every call that was not answered, and says so once a minute. For any thread."""

    def __init__(self, clock_s: Callable[[], float] = steady_s) -> None:
        self._clock_s = clock_s
        self._lock = threading.Lock()
        self._began_s: float | None = None
        self._latest_s = 0.0
        self._told_s = 0.0

    def noticed(self, error: StoreUnavailable) -> None:
        """A call was not answered; it is made again."""
        with self._lock:
            self._latest_s = now_s = self._clock_s()
            if self._began_s is None:
                self._began_s = now_s
            elif now_s - self._told_s < TOLD_AGAIN_AFTER_S:
                return
            self._told_s = now_s
        log.warning(f"store: {error}; asking again until it answers", event="store_away")

    def over(self, asked_s: float) -> None:
        """A beat that was asked for at ``asked_s`` was written: nothing is in the way of others."""
        with self._lock:
            if self._began_s is None or asked_s <= self._latest_s:
                return
            took_s, self._began_s = self._clock_s() - self._began_s, None
        log.info(f"the store answers again after {took_s:.0f} s", event="store_back", away_s=took_s)


async def surviving_outages(outage: Outage, action: Callable[[], Awaitable[None]]) -> None:
    """Do it; a store that does not answer is noted, and asked again next time."""
    try:
        await action()
    except StoreUnavailable as error:
        outage.noticed(error)
