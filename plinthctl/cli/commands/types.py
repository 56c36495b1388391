"""``plinthctl types``: the catalogue of job types."""

from typing import Annotated

import typer

from plinthctl.cli.complete import all_job_types
from plinthctl.cli.options import Output
from plinthctl.cli.registry import JOBS, command
from plinthctl.cli.shell import Shell


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(
        app,
        "types",
        panel=JOBS,
        examples=(
            "plinthctl types",
            "plinthctl types competitor_analysis",
            "plinthctl types market_research -o json | jq .input.properties",
        ),
    )(types)


def types(
    shell: Shell,
    name: Annotated[
        str | None,
        typer.Argument(metavar="TYPE", help="One of them, in full.", autocompletion=all_job_types),
    ] = None,
) -> None:
    """The job types: their input, their steps, how long they usually take."""
    from plinthctl.cli.render import catalogue
    from plinthctl.domain.catalog import JOB_TYPES, job_type

    shape = shell.one_of(Output.TABLE, Output.WIDE, Output.JSON, Output.NDJSON, Output.ID)
    chosen = [job_type(name)] if name else list(JOB_TYPES.values())
    if shape is Output.ID:
        shell.data("\n".join(found.name for found in chosen))
    elif shape is Output.NDJSON:
        for found in chosen:
            shell.json(catalogue.type_object(found))
    elif shape is Output.JSON:
        objects = [catalogue.type_object(found) for found in chosen]
        shell.json(objects[0] if name else objects)
    elif name:
        shell.show(catalogue.one(chosen[0], shell.terminal.out_width))
    else:
        shell.show(catalogue.table(chosen, shell.terminal.out_width))
