"""Jobs that went wrong alike, as one group: how many, whose, since when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from plinthctl.domain.fingerprint import Cause
from plinthctl.domain.job import JobStatus


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong with one job.

    Attributes:
        status: Failed, or active: then a step of it waits for, or has, another try.
        at: When it ended, or when its last try did.
    """

    job_id: str
    type: str
    org: str
    status: JobStatus
    cause: Cause
    at: datetime


@dataclass(frozen=True, slots=True)
class Group:
    """The jobs of one cause, the newest first: those that have failed and were not retried
    since, and those that are trying again."""

    cause: Cause
    troubles: tuple[Trouble, ...]

    @property
    def id(self) -> str:
        """See `Cause.id`."""
        return self.cause.id

    @property
    def ids(self) -> tuple[str, ...]:
        """Of all its jobs."""
        return tuple(one.job_id for one in self.troubles)

    @property
    def failed(self) -> int:
        """How many have failed for good."""
        return sum(one.status is JobStatus.FAILED for one in self.troubles)

    @property
    def trying(self) -> int:
        """How many may still go well."""
        return len(self.troubles) - self.failed

    @property
    def orgs(self) -> tuple[str, ...]:
        """Whose jobs, each organisation once."""
        return tuple(sorted({one.org for one in self.troubles}))

    @property
    def types(self) -> tuple[str, ...]:
        """Of which types, each once."""
        return tuple(sorted({one.type for one in self.troubles}))

    @property
    def first_at(self) -> datetime:
        """When it was seen first, of what is still there."""
        return self.troubles[-1].at

    @property
    def last_at(self) -> datetime:
        """When it was seen last."""
        return self.troubles[0].at


@dataclass(frozen=True, slots=True)
class Grouped:
    """All groups, the largest first; not ``whole``: older jobs were not looked at."""

    groups: tuple[Group, ...]
    whole: bool = True

    def of_code(self, code: str) -> tuple[Group, ...]:
        """The groups with that class or code."""
        return tuple(group for group in self.groups if group.cause.code == code)

    def of_ids(self, ids: Iterable[str]) -> tuple[Group, ...]:
        """Those of these groups that there are."""
        wanted = frozenset(ids)
        return tuple(group for group in self.groups if group.id in wanted)


def grouped(troubles: Iterable[Trouble], *, whole: bool = True) -> Grouped:
    """The groups that these jobs fall into."""
    by_cause: dict[Cause, list[Trouble]] = {}
    for one in sorted(troubles, key=lambda one: (one.at, one.job_id), reverse=True):
        by_cause.setdefault(one.cause, []).append(one)
    groups = (Group(cause, tuple(some)) for cause, some in by_cause.items())
    largest_first = sorted(groups, key=lambda one: (-len(one.troubles), one.id))
    return Grouped(tuple(largest_first), whole)
