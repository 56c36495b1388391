"""``plinthctl db``: the store's schema."""

from typing import TYPE_CHECKING, Annotated

import typer

from plinthctl.cli.options import Output
from plinthctl.cli.registry import command, group
from plinthctl.cli.shell import Shell
from plinthctl.errors import ExitCode

if TYPE_CHECKING:
    from plinthctl.store import SchemaState

app = group(
    "The store's schema: look at it, bring it up to date.",
    examples=("plinthctl db status", "plinthctl db upgrade"),
)


def status(shell: Shell) -> None:
    """Say which schema the store has and which one this plinthctl needs.

    Exit 7 when they differ.
    """
    _tell(shell, shell.services.database.status())


def upgrade(
    shell: Shell,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the SQL, change nothing.")
    ] = False,
) -> None:
    """Bring the store's schema up to date. Safe to run again."""
    if dry_run:
        sql = shell.services.database.plan()
        if sql.strip():
            shell.data(sql.rstrip())
        else:
            shell.say("nothing to do: the schema is up to date")
        return
    _tell(shell, shell.services.database.upgrade())


def _tell(shell: Shell, state: "SchemaState") -> None:
    fits = state.current == state.needed
    shape = shell.one_of(Output.TABLE, Output.WIDE, Output.JSON, Output.NDJSON)
    if shape in {Output.JSON, Output.NDJSON}:
        told = {"current": state.current, "needed": state.needed, "pending": list(state.pending)}
        shell.json(told)
    else:
        shell.data(_words(state, fits))
    if not fits:
        raise typer.Exit(ExitCode.MISCONFIGURED)


def _words(state: "SchemaState", fits: bool) -> str:
    if fits:
        return f"✓ schema {state.current}, up to date"
    if state.current is not None and state.current > state.needed:
        newer = f"✗ schema {state.current} is newer than this plinthctl, which knows {state.needed}"
        return f"{newer}\n  fix: install a newer plinthctl"
    now = "none" if state.current is None else str(state.current)
    pending = "".join(f"\n  pending {name}" for name in state.pending)
    return (
        f"✗ schema {now}, this plinthctl needs {state.needed}{pending}\n  fix: plinthctl db upgrade"
    )


command(app, "status", examples=("plinthctl db status", "plinthctl db status -o json"))(status)
command(app, "upgrade", examples=("plinthctl db upgrade --dry-run", "plinthctl db upgrade"))(
    upgrade
)
