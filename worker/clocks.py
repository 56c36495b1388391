"""The clocks and the dice of a worker: what the domain is handed."""

import os
import secrets
import time
from datetime import UTC, datetime, timedelta

from plinthctl.domain import ids
from plinthctl.domain.ids import IdPrefix
from plinthctl.services.clocks import steady_s

__all__ = ["StoreClock", "fresh_id", "roll", "steady_s"]


def fresh_id(prefix: IdPrefix) -> str:
    """An id of this moment."""
    return ids.new_id(prefix, time.time_ns() // 1_000_000, os.urandom(ids.RANDOM_BYTES))


def roll() -> float:
    """A random draw in [0, 1)."""
    return secrets.SystemRandom().random()


class StoreClock:
    """The store's clock, told by each beat and carried on by this machine's."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def told(self, store_now: datetime) -> None:
        """Take over what the store just said the time is."""
        self._ahead = store_now - datetime.now(UTC)

    def now(self) -> datetime:
        """The store's time, aware UTC."""
        return datetime.now(UTC) + self._ahead
