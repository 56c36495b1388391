"""How many of many jobs were accepted, and why the others were not."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from rich.text import Text

from plinthctl.errors import LimitReached, PlinthError
from plinthctl.render.sheet import Lines, words

REASONS_AT_MOST: Final = 10  # that are told apart; each may be another line's
STRETCHES_AT_MOST: Final = 5  # of lines that are named for one reason


@dataclass(slots=True)
class Where:
    """The lines that have something in common: how many, and the first of them."""

    count: int = 0
    stretches: list[tuple[int, int]] = field(default_factory=list)

    def add(self, line: int) -> None:
        """One more line, which follows those before it."""
        self.count += 1
        if self.stretches and self.stretches[-1][1] == line - 1:
            self.stretches[-1] = (self.stretches[-1][0], line)
        elif len(self.stretches) <= STRETCHES_AT_MOST:
            self.stretches.append((line, line))

    def __str__(self) -> str:
        if self.count == 1:
            return f"line {self.stretches[0][0]}"
        named = self.stretches[:STRETCHES_AT_MOST]
        shown = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in named)
        more = ", …" if len(self.stretches) > STRETCHES_AT_MOST else ""
        return f"lines {shown}{more}"


@dataclass(slots=True)
class Tally:
    """What became of many jobs; it stays small, however many they are."""

    accepted: int = 0
    refused: int = 0
    limited: bool = False
    reasons: dict[str, Where] = field(default_factory=dict)

    def refuse(self, line: int, error: PlinthError) -> None:
        """Count a job that was refused."""
        self.refused += 1
        self.limited = self.limited or isinstance(error, LimitReached)
        if error.message in self.reasons or len(self.reasons) < REASONS_AT_MOST:
            self.reasons.setdefault(error.message, Where()).add(line)

    def lines(self, done: str, *, way_out: bool = True) -> Lines:
        """The sum for people; ``done`` is what happened to those that were accepted,
        ``way_out`` whether to say how to get all of them past a limit."""
        return [self._sum(done), *self._why(), *(self._way_out() if way_out else ())]

    def _sum(self, done: str) -> Text:
        if not self.refused:
            return words(("✓ ", "green"), f"all {self.accepted:,} jobs {done}")
        total = self.accepted + self.refused
        sums = f"{self.accepted:,} of {total:,} jobs {done}, {self.refused:,} refused"
        return words(("▲ " if self.accepted else "✗ ", "yellow"), sums)

    def _why(self) -> Iterator[Text]:
        for message, where in self.reasons.items():
            yield words((f"  {where}: ", "bold"), message)
        if others := self.refused - sum(where.count for where in self.reasons.values()):
            yield words(f"  and {others:,} more lines for other reasons")

    def _way_out(self) -> Iterator[Text]:
        if self.limited:
            yield words(("  fix: ", "bold"), "--wait-for-slot submits each as places come free")
