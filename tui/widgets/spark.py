"""A series as a row of bars that start at zero, so that twice as high is twice as much."""

from collections.abc import Sequence
from typing import Final

BARS: Final = "▁▂▃▄▅▆▇█"


def spark(values: Sequence[float | None], top: float, width: int) -> str:
    """The newest ``width`` values against ``top``, or their peak if that is more.
    Nothing known is a space; zero is the lowest bar."""
    shown = values[-width:] if width > 0 else ()
    peak = max([top, *(value for value in shown if value is not None)], default=top)
    return "".join(_bar(value, peak) for value in shown).rjust(width)


def _bar(value: float | None, peak: float) -> str:
    if value is None:
        return " "
    step = round(value / peak * (len(BARS) - 1)) if peak > 0 else 0
    return BARS[max(0, min(step, len(BARS) - 1))]
