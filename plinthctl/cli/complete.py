"""What TAB offers. Anything that goes wrong, or takes too long, offers nothing."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import Thread
from typing import TYPE_CHECKING, Final

import typer

if TYPE_CHECKING:
    from plinthctl.store.glance import Glance

LIVE_WAIT_S: Final = 2.0  # for a store that may be far away: a shell hangs meanwhile
NEWEST: Final = 50  # of jobs, decisions, results that are offered
NAMES_OF: Final = 500  # newest jobs whose organisations and users are offered
_AS_IT_STANDS: Final = re.compile(r"[\w@+=.,:/][\w@+=.,:/-]*")
_NOT_PLAIN: Final = re.compile(r"[^\w +,./–—-]")


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

    jobs = _live(context, lambda store: store.jobs(NEWEST))
    offers = [("@last", "the newest of yours")] if jobs else []
    offers += [(short(job_id), plain(" ".join(about))) for job_id, *about in jobs]
    return [offer for offer in offers if offer[0].startswith((incomplete, incomplete.upper()))]


def orgs(context: typer.Context, incomplete: str) -> list[str]:
    """The organisations of the newest jobs."""
    return _names((org for org, _ in _owners(context)), incomplete)


def users(context: typer.Context, incomplete: str) -> list[str]:
    """The users of the newest jobs."""
    return _names((user for _, user in _owners(context)), incomplete)


def _owners(context: typer.Context) -> Sequence[Sequence[str]]:
    return _live(context, lambda store: store.owners(NAMES_OF))


def _names(names: Iterable[str], incomplete: str) -> list[str]:
    """Those that a shell leaves as they are: what it is offered stands on its line, and
    whoever named it may have meant more than a name."""
    offers = (name for name in dict.fromkeys(names) if _AS_IT_STANDS.fullmatch(name))
    return [name for name in offers if name.startswith(incomplete)]


def decision_ids(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The newest decisions by the short form of their ids, with their titles."""
    return _titled(_live(context, lambda store: store.decisions(NEWEST)), incomplete)


def result_ids(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The newest results by the short form of their ids, with kinds and titles."""
    return _titled(_live(context, lambda store: store.results(NEWEST)), incomplete)


def _titled(found: Iterable[Sequence[str]], incomplete: str) -> list[tuple[str, str]]:
    from plinthctl.domain.ids import short

    offers = ((short(one), plain(about)) for one, about in found)
    return [offer for offer in offers if offer[0].startswith(incomplete.upper())]


def plain(text: str) -> str:
    """What is said of an offer: words, and marks that no shell and no markup reads.

    The script for zsh evaluates it twice, in quotes that a backslash opens, and Typer
    reads Rich's markup in it.
    """
    return " ".join(_NOT_PLAIN.sub(" ", text).split())


def result_kinds(incomplete: str) -> Iterator[str]:
    """The kinds of results; after a comma, the next one."""
    from plinthctl.domain.results import KIND_WORDS

    return _next_of(incomplete, KIND_WORDS)


def providers(incomplete: str) -> list[str]:
    """The providers that steps ask."""
    from plinthctl.domain.circuits import PROVIDERS

    return [name for name in PROVIDERS if name.startswith(incomplete)]


def alert_rules(incomplete: str) -> list[str]:
    """The names of the alert rules."""
    from plinthctl.domain.alerting import AlertRule

    return [rule.value for rule in AlertRule if rule.startswith(incomplete)]


def alert_names(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The rules, and the open alerts by the short form of their ids."""
    found = _live(context, lambda store: store.open_alerts(NEWEST))
    rules = [(name, "a rule") for name in alert_rules(incomplete)]
    return [*rules, *_titled(found, incomplete)]


def _live(
    context: typer.Context, look: "Callable[[Glance], Sequence[Sequence[str]]]"
) -> Sequence[Sequence[str]]:
    found: list[Sequence[str]] = []
    looking = Thread(target=_look, args=(context, look, found), daemon=True)
    looking.start()
    looking.join(LIVE_WAIT_S)
    return tuple(found)


def _look(
    context: typer.Context,
    look: "Callable[[Glance], Sequence[Sequence[str]]]",
    found: list[Sequence[str]],
) -> None:
    from plinthctl.settings import load_settings
    from plinthctl.store.glance import Glance

    try:
        loaded = load_settings(context.params.get("config"), os.environ, {})
        found += look(Glance(loaded.settings.database_url))
    except BaseException:  # noqa: BLE001, S110 - a completion that fails must not be heard of
        pass
