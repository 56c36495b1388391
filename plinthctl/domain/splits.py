"""The numbers of a window, apart by organisation, hour, error or provider."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from plinthctl.domain.numbers import End, EndKind, Tally
from plinthctl.domain.quality import Quality
from plinthctl.domain.snapshot import EndNumbers


class By(StrEnum):
    """What numbers can be told apart by."""

    TYPE = "type"
    ORG = "org"
    HOUR = "hour"
    ERROR = "error"
    STEP = "step"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(EndNumbers):
    """What an organisation, or an hour (its ISO 8601 time), comes to."""

    name: str

    @property
    def ended(self) -> int:
        """All ends."""
        return self.completed + self.failed + self.cancelled + self.expired + self.invalid


@dataclass(frozen=True, slots=True)
class ErrorPart:
    """One error code: how many ends it brought, of which type the most, and the last."""

    code: str
    count: int
    worst_type: str
    of_worst_type: int
    last_job: str
    last_us: int


@dataclass(frozen=True, slots=True)
class ProviderPart:
    """Failed tries of one class at one provider, and how many jobs they were of."""

    provider: str
    failure_class: str
    tries: int
    jobs: int
    last_at: datetime


def part(name: str, tally: Tally) -> Part:
    """A tally under its name."""
    return Part(
        name=name,
        completed=tally.ends[EndKind.COMPLETED],
        failed=tally.ends[EndKind.FAILED],
        cancelled=tally.ends[EndKind.CANCELLED],
        expired=tally.ends[EndKind.EXPIRED],
        invalid=tally.ends[EndKind.INVALID],
        duration=tally.duration.summary(),
        wait=tally.wait.summary(),
        completion=tally.completion.summary(),
        cost_usd=tally.cost_usd,
        thin=tally.qualities[Quality.THIN],
        hollow=tally.qualities[Quality.HOLLOW],
    )


def busiest_first(tallies: Mapping[str, Tally]) -> tuple[Part, ...]:
    """The parts with the most ends first."""
    parts = (part(name, tally) for name, tally in tallies.items())
    return tuple(sorted(parts, key=lambda one: (-one.ended, one.name)))


class Errors:
    """Counts the codes of failed ends."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[str, int]] = {}
        self._last: dict[str, End] = {}

    def add(self, ends: Iterable[End]) -> None:
        """Count these; whatever did not fail has no code."""
        for end in ends:
            if end.code is not None:
                types = self._counts.setdefault(end.code, {})
                types[end.type] = types.get(end.type, 0) + 1
                last = self._last.get(end.code, end)
                self._last[end.code] = end if end.ended_us >= last.ended_us else last

    def parts(self) -> tuple[ErrorPart, ...]:
        """The most frequent first."""
        found = (self._part(code, types) for code, types in self._counts.items())
        return tuple(sorted(found, key=lambda one: (-one.count, one.code)))

    def _part(self, code: str, types: Mapping[str, int]) -> ErrorPart:
        worst = max(sorted(types), key=lambda name: types[name])
        last = self._last[code]
        return ErrorPart(code, sum(types.values()), worst, types[worst], last.job_id, last.ended_us)
