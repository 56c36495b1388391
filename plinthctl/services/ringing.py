"""Telling workers and followers what this process has committed to the store."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from plinthctl.domain.news import News
from plinthctl.errors import BellUnavailable, PlinthError, StoreUnavailable

if TYPE_CHECKING:
    from plinthctl.broker.bell import Bell

Ring = Callable[[], None]


def nobody() -> None:
    """Rings no bell."""


HOLD_OFF_S: Final = 5.0


@dataclass(slots=True)
class Ringer:
    """Keeps what the store tells until it is rung, once a change has been answered.

    A bell that was not heard is left alone for a while: each change would else wait
    for its answer, and the store has them all the same.

    Attributes:
        trouble: What kept the last news from being heard; worth a word and no error.
    """

    bell: "Bell"
    monotonic: Callable[[], float] = time.monotonic
    trouble: PlinthError | None = None
    _unsaid: deque[News] = field(default_factory=deque)
    _again_at: float = 0.0

    def hear(self, news: Sequence[News]) -> None:
        """The store's listener."""
        self._unsaid.extend(news)

    def ring(self) -> None:
        """Say all that was heard so far."""
        news = [self._unsaid.popleft() for _ in range(len(self._unsaid))]
        if self.trouble is not None and self.monotonic() < self._again_at:
            return
        try:
            self.bell.ring(news)
            self.trouble = None
        except (BellUnavailable, StoreUnavailable) as error:
            # The store is asked for its own name, once; it has the change, so this is no error.
            self.trouble = error
            self._again_at = self.monotonic() + HOLD_OFF_S
