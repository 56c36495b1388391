"""How a followed job's line is shared out: mark, name, message, bar, percent, time, note."""

from dataclasses import dataclass
from typing import Final

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.ids import SHORT_LENGTH
from plinthctl.domain.spans import usual

HINT: Final = " · Ctrl-C detaches"
MESSAGE: Final = 28
SHORTEST_MESSAGE: Final = 8
BAR: Final = 24
SHORTEST_BAR: Final = 6
_MARK: Final = 1
_PERCENT: Final = len("100%")
_ELAPSED: Final = len("0:00:34")


@dataclass(frozen=True, slots=True)
class Layout:
    """Cells of the message and the bar, and what is said behind the note."""

    message: int
    bar: int
    hint: str


def layout(width: int, *, named: bool) -> Layout:
    """The best that a line of ``width`` cells has room for.

    The hint goes first, then the bar shrinks, then the message. ``named``: the
    job's short id is on the line.
    """
    others = [_MARK, _PERCENT, _ELAPSED, _note(), *([SHORT_LENGTH] if named else [])]
    gaps = len(others) + 1  # message and bar are columns, too
    left = width - sum(others) - gaps
    if left >= MESSAGE + BAR + len(HINT):
        return Layout(MESSAGE, BAR, HINT)
    bar = max(SHORTEST_BAR, min(BAR, left - MESSAGE))
    return Layout(max(SHORTEST_MESSAGE, min(MESSAGE, left - bar)), bar, "")


def note(usual_s: tuple[float, float]) -> str:
    """How long jobs of a type usually take."""
    return f"usually {usual(usual_s)}"


def _note() -> int:
    return max(len(note(job_type.usual_s)) for job_type in JOB_TYPES.values())
