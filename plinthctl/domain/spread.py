"""How long things took: percentiles, exact or from a histogram that can be added up.

A percentile is the nearest rank: the smallest value that at least so many percent of
all values do not exceed. So it is a value that occurred, and what a histogram says in
its stead is off by at most `ERROR`.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from plinthctl.domain.snapshot import Durations

FEWEST: Final = 5  # runs of which a percentile is told; of fewer it would be one run's chance

ERROR: Final = 0.01  # of a histogram's percentile, as a share of the true one
FINEST_S: Final = 0.001  # what is shorter counts as this long
_GROWTH: Final = (1 + ERROR) / (1 - ERROR)
_LOG_GROWTH: Final = math.log(_GROWTH)


class Spread(Protocol):
    """Durations that are collected, to be summed up."""

    def add(self, value_s: float) -> None:
        """Count one more."""
        ...

    def summary(self) -> Durations:
        """What they come to."""
        ...


@dataclass(slots=True)
class Values:
    """Every value: exact, and as large as what it counts."""

    values_s: list[float] = field(default_factory=list)

    def add(self, value_s: float) -> None:
        self.values_s.append(value_s)

    def summary(self) -> Durations:
        ordered = sorted(self.values_s)
        count = len(ordered)
        if count < FEWEST:
            return nothing_of(count)
        p50_s, p95_s, p99_s = (ordered[rank(count, percent) - 1] for percent in (50, 95, 99))
        return Durations(count, math.fsum(ordered) / count, p50_s, p95_s, p99_s)


@dataclass(slots=True)
class Histogram:
    """Values by their logarithm: small whatever it counts, and two of them add up.

    Bin ``i`` holds what is above ``growth**(i - 1)`` and up to ``growth**i`` ms, and
    stands for a value between them that is off by at most `ERROR`; the average is exact.

    Source: C. Masson and others, "DDSketch", PVLDB 12, 2019, section 2.1.
    """

    count: int = 0
    sum_s: float = 0.0
    bins: Counter[int] = field(default_factory=Counter)

    def add(self, value_s: float) -> None:
        self.count += 1
        self.sum_s += value_s
        self.bins[_bin(value_s)] += 1

    def add_all(self, other: "Histogram") -> None:
        """Count what another one has counted."""
        self.count += other.count
        self.sum_s += other.sum_s
        self.bins.update(other.bins)

    def percentile_s(self, percent: int) -> float:
        """Raises `ValueError` where nothing was counted."""
        wanted, seen = rank(self.count, percent), 0
        for number in sorted(self.bins):
            seen += self.bins[number]
            if seen >= wanted:
                return _value_s(number)
        raise ValueError("nothing was counted")

    def summary(self) -> Durations:
        if self.count < FEWEST:
            return nothing_of(self.count)
        p50_s, p95_s, p99_s = map(self.percentile_s, (50, 95, 99))
        return Durations(self.count, self.sum_s / self.count, p50_s, p95_s, p99_s)

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {"sum_s": self.sum_s, "bins": {str(i): self.bins[i] for i in sorted(self.bins)}}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Histogram":
        """As it was stored."""
        bins = Counter({int(i): int(n) for i, n in stored["bins"].items()})
        return cls(bins.total(), float(stored["sum_s"]), bins)


def _bin(value_s: float) -> int:
    if value_s <= FINEST_S:
        return 0
    return math.ceil(math.log(value_s / FINEST_S) / _LOG_GROWTH)


def _value_s(number: int) -> float:
    return FINEST_S * 2 * _GROWTH**number / (_GROWTH + 1) if number else FINEST_S


def rank(count: int, percent: int) -> int:
    """The place of a percentile among ``count`` ordered values, from 1."""
    return max(1, -(-percent * count // 100))  # in whole numbers: 0.95 * 20 might be 19.000001


def nothing_of(count: int) -> Durations:
    """Of too few to say anything but how many."""
    return Durations(count, None, None, None, None)


def percentiles(values_s: Sequence[float]) -> Durations:
    """What these values come to, exactly."""
    return Values(list(values_s)).summary()
