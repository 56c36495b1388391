"""``plinthctl db``: the store's schema, and copies of the store."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plinthctl.cli import files
from plinthctl.cli.options import Output
from plinthctl.cli.registry import command, group
from plinthctl.cli.shell import Shell
from plinthctl.errors import ExitCode

if TYPE_CHECKING:
    from plinthctl.store import SchemaState

app = group(
    "The store: look at its schema, bring it up to date, copy it.",
    examples=("plinthctl db status", "plinthctl db upgrade", "plinthctl db backup copy.db"),
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


def backup(
    shell: Shell,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE|DIR", help="A new file, or a folder in which it is named by the moment."
        ),
    ],
    force: Annotated[bool, typer.Option("--force", help="Replace the file that is there.")] = False,
) -> None:
    """Copy a SQLite store while it is in use.

    The copy is checked, for you alone to read, and there whole or not at all. For
    PostgreSQL, says what to type (exit 2).
    """
    path = files.place(file, f"plinthctl-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.db", "FILE")
    began_s = time.monotonic()
    shell.services.database.check_backup(path)
    with files.drafted(path, force=force) as draft:
        state = shell.services.database.backup(draft)
    _tell_copied(shell, path, state, time.monotonic() - began_s)


def rebuild_rollups(shell: Shell) -> None:
    """Compute the hourly sums behind long windows and "normal" anew, from the rows.

    For after a clock was set back or a store was restored; safe while jobs run. Nothing
    else is changed. Hours more than 400 days ago are left out.
    """
    shape = shell.one_of(Output.TABLE, Output.WIDE, Output.JSON, Output.NDJSON)
    began_s = time.monotonic()
    hours = sum(1 for _ in shell.services.books.rebuild())
    took_s = time.monotonic() - began_s
    if shape in {Output.JSON, Output.NDJSON}:
        shell.json({"hours": hours, "took_s": round(took_s, 3)})
    else:
        shell.data(f"✓ {hours} hours rebuilt in {took_s:.1f} s")


def _tell_copied(shell: Shell, path: Path, state: "SchemaState", took_s: float) -> None:
    from rich.filesize import decimal

    from plinthctl.domain.spans import span
    from plinthctl.render.sheet import words

    size = path.stat().st_size
    if shell.output in {Output.JSON, Output.NDJSON}:
        told = {"path": str(path), "bytes": size, "schema": state.current}
        shell.json(told | {"took_s": round(took_s, 3)})
    elif shell.terminal.out_is_tty and shell.output is not Output.ID:
        facts = f"   {decimal(size)}, schema {state.current}, {span(took_s)}"
        shell.show([words(("✓ ", "green"), f"copied to {path}", (facts, "dim"))])
    else:
        shell.data(str(path))


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
command(
    app,
    "backup",
    examples=(
        "plinthctl db backup plinthctl-backup.db",
        "plinthctl db backup /var/backups/plinthctl/ -o json",
    ),
)(backup)
command(
    app,
    "rebuild-rollups",
    examples=("plinthctl db rebuild-rollups", "plinthctl db rebuild-rollups -o json"),
)(rebuild_rollups)
