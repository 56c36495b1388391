"""``plinthctl list``: jobs, newest first."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import typer

from plinthctl.cli.filters import Filters
from plinthctl.cli.registry import JOBS, command
from plinthctl.cli.shell import Shell
from plinthctl.domain.queries import Sort, all_of

_ORDER = "How many, in which order"
MOST = 1_000_000  # far above what a store keeps for 30 days; --all has no limit


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(
        app,
        "list",
        panel=JOBS,
        examples=(
            "plinthctl list --active",
            "plinthctl list --failed --since 1h --type competitor_analysis",
            "plinthctl list --search 'is:stuck org:acme timeout'",
            "plinthctl list --all -o ndjson | jq -r .id",
        ),
    )(list_jobs)


def list_jobs(
    shell: Shell,
    which: Filters,
    sort: Annotated[
        Sort, typer.Option("--sort", help="By what.", rich_help_panel=_ORDER)
    ] = Sort.CREATED,
    reverse: Annotated[
        bool, typer.Option("--reverse", help="The other way round.", rich_help_panel=_ORDER)
    ] = False,
    limit: Annotated[
        int, typer.Option(min=1, max=MOST, help="How many at most.", rich_help_panel=_ORDER)
    ] = 50,
    everything: Annotated[
        bool, typer.Option("--all", help="All of them.", rich_help_panel=_ORDER)
    ] = False,
) -> None:
    """List jobs, newest first.

    Filters of different kinds must all hold; --status, --active and --failed add up.
    --search takes words, "quoted words" and the filters status: type: org: user:
    decision: step: since: until: is:stuck is:active, with commas between values.

    --sort begins with the newest (created), the oldest (age), the longest run
    (duration) or what runs (status).

    Should the store go away amid a long list, the exit code is 6, and a JSON array has
    no end: half a list is not taken for a whole one.
    """
    from plinthctl.cli import listing

    asked = which.queries(datetime.now(UTC))
    query = replace(
        all_of(asked.values()),
        sort=sort,
        reverse=reverse,
        limit=None if everything else limit,
    )
    shown = listing.show(shell, query)
    listing.comment(shell, query, asked, shown)
