"""The words of a table and what they mean; what is data among them is not made safe yet."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

NOTHING: Final = "–"
FEWEST_RUNS: Final = 5  # below it a percentile is a guess, and is not said


class Tone(StrEnum):
    """What a word means. Its colour says the same once more, never more than it."""

    PLAIN = "plain"
    DIM = "dim"
    STRONG = "strong"
    WAITING = "waiting"
    RUNNING = "running"
    RETRYING = "retrying"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    STOPPED = "stopped"
    ALARM = "alarm"  # what nobody may overlook
    KEY = "key"  # what can be pressed


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a row."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Column:
    """A column's title. ``right``: its words stand at its right; ``width``: its cells on
    a screen (None: what is left); ``gap``: the cells before it."""

    title: str
    width: int | None = None
    right: bool = False
    gap: int = 2


@dataclass(frozen=True, slots=True)
class Row:
    """A row, and the job that it tells of, if it tells of one."""

    cells: tuple[Cell, ...]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns and rows. ``note``: what to say where there is no row."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""


def row(*cells: Cell | str, key: str = "") -> Row:
    """A row of cells; what is only text is plain."""
    return Row(tuple(Cell(c) if isinstance(c, str) else c for c in cells), key)
