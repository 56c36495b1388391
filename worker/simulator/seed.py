"""Draws that depend on words alone: the same words give the same world."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Seed:
    """A source of draws. Each draw has a name, so that one more draw moves no other."""

    def __init__(self, *words: str) -> None:
        self._words = "\x1f".join(words)

    def number(self, name: str, low: int, high: int) -> int:
        """From ``low`` to ``high``, both included."""
        return low + self._draw(name) % (high - low + 1)

    def fraction(self, name: str) -> float:
        """In [0, 1)."""
        return self._draw(name) / 2**64

    def pick(self, name: str, choices: Sequence[T]) -> T:
        return choices[self.number(name, 0, len(choices) - 1)]

    def some(self, name: str, choices: Sequence[T], count: int) -> list[T]:
        """``count`` different choices, in a drawn order; all where there are fewer."""
        places = sorted(range(len(choices)), key=lambda place: self._draw(f"{name} {place}"))
        return [choices[place] for place in places[:count]]

    def hex(self, name: str) -> str:
        """32 digits that look like an id."""
        return hashlib.blake2b(self._text(name), digest_size=16).hexdigest()

    def _draw(self, name: str) -> int:
        return int.from_bytes(hashlib.blake2b(self._text(name), digest_size=8).digest())

    def _text(self, name: str) -> bytes:
        return f"{self._words}\x1e{name}".encode("utf-8", "surrogatepass")
