"""Find one job and read it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from plinthctl.domain.ids import IdPrefix, canonical_part, is_full, short
from plinthctl.domain.views import JobDetail, JobView
from plinthctl.errors import AmbiguousId, NotFound

if TYPE_CHECKING:
    from plinthctl.store import Store

LAST: Final = "@last"
CANDIDATES: Final = 10  # of an ambiguous id that are named


@dataclass(frozen=True, slots=True)
class Browse:
    """Reads for people and scripts. ``org`` and ``user`` say whose ``@last`` is."""

    store: "Store"
    org: str
    user: str

    def resolve(self, typed: str) -> str:
        """The id of the job that an operator means.

        ``typed`` is a whole id, its last 8 characters, any unique beginning or
        end of at least 4, or ``@last``.

        Raises:
            NotFound: no job has such an id.
            AmbiguousId: several have; their ids are in the details.
        """
        if typed == LAST:
            return self._newest()
        part = canonical_part(typed)
        if part is None:
            raise _no_job(typed, why="an id, or 4 or more characters of its beginning or end")
        if is_full(part, IdPrefix.JOB):
            return part
        found = self.store.find_ids(part, CANDIDATES)
        if not found:
            raise _no_job(typed)
        if len(found) > 1:
            raise _ambiguous(typed, found)
        return found[0]

    def _newest(self) -> str:
        newest = self.store.newest_of(self.org, self.user)
        if newest is None:
            raise NotFound(
                f"{self.user} of {self.org} has submitted no job yet",
                fix="plinthctl submit competitor_analysis",
            )
        return newest

    def detail(self, job_id: str, *, events: bool = False) -> JobDetail:
        """Everything about one job. Raises `NotFound`."""
        found = self.store.detail(job_id, events=events)
        if found is None:
            raise _no_job(job_id)
        return found

    def job(self, job_id: str) -> JobView:
        """One job as lists show it. Raises `NotFound`."""
        found = self.store.job(job_id)
        if found is None:
            raise _no_job(job_id)
        return found


def _no_job(typed: str, why: str | None = None) -> NotFound:
    return NotFound(
        f'no job "{typed}"',
        why=f"a job is named by {why}" if why else None,
        fix="plinthctl list",
        details={"id": typed},
    )


def _ambiguous(typed: str, found: tuple[str, ...]) -> AmbiguousId:
    more = ", and more" if len(found) >= CANDIDATES else ""
    return AmbiguousId(
        f'"{typed}" fits {len(found)} jobs{more}',
        why=", ".join(short(job_id) for job_id in found),
        fix=f"plinthctl show {found[0]}",
        details={"id": typed, "candidates": list(found)},
    )
