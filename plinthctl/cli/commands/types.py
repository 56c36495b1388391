"""``plinthctl types``: the catalogue of job types."""

from collections.abc import Sequence
from typing import Annotated

import typer

from plinthctl.cli.complete import all_job_types
from plinthctl.cli.options import Output
from plinthctl.cli.registry import JOBS, command
from plinthctl.cli.shell import Shell
from plinthctl.domain.pauses import Pause, holding
from plinthctl.errors import PlinthError


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
    """The job types: their input, their steps, how long they usually take.

    What is paused is marked, by whom and why.
    """
    from plinthctl.domain.catalog import JOB_TYPES, job_type
    from plinthctl.render import catalogue

    shape = shell.one_of(Output.TABLE, Output.WIDE, Output.JSON, Output.NDJSON, Output.ID)
    chosen = [job_type(name)] if name else list(JOB_TYPES.values())
    if shape is Output.ID:
        shell.data("\n".join(found.name for found in chosen))
        return
    pauses = _pauses(shell)
    objects = [catalogue.type_object(found, pauses) for found in chosen]
    if shape is Output.NDJSON:
        for one in objects:
            shell.json(one)
    elif shape is Output.JSON:
        shell.json(objects[0] if name else objects)
    elif name:
        shell.show(catalogue.one(chosen[0], shell.terminal.out_width))
        _say_paused(shell, holding(pauses or (), name))
    else:
        shell.show(catalogue.table(chosen, shell.terminal.out_width, pauses or ()))
        _say_paused(shell, pauses or ())


def _pauses(shell: Shell) -> Sequence[Pause] | None:
    """What is paused; None: nobody knows. The catalogue is known all the same."""
    try:
        return shell.services.pausing.standing()
    except PlinthError as error:
        shell.warn(f"nobody knows what is paused: {error.message}", fix=error.fix)
        return None


def _say_paused(shell: Shell, pauses: Sequence[Pause]) -> None:
    from plinthctl.render.pauses import standing_lines

    if pauses:
        shell.say(*standing_lines(pauses, shell.services.store.now()))
