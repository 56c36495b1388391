"""What lists of jobs are asked for, and how they are read page by page."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import reduce
from typing import Any, Final

from plinthctl.domain.expiry import DEFAULT_EXPIRY, Expiry
from plinthctl.domain.job import JobStatus


class Sort(StrEnum):
    """What a list is ordered by; each begins with the most of it: the newest job,
    the oldest, the longest run, what runs before what has ended."""

    CREATED = "created"
    AGE = "age"
    DURATION = "duration"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class JobQuery:
    """Which jobs, and in which order; nothing set means all, the newest first.

    Attributes:
        steps: At which a job is, or at which it has failed.
        stuck: Beyond ``clocks``, which only jobs that have not ended can be.
        words: Each stands in the id, the message or the error, in any case.
        groups: Failed, or try again, in one of these failure groups; ``ids`` are then
            the jobs in them, which `Listing` finds.
        nothing: The filters contradict each other, so no job fits.
        limit: At most so many; None: no limit.
    """

    statuses: frozenset[JobStatus] = frozenset()
    types: tuple[str, ...] = ()
    orgs: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    created_since: datetime | None = None
    created_until: datetime | None = None
    stuck: bool = False
    words: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    nothing: bool = False
    sort: Sort = Sort.CREATED
    reverse: bool = False
    limit: int | None = 50
    clocks: Expiry = DEFAULT_EXPIRY

    @property
    def descending(self) -> bool:
        """Whether ids, and the value that is sorted by, fall from row to row."""
        return (self.sort is Sort.AGE) is self.reverse


@dataclass(frozen=True, slots=True)
class Place:
    """A row's place in its list, after which the next page begins. ``value`` is
    what the list is sorted by; None: the id itself."""

    id: str
    value: str | int | None = None


_ALTERNATIVES: Final = ("statuses", "types", "orgs", "users", "decisions", "steps", "groups")


def all_of(queries: Iterable[JobQuery]) -> JobQuery:
    """The jobs that each of these asks for, in the default order and limit."""
    return reduce(_both, queries, JobQuery())


def _both(one: JobQuery, other: JobQuery) -> JobQuery:
    pairs = {name: (getattr(one, name), getattr(other, name)) for name in _ALTERNATIVES}
    kept: dict[str, Any] = {name: _kept(*pair) for name, pair in pairs.items()}
    clash = any(all(pairs[name]) and not kept[name] for name in pairs)
    return replace(
        one,
        **{**kept, "statuses": frozenset(kept["statuses"])},
        created_since=max(_given(one.created_since, other.created_since), default=None),
        created_until=min(_given(one.created_until, other.created_until), default=None),
        stuck=one.stuck or other.stuck,
        words=tuple(dict.fromkeys((*one.words, *other.words))),
        nothing=one.nothing or other.nothing or clash,
    )


def _kept(one: Collection[str], other: Collection[str]) -> tuple[str, ...]:
    """What both allow; either allows everything where it names nothing."""
    return tuple(value for value in one or other if value in (other or one))


def _given(*moments: datetime | None) -> list[datetime]:
    return [moment for moment in moments if moment is not None]
