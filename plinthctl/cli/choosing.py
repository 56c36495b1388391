"""Which jobs a command acts on: those that are named, or those that filters find."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from plinthctl.cli import parsing
from plinthctl.cli.filters import Filters
from plinthctl.cli.shell import Shell
from plinthctl.domain.job import JobStatus
from plinthctl.errors import UsageError, WrongState

if TYPE_CHECKING:
    from plinthctl.domain.queries import JobQuery


@dataclass(frozen=True, slots=True)
class Verb:
    """What a command does to jobs.

    Attributes:
        able: The statuses of jobs that it can be done to.
        usual: Those that filters mean which name none.
    """

    name: str
    able: frozenset[JobStatus]
    usual: frozenset[JobStatus]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whole ids of jobs; ``named``: it is one, and it was named. ``groups`` are the
    failure groups that were asked for."""

    ids: tuple[str, ...]
    named: bool
    groups: tuple[str, ...] = ()


def choose(shell: Shell, verb: Verb, typed: Sequence[str], which: Filters) -> Chosen:
    """The jobs that are meant; of many, the oldest first.

    Raises:
        UsageError: nothing was said, or both ids and filters.
        NotFound, AmbiguousId: an id means no job, or several.
        WrongState: the filters want only jobs that it cannot be done to.
    """
    which = which.with_decisions(shell)
    filters = which.queries(datetime.now(UTC))
    if typed and filters:
        raise UsageError(
            f"ids and {next(iter(filters))} do not go together", fix="give one of them"
        )
    if typed:
        resolved = map(shell.services.browse.resolve, parsing.ids(typed))
        ids = tuple(dict.fromkeys(resolved))
        return Chosen(ids, named=len(ids) == 1)
    if not filters:
        raise UsageError(
            f"{verb.name} which jobs?",
            fix=f"plinthctl {verb.name} ID…, ids from stdin (-), or filters: --since 1h",
        )
    query = _meant(verb, list(filters.values()))
    pages = shell.services.listing.ids(replace(query, limit=None, reverse=True))
    ids = tuple(job_id for page in pages for job_id in page)
    return Chosen(ids, named=False, groups=query.groups)


def _meant(verb: Verb, filters: "Sequence[JobQuery]") -> "JobQuery":
    from plinthctl.domain.queries import JobQuery, all_of

    wanted = all_of(filters)
    statuses = verb.able if wanted.statuses else verb.usual
    meant = all_of([*filters, JobQuery(statuses=statuses)])
    if meant.nothing and not wanted.nothing:
        able = " and ".join(sorted(verb.able))
        asked = " and ".join(sorted(wanted.statuses))
        raise WrongState(
            f"{verb.name} cannot be done to {asked} jobs", fix=f"it is for {able} ones"
        )
    return meant
