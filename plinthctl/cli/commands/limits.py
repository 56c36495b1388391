"""``plinthctl limits``: who has how many jobs active."""

from typing import TYPE_CHECKING, Annotated

import typer

from plinthctl.cli.complete import orgs, users
from plinthctl.cli.options import Output
from plinthctl.cli.registry import LIVE, command
from plinthctl.cli.shell import Shell

if TYPE_CHECKING:
    from plinthctl.domain.occupancy import Occupancy

_WHOSE = "Whose"


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(
        app,
        "limits",
        panel=LIVE,
        examples=(
            "plinthctl limits",
            "plinthctl limits --org acme",
            "plinthctl limits -o json | jq '.[] | select(.full)'",
        ),
    )(limits)


def limits(
    shell: Shell,
    org: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID", help="Of this organisation.", rich_help_panel=_WHOSE, autocompletion=orgs
        ),
    ] = None,
    user: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID", help="Of this user.", rich_help_panel=_WHOSE, autocompletion=users
        ),
    ] = None,
    decision: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Of this decision.", rich_help_panel=_WHOSE),
    ] = None,
) -> None:
    """Show how many jobs are active of how many may be, the fullest first.

    All who have any; or those that are named, whether they have any or not. The
    limits themselves are settings: limits.org, limits.named.org and so on. Where budgets
    are set, TODAY is what an organisation has spent of its own since 00:00 UTC.
    """
    from plinthctl.domain.limits import Scope

    named = {Scope.ORG: org, Scope.USER: user, Scope.DECISION: decision}
    places = [(scope, name) for scope, names in named.items() for name in names or ()]
    occupied = shell.services.occupied
    _print(shell, occupied.of(places) if places else occupied.everybody())


def _print(shell: Shell, found: "tuple[Occupancy, ...]") -> None:
    from plinthctl.render import occupancy

    match shell.output:
        case Output.JSON | Output.NDJSON:
            spent = shell.services.spendings.today()
            shell.objects(occupancy.place_object(one, spent) for one in found)
        case Output.ID:
            for one in found:
                shell.data(one.identifier)
        case Output.TABLE | Output.WIDE:
            if found:
                spent = shell.services.spendings.today()
                shell.show(occupancy.table(found, shell.terminal.out_width, spent))
            else:
                shell.say("no job is active")
