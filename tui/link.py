"""How the dashboard stands to its store: live, paused, or with the store away."""

from dataclasses import dataclass, replace
from typing import Self

from plinthctl.errors import PlinthError, SchemaMismatch


@dataclass(frozen=True, slots=True)
class Away:
    """Looks fail, for the ``attempt``-th time in a row; seconds are on the app's clock."""

    error: PlinthError
    attempt: int
    since_s: float
    retry_at_s: float

    @property
    def schema(self) -> bool:
        """The store is there, and of another version."""
        return isinstance(self.error, SchemaMismatch)


@dataclass(frozen=True, slots=True)
class Link:
    """Attributes:
    interval_s: How often it was asked to look; ``every_s`` how often it does.
    seen_at_s: When the last frame arrived, on the app's clock; None: none has.
    """

    interval_s: float = 2.0
    every_s: float = 2.0
    seen_at_s: float | None = None
    paused_at_s: float | None = None
    away: Away | None = None

    @property
    def live(self) -> bool:
        """Frames arrive."""
        return self.away is None and self.paused_at_s is None and self.seen_at_s is not None

    def arrived(self, every_s: float, now_s: float) -> Self:
        """After a frame."""
        return replace(self, every_s=every_s, seen_at_s=now_s, away=None)

    def lost(self, error: PlinthError, attempt: int, retry_s: float, now_s: float) -> Self:
        """After a look that failed."""
        since_s = self.away.since_s if self.away else now_s
        return replace(self, away=Away(error, attempt, since_s, now_s + retry_s))

    def paused(self, now_s: float) -> Self:
        """Once nothing is looked at any more."""
        return replace(self, paused_at_s=now_s)

    def gone_on(self) -> Self:
        """Once it is looked at again."""
        return replace(self, paused_at_s=None)

    def asked_for(self, interval_s: float) -> Self:
        """Once it is to look so often."""
        return replace(self, interval_s=interval_s, every_s=interval_s)

    def age_s(self, now_s: float) -> float:
        """How old what is shown is."""
        return 0.0 if self.seen_at_s is None else max(0.0, now_s - self.seen_at_s)
