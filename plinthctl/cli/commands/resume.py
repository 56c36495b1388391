"""``plinthctl resume``: let held-back jobs go."""

from typing import Annotated

import typer

from plinthctl.cli.commands.pause import scopes_of, tell
from plinthctl.cli.complete import all_job_types
from plinthctl.cli.registry import RUN, command
from plinthctl.cli.shell import Shell


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(
        app,
        "resume",
        panel=RUN,
        examples=("plinthctl resume competitor_analysis", "plinthctl resume --all"),
    )(resume)


def resume(
    shell: Shell,
    types: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TYPE…]", help="Job types.", autocompletion=all_job_types),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All intake; types paused by name stay paused.")
    ] = False,
    reason: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Why; kept in the audit.")
    ] = None,
) -> None:
    """Let workers take jobs again that were held back by plinthctl pause.

    Each is as old as it was when it was paused. Asking twice is no mistake.
    """
    scopes = scopes_of(types or (), everything=everything)
    changed = shell.services.pausing.resume(scopes, reason)
    tell(shell, scopes, changed, ("resumed", "was not paused"))
