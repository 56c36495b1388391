"""``plinthctl list``: jobs, newest first."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from plinthctl.cli import parsing
from plinthctl.cli.complete import all_job_types, statuses
from plinthctl.cli.options import Output
from plinthctl.cli.registry import JOBS, command
from plinthctl.cli.shell import Shell

if TYPE_CHECKING:
    from plinthctl.domain.queries import JobQuery
    from plinthctl.services.browse import Page

_FILTERS = "Which jobs"
MOST = 1_000_000  # far above what a store keeps for 30 days; --all has no limit


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(
        app,
        "list",
        panel=JOBS,
        examples=(
            "plinthctl list --active",
            "plinthctl list --failed --since 1h",
            "plinthctl list --all -o ndjson | jq -r .id",
        ),
    )(list_jobs)


def list_jobs(
    shell: Shell,
    status: Annotated[
        list[str] | None,
        typer.Option(
            "--status",
            metavar="S,…",
            help="With one of these statuses.",
            rich_help_panel=_FILTERS,
            autocompletion=statuses,
        ),
    ] = None,
    active: Annotated[
        bool, typer.Option("--active", help="Pending or running.", rich_help_panel=_FILTERS)
    ] = False,
    failed: Annotated[
        bool, typer.Option("--failed", help="Failed.", rich_help_panel=_FILTERS)
    ] = False,
    types: Annotated[
        list[str] | None,
        typer.Option(
            "--type",
            metavar="T,…",
            help="Of one of these types.",
            rich_help_panel=_FILTERS,
            autocompletion=all_job_types,
        ),
    ] = None,
    org: Annotated[
        str | None, typer.Option(help="Of this organisation.", rich_help_panel=_FILTERS)
    ] = None,
    user: Annotated[
        str | None, typer.Option(help="Of this user.", rich_help_panel=_FILTERS)
    ] = None,
    decision: Annotated[
        str | None, typer.Option(help="Of this decision.", rich_help_panel=_FILTERS)
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN", help="Created since: 1h, 7d or a time.", rich_help_panel=_FILTERS
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Created before.", rich_help_panel=_FILTERS)
    ] = None,
    limit: Annotated[
        int,
        typer.Option(min=1, max=MOST, help="How many at most.", rich_help_panel=_FILTERS),
    ] = 50,
    everything: Annotated[
        bool, typer.Option("--all", help="All of them.", rich_help_panel=_FILTERS)
    ] = False,
) -> None:
    """List jobs, newest first."""
    from plinthctl.domain.queries import JobQuery

    now = datetime.now(UTC)
    query = JobQuery(
        statuses=_statuses(status or (), active=active, failed=failed),
        types=_types(types or ()),
        org=org,
        user=user,
        decision=decision,
        created_since=parsing.moment(since, "--since", now) if since is not None else None,
        created_until=parsing.moment(until, "--until", now) if until is not None else None,
        limit=None if everything else limit,
    )
    page = shell.services.browse.page(query)
    _print(shell, page, query)
    _comment(shell, page, query)


def _statuses(typed: "list[str] | tuple[()]", *, active: bool, failed: bool) -> frozenset:  # type: ignore[type-arg]
    from plinthctl.domain.job import ACTIVE, JobStatus

    named = {parsing.one_of(JobStatus, word, "status") for word in parsing.commas(typed)}
    named |= ACTIVE if active else frozenset()
    return frozenset(named | {JobStatus.FAILED} if failed else named)


def _types(typed: "list[str] | tuple[()]") -> tuple[str, ...]:
    from plinthctl.domain.catalog import job_type

    return tuple(job_type(name).name for name in parsing.commas(typed))


def _print(shell: Shell, page: "Page", query: "JobQuery") -> None:
    from plinthctl.cli.render import jobs

    shape = shell.output
    if shape is Output.ID:
        for job in page.jobs:
            shell.data(job.id)
    elif shape in {Output.JSON, Output.NDJSON}:
        _print_objects(shell, query)
    elif page.jobs:
        width, wide = shell.terminal.out_width, shape is Output.WIDE
        shell.show(jobs.table(page.jobs, width, shell.times, wide=wide))


def _print_objects(shell: Shell, query: "JobQuery") -> None:
    from plinthctl.cli.render import jsons

    expiry = shell.settings.expiry.to_domain()
    objects = [jsons.job_object(whole, expiry) for whole in shell.services.browse.details(query)]
    if shell.output is Output.JSON:
        shell.json(objects)
        return
    for one in objects:
        shell.json(one)


def _comment(shell: Shell, page: "Page", query: "JobQuery") -> None:
    if len(page.jobs) < page.total:
        shell.say(f"{len(page.jobs)} of {page.total} shown; --all for the rest")
    if page.jobs or shell.output in {Output.JSON, Output.NDJSON, Output.ID}:
        return
    recent = shell.services.browse.of_last_hour()
    filters = _given(query)
    drop = f"; drop {filters[0]} to see them" if recent and filters else ""
    hint = f"{recent} in the last hour{drop}" if recent or filters else "make one: plinthctl submit"
    shell.say(f"no jobs match ({hint})" if filters else f"no jobs ({hint})")


def _given(query: "JobQuery") -> list[str]:
    flags = {
        "--type": query.types,
        "--status": query.statuses,
        "--org": query.org,
        "--user": query.user,
        "--decision": query.decision,
        "--since": query.created_since,
        "--until": query.created_until,
    }
    return [flag for flag, value in flags.items() if value]
