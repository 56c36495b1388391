"""Figures of a run, and how they are shown."""

import json
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """One thing measured against another of the same run.

    ``times`` is how many times the other it is; ``here`` says both in absolute
    numbers, which hold for this machine only. ``kept`` None: nothing is required;
    ``asked``: the bound that it is held to, where ``times`` has one.
    """

    what: str
    times: float
    against: str
    here: str
    kept: bool | None = None
    asked: float | None = None


@dataclass(frozen=True)
class Spread:
    """Seconds: the median, two percentiles and the longest of all."""

    p50_s: float
    p95_s: float
    p99_s: float
    longest_s: float
    count: int

    def __str__(self) -> str:
        times_s = (self.p50_s, self.p95_s, self.p99_s, self.longest_s)
        shown = " / ".join(f"{s * 1000:.3g}" for s in times_s)
        return f"{shown} ms (p50/p95/p99/max of {self.count})"


def spread(times_s: Sequence[float]) -> Spread:
    """Of at least two times."""
    hundredths = statistics.quantiles(times_s, n=100, method="inclusive")
    p50_s, p95_s, p99_s = (hundredths[n - 1] for n in (50, 95, 99))
    return Spread(p50_s, p95_s, p99_s, max(times_s), len(times_s))


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms"


def middle(times_s: Sequence[float]) -> str:
    """The median of several rounds, and how far the quarters beside it reach."""
    low, half, high = statistics.quantiles(times_s, n=4, method="inclusive")
    return f"{ms(half)} ({low * 1000:.3g}–{high * 1000:.3g})"


def as_json(figures: Sequence[Figure]) -> str:
    """For programs: the figures, and what kind of machine they are of."""
    machine = {
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "python": platform.python_version(),
        "system": platform.system(),
    }
    found = {"machine": machine, "figures": [asdict(figure) for figure in figures]}
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def shown(figures: Sequence[Figure]) -> str:
    """A table for people; the last column is worth nothing elsewhere."""
    head = ("figure", "is", "times", "here, on this machine", "asked", "")
    rows = [head, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _cells(figure: Figure) -> tuple[str, ...]:
    kept = {None: "", True: "kept", False: "NOT KEPT"}[figure.kept]
    asked = "" if figure.asked is None else f"{figure.asked:.3g} ×"
    return (figure.what, f"{figure.times:.3g} ×", figure.against, figure.here, asked, kept)
