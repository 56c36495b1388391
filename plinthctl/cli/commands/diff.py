"""``plinthctl diff``: two jobs side by side."""

from typing import Annotated

import typer

from plinthctl.cli.complete import job_ids
from plinthctl.cli.options import Output
from plinthctl.cli.registry import JOBS, command
from plinthctl.cli.shell import Shell


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(
        app,
        "diff",
        panel=JOBS,
        examples=(
            "plinthctl diff 7Q2K9M4T 8XK2M4T1",
            "plinthctl diff 7Q2K9M4T @last -o json | jq .differs",
        ),
    )(diff)


def diff(
    shell: Shell,
    one: Annotated[
        str,
        typer.Argument(metavar="A", help="A job, as show takes it.", autocompletion=job_ids),
    ],
    other: Annotated[
        str,
        typer.Argument(metavar="B", help="The job beside it.", autocompletion=job_ids),
    ],
) -> None:
    """Compare two jobs: input, step outputs, times, costs, model and prompt version.

    ≠ marks what differs; times and costs always do, and are not marked. Of what steps
    have stored, only what differs is shown (-o wide: all of it).
    """
    from plinthctl.render import comparison

    found = shell.services.compare.jobs(one, other)
    if shell.output is Output.ID:
        shell.data(f"{found.one.detail.job.id}\n{found.other.detail.job.id}")
    elif shell.output in {Output.JSON, Output.NDJSON}:
        shell.json(comparison.comparison_object(found.one, found.other, found.pairs))
    else:
        wide = shell.output is Output.WIDE
        width = shell.terminal.out_width
        shell.show(
            comparison.comparison_table(found.one, found.other, found.pairs, width, whole=wide)
        )
