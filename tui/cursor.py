"""Where a cursor is in rows that come and go: on a key, and never on a number."""

from dataclasses import dataclass, replace
from typing import Final, Self

GONE_FOR: Final = 5  # refreshes that a row under the cursor outlives its leaving


@dataclass(frozen=True, slots=True)
class Cursor:
    """A cursor over the rows ``keys``; ``key`` None: there is no row.

    Attributes:
        held: Somebody has put it where it is; before that it is on the first row.
        missed: For how many refreshes its row has been gone.
    """

    keys: tuple[str, ...] = ()
    key: str | None = None
    held: bool = False
    missed: int = 0

    @property
    def place(self) -> int:
        """The number of its row, from 0."""
        return self.keys.index(self.key) if self.key is not None else 0

    @property
    def gone(self) -> frozenset[str]:
        """The row that is there only because the cursor is on it."""
        return frozenset({self.key}) if self.missed and self.key is not None else frozenset()

    def after(self, keys: tuple[str, ...]) -> Self:
        """The same cursor once the rows are these."""
        if not self.held or self.key is None:
            return replace(self, keys=keys, key=keys[0] if keys else None, missed=0)
        if self.key in keys:
            return replace(self, keys=keys, missed=0)
        if self.missed < GONE_FOR:
            stays = (*keys[: self.place], self.key, *keys[self.place :])
            return replace(self, keys=stays, missed=self.missed + 1)
        here = min(self.place, len(keys) - 1)
        return replace(self, keys=keys, key=keys[here] if keys else None, held=False, missed=0)

    def moved(self, rows: int) -> Self:
        """The cursor so many rows further down; it stops at the ends."""
        if not self.keys:
            return self
        return self.on(self.keys[max(0, min(self.place + rows, len(self.keys) - 1))])

    def on(self, key: str) -> Self:
        """The cursor on the row of this key, if there is one. A row that has gone goes
        when the cursor leaves it."""
        if key not in self.keys:
            return self
        if key == self.key:
            return replace(self, held=True, missed=min(self.missed, 1))
        left = tuple(one for one in self.keys if one not in self.gone)
        return replace(self, keys=left, key=key, held=True, missed=0)
