"""List jobs: a screen of them, or all of them page by page.

However many there are, few are held: ids are read by the thousand, the jobs
behind them by the hundred, each page in a short transaction of its own that has
ended before anybody sees it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from plinthctl.domain.expiry import Expiry
from plinthctl.domain.queries import JobQuery, Place, all_of
from plinthctl.domain.views import JobDetail, JobView
from plinthctl.services.groups import Groups

if TYPE_CHECKING:
    from plinthctl.store import Store

T = TypeVar("T")

IDS_A_PAGE: Final = 10_000  # some orders have no index: each page of ids reads all jobs once
JOBS_A_PAGE: Final = 200
COUNTED: Final = 10_000  # jobs; how many more there are is not worth the reading
IN_LINE: Final = 1000  # jobs whose place is told; nobody counts further
RECENT: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Total:
    """How many jobs match; not ``exact``: at least so many."""

    at_least: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """Lists for people and scripts; ``clocks`` say which jobs are stuck."""

    store: "Store"
    clocks: Expiry

    def ids(self, query: JobQuery) -> Iterator[tuple[str, ...]]:
        """The ids of the jobs that are asked for, in pages."""
        query = self._ours(query)
        left = query.limit
        after: Place | None = None
        while left is None or left > 0:
            at_most = IDS_A_PAGE if left is None else min(left, IDS_A_PAGE)
            page = self.store.places(query, after, at_most)
            if page:
                yield tuple(place.id for place in page)
            if len(page) < at_most:
                return
            left = None if left is None else left - len(page)
            after = page[-1]

    def jobs(self, query: JobQuery) -> Iterator[tuple[JobView, ...]]:
        """The jobs that are asked for, in pages. What has changed since its id
        was read, so that it fits no more, is left out."""
        return self._read(query, self.store.jobs_of)

    def details(self, query: JobQuery) -> Iterator[tuple[JobDetail, ...]]:
        """The same with all that belongs to them but their events."""
        return self._read(query, self.store.details_of)

    def _read(
        self, query: JobQuery, read: Callable[[JobQuery, tuple[str, ...]], tuple[T, ...]]
    ) -> Iterator[tuple[T, ...]]:
        query = self._ours(query)
        for ids in self.ids(query):
            for start in range(0, len(ids), JOBS_A_PAGE):
                yield read(query, ids[start : start + JOBS_A_PAGE])

    def total(self, query: JobQuery, shown: int = 0) -> Total:
        """How many jobs match, whatever the limit; ``shown`` were seen."""
        enough = max(COUNTED, shown) + 1
        found = self.store.count(self._ours(query), enough)
        return Total(found, exact=found < enough)

    def recent(self) -> Total:
        """How many jobs were created in the last hour, whoever's."""
        return self.total(self._of_last_hour())

    def too_much(self, filters: Mapping[str, JobQuery]) -> str | None:
        """The first of these filters without which jobs of the last hour would be
        found; None: there is no such one."""
        for name in filters:
            others = (other for one, other in filters.items() if one != name)
            if self.store.count(self._ours(all_of([self._of_last_hour(), *others])), 1):
                return name
        return None

    def line(self) -> Mapping[str, int]:
        """The places of the due jobs that are claimed next, from 1, by their ids."""
        return {job_id: place for place, job_id in enumerate(self.store.line(IN_LINE), start=1)}

    def _of_last_hour(self) -> JobQuery:
        return JobQuery(created_since=self.store.now() - RECENT)

    def _ours(self, query: JobQuery) -> JobQuery:
        ours = replace(query, clocks=self.clocks)
        if query.groups and not query.ids:
            return replace(ours, ids=Groups(self.store).job_ids(query.groups))
        return ours
