"""The options that say which jobs, declared once, and the queries they stand for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from plinthctl.cli import complete, parsing
from plinthctl.errors import NotFound, UsageError

if TYPE_CHECKING:
    from plinthctl.cli.shell import Shell
    from plinthctl.domain.job import JobStatus
    from plinthctl.domain.queries import JobQuery

PANEL: Final = "Which jobs"


def _option(*names: str, help: str, **more: Any) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=PANEL, **more)


Statuses = Annotated[
    list[str] | None,
    _option(
        "--status",
        metavar="S,…",
        help="With one of these statuses.",
        autocompletion=complete.statuses,
    ),
]
Active = Annotated[bool, _option("--active", help="Pending or running.")]
Failed = Annotated[bool, _option("--failed", help="Failed.")]
Stuck = Annotated[bool, _option("--stuck", help="Due, or running, for longer than expiry allows.")]
Types = Annotated[
    list[str] | None,
    _option(
        "--type",
        metavar="T,…",
        help="Of one of these types.",
        autocompletion=complete.all_job_types,
    ),
]
Orgs = Annotated[
    list[str] | None,
    _option("--org", metavar="ORG", help="Of this organisation.", autocompletion=complete.orgs),
]
Users = Annotated[
    list[str] | None,
    _option("--user", metavar="USER", help="Of this user.", autocompletion=complete.users),
]
Decisions = Annotated[
    list[str] | None,
    _option(
        "--decision",
        metavar="ID",
        help="Of this decision.",
        autocompletion=complete.decision_ids,
    ),
]
Steps = Annotated[
    list[str] | None,
    _option(
        "--step",
        metavar="S,…",
        help="At one of these steps, or failed at it.",
        autocompletion=complete.steps,
    ),
]
Groups = Annotated[
    list[str] | None,
    _option("--group", metavar="ID", help="Of this failure group: see stats --by error."),
]
Since = Annotated[
    str | None, _option("--since", metavar="WHEN", help="Created since: 1h, 7d or a time.")
]
Until = Annotated[str | None, _option("--until", metavar="WHEN", help="Created before.")]
Search = Annotated[
    str | None,
    _option(
        "--search",
        metavar="TEXT",
        help="Words in the id, message or error; also filters such as type:T is:stuck.",
    ),
]


@dataclass(frozen=True, slots=True)
class Filters:
    """What was typed. A command that has a parameter of this type has these options."""

    status: Statuses = None
    active: Active = False
    failed: Failed = False
    stuck: Stuck = False
    types: Types = None
    org: Orgs = None
    user: Users = None
    decision: Decisions = None
    step: Steps = None
    group: Groups = None
    since: Since = None
    until: Until = None
    search: Search = None

    def with_decisions(self, shell: "Shell") -> "Filters":
        """The same with the whole ids of the decisions that are meant; what names none
        is left as it is, and finds nothing.

        Raises:
            AmbiguousId: an id means several.
        """
        if not self.decision or "" in self.decision:
            return self
        return replace(self, decision=[_decision(shell, typed) for typed in self.decision])

    def queries(self, now: datetime) -> "Mapping[str, JobQuery]":
        """The query of each filter by its name; a job must fit all of them.

        Raises:
            UsageError, UnknownJobType: a value makes no sense.
        """
        return dict(self._queries(now))

    def _queries(self, now: datetime) -> "Iterator[tuple[str, JobQuery]]":
        from plinthctl.domain.queries import JobQuery

        if named := self._status_flag():
            yield named, JobQuery(statuses=self._statuses())
        if self.stuck:
            yield "--stuck", JobQuery(stuck=True)
        if self.types:
            yield "--type", JobQuery(types=_types(self.types))
        if self.org:
            yield "--org", JobQuery(orgs=_named("--org", self.org))
        if self.user:
            yield "--user", JobQuery(users=_named("--user", self.user))
        if self.decision:
            yield "--decision", JobQuery(decisions=_named("--decision", self.decision))
        if self.step:
            yield "--step", JobQuery(steps=_steps(self.step))
        if self.group:
            yield "--group", JobQuery(groups=_groups(self.group))
        if self.since is not None:
            yield "--since", JobQuery(created_since=parsing.moment(self.since, "--since", now))
        if self.until is not None:
            yield "--until", JobQuery(created_until=parsing.moment(self.until, "--until", now))
        if self.search is not None:
            yield "--search", _searched(self.search, now)

    def _status_flag(self) -> str | None:
        typed = {"--status": self.status, "--active": self.active, "--failed": self.failed}
        return next((flag for flag, value in typed.items() if value), None)

    def _statuses(self) -> "frozenset[JobStatus]":
        from plinthctl.domain.job import ACTIVE, JobStatus

        named = {parsing.one_of(JobStatus, w, "status") for w in parsing.commas(self.status or ())}
        active = ACTIVE if self.active else frozenset()
        failed = {JobStatus.FAILED} if self.failed else set()
        return frozenset({*named, *active, *failed})


def _decision(shell: "Shell", typed: str) -> str:
    try:
        return shell.services.decisions.resolve(typed)
    except NotFound:
        return typed


def _types(typed: Iterable[str]) -> tuple[str, ...]:
    from plinthctl.domain.catalog import job_type

    return tuple(dict.fromkeys(job_type(name).name for name in parsing.commas(typed)))


def _steps(typed: Iterable[str]) -> tuple[str, ...]:
    from plinthctl.domain.filters import step_names

    known = step_names()
    for name in (named := parsing.commas(typed)):
        if name not in known:
            raise parsing.no_such("step", name, known)
    return tuple(dict.fromkeys(named))


def _groups(typed: Iterable[str]) -> tuple[str, ...]:
    from plinthctl.domain.fingerprint import is_group_id

    named = [name.lower() for name in parsing.commas(typed)]
    for name in named:
        if not is_group_id(name):
            raise UsageError(
                f'--group: "{name}" is no failure group',
                fix="such as g1f0c2a9b; plinthctl stats --by error shows them",
            )
    return tuple(dict.fromkeys(named))


def _named(flag: str, typed: Sequence[str]) -> tuple[str, ...]:
    # No commas here: they may be part of a name.
    if "" in typed:
        raise UsageError(f"{flag}: is empty", fix=f"leave {flag} out for all of them")
    return tuple(dict.fromkeys(typed))


def _searched(typed: str, now: datetime) -> "JobQuery":
    from plinthctl.domain.filter_terms import FilterError
    from plinthctl.domain.filters import parse

    try:
        return parse(typed, lambda text, what: parsing.moment(text, what, now))
    except FilterError as error:
        raise FilterError(
            f"--search, character {error.start + 1}: {error.message}",
            error.start,
            error.end,
            why=error.why,
            fix=error.fix,
        ) from None
