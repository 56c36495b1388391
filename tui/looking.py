"""One look: the snapshot and what a screen wants beside it, read by services."""

import time
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from plinthctl.domain.queries import JobQuery
from plinthctl.domain.views import JobDetail
from plinthctl.domain.why import Explanation
from plinthctl.errors import BellUnavailable, NotFound
from tui.filtering import query_of
from tui.frame import Asked, BellLook, Frame, Page, Wanted

if TYPE_CHECKING:
    from plinthctl.wiring import Services

JOBS_AT_MOST: Final = 200  # on a screen; who needs more narrows the filter

BELL_AGAIN_S: Final = 10.0


class Looker:
    """Looks through the services of one installation. For one thread."""

    def __init__(self, services: "Services") -> None:
        self._services = services
        self._bell_again_s = 0.0
        self._bell_away = BellLook()

    def look(self, wanted: Wanted) -> Frame:
        """One frame. Raises `StoreUnavailable` or `SchemaMismatch`."""
        services, snapshot = self._services, self._services.watch.snapshot()
        detail, why = self._detail(wanted.detail) if wanted.detail else (None, None)
        return Frame(
            snapshot,
            wanted,
            self._page(wanted.jobs, snapshot.at) if wanted.jobs else None,
            detail,
            self._bell(),
            why,
            services.occupied.of(wanted.slots) if wanted.slots else (),
            services.browse.jobs(wanted.tracked) if wanted.tracked else (),
        )

    def _page(self, asked: Asked, now: datetime) -> Page:
        listing = self._services.listing
        found = query_of(asked.text, now)
        query = replace(found, sort=asked.sort, reverse=asked.reverse, limit=JOBS_AT_MOST)
        jobs = tuple(job for page in listing.jobs(query) for job in page)
        total = listing.total(query, len(jobs))
        everything = listing.total(JobQuery()) if asked.text else total
        line = listing.line() if any(job.started_at is None for job in jobs) else {}
        return Page(asked, jobs, total.at_least, total.exact, everything.at_least, line)

    def _detail(self, job_id: str) -> tuple[JobDetail | None, Explanation | None]:
        try:
            return self._services.explain.job(job_id)
        except NotFound:
            return None, None

    def _bell(self) -> BellLook:
        began_s = time.monotonic()
        if began_s < self._bell_again_s:
            return self._bell_away
        try:
            there = self._services.bell.answers()
        except BellUnavailable as error:
            # One that hangs costs seconds: the store's figures do not wait for it each time.
            self._bell_again_s = time.monotonic() + BELL_AGAIN_S
            self._bell_away = BellLook(error=error.message)
            return self._bell_away
        return BellLook(time.monotonic() - began_s if there else None)
