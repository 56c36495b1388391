"""What TAB offers. Anything that goes wrong, or takes too long, offers nothing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import Thread
from typing import TYPE_CHECKING, Final, TypeVar

import typer

if TYPE_CHECKING:
    from plinthctl.domain.views import JobView
    from plinthctl.store import Store

Found = TypeVar("Found")

LIVE_WAIT_S: Final = 2.0  # for a store that may be far away: a shell hangs meanwhile
NEWEST: Final = 50  # of jobs, decisions, results that are offered
NAMES_OF: Final = 500  # newest jobs whose organisations and users are offered


def job_types(incomplete: str) -> Iterator[tuple[str, str]]:
    """Job types that can be run, with what they usually take."""
    from plinthctl.domain.catalog import JOB_TYPES
    from plinthctl.domain.spans import usual

    for name, found in JOB_TYPES.items():
        if found.runnable and name.startswith(incomplete):
            yield name, f"{found.produces}, {usual(found.usual_s)}"


def all_job_types(incomplete: str) -> Iterator[str]:
    """Every job type; after a comma, the next one."""
    from plinthctl.domain.catalog import JOB_TYPES

    return _next_of(incomplete, JOB_TYPES)


def statuses(incomplete: str) -> Iterator[str]:
    """The five statuses; after a comma, the next one."""
    from plinthctl.domain.job import JobStatus

    return _next_of(incomplete, JobStatus)


def steps(incomplete: str) -> Iterator[str]:
    """The steps of all job types; after a comma, the next one."""
    from plinthctl.domain.filters import step_names

    return _next_of(incomplete, step_names())


def chores(incomplete: str) -> Iterator[str]:
    """What `reap` can be told to do by itself; after a comma, the next one."""
    from plinthctl.domain.reaping import Chore

    return _next_of(incomplete, Chore)


def _next_of(incomplete: str, words: Iterable[str]) -> Iterator[str]:
    done, comma, part = incomplete.rpartition(",")
    return (f"{done}{comma}{word}" for word in words if word.startswith(part))


def job_ids(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The newest jobs by the short form of their ids, with type and status."""
    from plinthctl.domain.ids import short

    jobs = _newest(context, NEWEST)
    offers = [("@last", "the newest of yours")] if jobs else []
    offers += [(short(job.id), f"{job.type} {job.phase}") for job in jobs]
    return [offer for offer in offers if offer[0].startswith((incomplete, incomplete.upper()))]


def orgs(context: typer.Context, incomplete: str) -> list[str]:
    """The organisations of the newest jobs."""
    return _names(_newest(context, NAMES_OF), incomplete, lambda job: job.org)


def users(context: typer.Context, incomplete: str) -> list[str]:
    """The users of the newest jobs."""
    return _names(_newest(context, NAMES_OF), incomplete, lambda job: job.user)


def _names(
    jobs: "Sequence[JobView]", incomplete: str, name_of: Callable[["JobView"], str]
) -> list[str]:
    from plinthctl.domain.text import safe_line

    names = dict.fromkeys(map(name_of, jobs))
    # What a terminal may not be shown cannot be typed from it either.
    return [name for name in names if name.startswith(incomplete) and safe_line(name) == name]


def _newest(context: typer.Context, at_most: int) -> "Sequence[JobView]":
    from plinthctl.domain.queries import JobQuery

    return _live(context, lambda store: store.jobs(JobQuery(limit=at_most)))


def decision_ids(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The newest decisions by the short form of their ids, with their titles."""
    from plinthctl.domain.archive import DecisionQuery

    found = _live(context, lambda store: store.decisions(DecisionQuery(limit=NEWEST)))
    return _named(((one.id, one.title) for one in found), incomplete)


def result_ids(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The newest results by the short form of their ids, with kinds and titles."""
    from plinthctl.domain.archive import ResultQuery

    found = _live(context, lambda store: store.result_heads(ResultQuery(limit=NEWEST)))
    return _named(((one.id, f"{one.kind} {one.title}") for one in found), incomplete)


def _named(found: Iterable[tuple[str, str]], incomplete: str) -> list[tuple[str, str]]:
    from plinthctl.domain.ids import short
    from plinthctl.domain.text import safe_line

    offers = ((short(one), safe_line(about)) for one, about in found)
    return [offer for offer in offers if offer[0].startswith(incomplete.upper())]


def result_kinds(incomplete: str) -> Iterator[str]:
    """The kinds of results; after a comma, the next one."""
    from plinthctl.domain.results import KIND_WORDS

    return _next_of(incomplete, KIND_WORDS)


def alert_rules(incomplete: str) -> list[str]:
    """The names of the alert rules."""
    from plinthctl.domain.alerting import AlertRule

    return [rule.value for rule in AlertRule if rule.startswith(incomplete)]


def alert_names(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The rules, and the open alerts by the short form of their ids."""
    found = _live(context, lambda store: store.open_alerts())
    rules = [(name, "a rule") for name in alert_rules(incomplete)]
    return [*rules, *_named(((one.id, one.rule) for one in found), incomplete)]


def _live(context: typer.Context, read: "Callable[[Store], Iterable[Found]]") -> Sequence[Found]:
    found: list[Found] = []
    reading = Thread(target=_read, args=(context, read, found), daemon=True)
    reading.start()
    reading.join(LIVE_WAIT_S)
    return tuple(found)


def _read(
    context: typer.Context, read: "Callable[[Store], Iterable[Found]]", found: list[Found]
) -> None:
    from plinthctl.cli.options import Shared
    from plinthctl.cli.shell import Shell

    try:
        with Shell(Shared(config=context.params.get("config"))) as shell:
            found += read(shell.services.store)
    except BaseException:  # noqa: BLE001, S110 - a completion that fails must not be heard of
        pass
