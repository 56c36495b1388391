"""``plinthctl pause``: hold job types back, or all intake."""

from typing import TYPE_CHECKING, Annotated

import typer

from plinthctl.cli import parsing
from plinthctl.cli.complete import all_job_types
from plinthctl.cli.options import Output
from plinthctl.cli.registry import RUN, command
from plinthctl.cli.shell import Shell
from plinthctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(
        app,
        "pause",
        panel=RUN,
        examples=(
            "plinthctl pause competitor_analysis",
            'plinthctl pause --all --reason "moving the database"',
        ),
    )(pause)


def pause(
    shell: Shell,
    types: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TYPE…]", help="Job types.", autocompletion=all_job_types),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All intake.")] = False,
    reason: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Why; shown to others, kept in the audit.")
    ] = None,
) -> None:
    """Let workers take no more jobs of a type, or no more jobs at all.

    Jobs are still accepted: they wait, and do not expire meanwhile. Running jobs go
    on. It lasts until plinthctl resume. Asking twice is no mistake.
    """
    scopes = scopes_of(types or (), everything=everything)
    changed = shell.services.pausing.pause(scopes, reason)
    tell(shell, scopes, changed, ("paused", "paused already"))


def scopes_of(types: "Sequence[str]", *, everything: bool) -> tuple[str, ...]:
    """What is to be paused or resumed.

    Raises:
        UsageError: nothing was said, or both.
        UnknownJobType: no type has this name.
    """
    from plinthctl.domain.catalog import job_type
    from plinthctl.domain.pauses import ALL

    if bool(types) == everything:
        raise UsageError(
            "which job types?" if not types else "job types and --all do not go together",
            fix="name one, or give --all for all intake; all types: plinthctl types",
        )
    names = (job_type(name).name for name in parsing.commas(types))
    return (ALL,) if everything else tuple(dict.fromkeys(names))


def tell(
    shell: Shell, scopes: "Sequence[str]", changed: "Sequence[bool]", says: tuple[str, str]
) -> None:
    """What became of each: changed, or as it was before; and what is paused now."""
    from plinthctl.render import pauses

    standing = shell.services.pausing.standing()
    shape = shell.one_of(*Output)
    told = list(zip(scopes, changed, strict=True))
    if shape in {Output.JSON, Output.NDJSON}:
        objects = [pauses.scope_object(scope, standing, changed=new) for scope, new in told]
        if shape is Output.JSON:
            shell.json(objects)
        else:
            for one in objects:
                shell.json(one)
    elif shape is Output.ID:
        for scope in scopes:
            shell.data(scope)
    else:
        shell.show([pauses.scope_line(scope, says[0] if new else says[1]) for scope, new in told])
        others = [pause for pause in standing if pause.scope not in scopes]
        shell.say(*pauses.standing_lines(others, shell.services.store.now()))
