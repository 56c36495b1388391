"""Tell the numbers of a window apart: by organisation, hour, error, provider.

Organisations are not bounded, so no roll-up knows them: their numbers are read from the
ends, some hours at a time, each in a short transaction of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from plinthctl.domain.numbers import End, Tally, tally_of
from plinthctl.domain.rollups import EXACT_UP_TO, by_hour
from plinthctl.domain.splits import (
    ErrorPart,
    Errors,
    Part,
    ProviderPart,
    busiest_first,
    part,
)
from plinthctl.domain.spread import Histogram, Values

if TYPE_CHECKING:
    from plinthctl.store import Store


@dataclass(frozen=True, slots=True)
class Splits:
    """Reads parts. ``since`` is on the store's clock."""

    store: "Store"

    def by_org(self, since: datetime) -> tuple[Part, ...]:
        """The busiest organisation first; percentiles within `ERROR` of a long window."""
        tallies: dict[str, Tally] = {}
        new = Values if self.store.now() - since <= EXACT_UP_TO else Histogram
        for ends in self._ends(since):
            for end in ends:
                tally_of(tallies, end.org, new).add(end)
        return busiest_first(tallies)

    def by_hour(self, since: datetime) -> tuple[Part, ...]:
        """Each hour in which anything ended, the oldest first."""
        ends, _, rolled = self.store.numbers(since)
        return tuple(part(hour.isoformat(), one) for hour, one in by_hour(ends, rolled).items())

    def by_error(self, since: datetime) -> tuple[ErrorPart, ...]:
        """The most frequent error first."""
        errors = Errors()
        for ends in self._ends(since):
            errors.add(ends)
        return errors.parts()

    def by_provider(self, since: datetime) -> tuple[ProviderPart, ...]:
        """Failed tries at each provider, the most frequent first; of jobs that are still
        in the store."""
        return self.store.failed_tries(since)

    def _ends(self, since: datetime) -> Iterator[tuple[End, ...]]:
        now = self.store.now()
        while since + EXACT_UP_TO < now - timedelta(minutes=1):
            yield self.store.ends(since, since + EXACT_UP_TO)
            since += EXACT_UP_TO
        yield self.store.ends(since)
