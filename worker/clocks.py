"""The clocks and the dice of a worker: what the domain is handed."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from plinthctl.domain.liveness import was_set_ahead
from plinthctl.services.clocks import fresh_id, steady_s

__all__ = ["StoreClock", "fresh_id", "roll", "steady_s"]


def roll() -> float:
    """A random draw in [0, 1)."""
    return secrets.SystemRandom().random()


class StoreClock:
    """The store's clock, told by each beat and carried on by this machine's."""

    def __init__(self, clock_s: Callable[[], float] = steady_s) -> None:
        self._clock_s = clock_s
        self._ahead = timedelta()
        self._told: tuple[datetime, float] | None = None

    def told(self, store_now: datetime, at_s: float) -> None:
        """Take over what the store said the time is, at ``at_s`` of the steady clock."""
        self._ahead = store_now - datetime.now(UTC)
        self._told = (store_now, at_s)

    def was_set_ahead(self, store_now: datetime, at_s: float) -> bool:
        """Whether it was set since it was told, going by what it says now."""
        if self._told is None:
            return False
        before, before_s = self._told
        return was_set_ahead((store_now - before).total_seconds(), at_s - before_s)

    def now(self) -> datetime:
        """The store's time, aware UTC."""
        return datetime.now(UTC) + self._ahead
