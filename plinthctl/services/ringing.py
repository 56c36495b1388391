"""Telling workers and followers what this process has committed to the store."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from plinthctl.domain.news import News
from plinthctl.errors import BellUnavailable

if TYPE_CHECKING:
    from plinthctl.broker.bell import Bell

Ring = Callable[[], None]


def nobody() -> None:
    """Rings no bell."""


@dataclass(slots=True)
class Ringer:
    """Keeps what the store tells until it is rung, once a change has been answered.

    Attributes:
        trouble: What kept the last ring from being heard. The store has it all the
            same, so this is worth a word and no error.
    """

    bell: "Bell"
    trouble: BellUnavailable | None = None
    _unsaid: deque[News] = field(default_factory=deque)

    def hear(self, news: Sequence[News]) -> None:
        """The store's listener."""
        self._unsaid.extend(news)

    def ring(self) -> None:
        """Say all that was heard so far."""
        news = [self._unsaid.popleft() for _ in range(len(self._unsaid))]
        try:
            self.bell.ring(news)
            self.trouble = None
        except BellUnavailable as error:
            self.trouble = error
