"""``plinthctl explain``: why a job waits, is slow, failed or ended, and what helps."""

import typer

from plinthctl.cli.options import JobArgument, Output
from plinthctl.cli.registry import JOBS, command
from plinthctl.cli.shell import Shell


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(
        app,
        "explain",
        panel=JOBS,
        examples=(
            "plinthctl explain @last",
            "plinthctl explain 7Q2K9M4T -o json | jq -r .command",
        ),
    )(explain)


def explain(
    shell: Shell,
    job: JobArgument = "@last",
) -> None:
    """Say why a job waits, is slow or failed: one sentence, its evidence, what helps."""
    from plinthctl.render import explanation

    detail, why = shell.services.explain.job(shell.services.browse.resolve(job))
    if shell.output is Output.ID:
        shell.data(detail.job.id)
    elif shell.output in {Output.JSON, Output.NDJSON}:
        shell.json(explanation.explanation_object(detail.job, why))
    else:
        shell.show(explanation.explanation_lines(detail.job, why, shell.terminal.out_width))
