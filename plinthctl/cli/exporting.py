"""Handing out exports: as JSON on stdout, or into a file that was not there."""

from collections.abc import Iterable
from typing import Annotated

import typer

from plinthctl.cli import files
from plinthctl.cli.options import Output
from plinthctl.cli.shell import Shell
from plinthctl.errors import UsageError

_PANEL = "Where to"

To = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="FILE|DIR|-",
        help="A new file, or a folder in which it is named for you; stdout otherwise.",
        rich_help_panel=_PANEL,
    ),
]
Force = Annotated[
    bool, typer.Option("--force", help="Replace the file that is there.", rich_help_panel=_PANEL)
]


def suffix(shell: Shell) -> str:
    """What the name of a file of this shape ends with.

    Raises:
        UsageError: ids are no export.
    """
    shape = shell.one_of(Output.JSON, Output.NDJSON, Output.TABLE, Output.WIDE)
    return "ndjson" if shape is Output.NDJSON else "json"


def hand_out(
    shell: Shell, pieces: Iterable[str], to: str | None, name: str, *, force: bool
) -> None:
    """Write an export where ``to`` says; ``name`` is ours for it, in a folder.

    Raises:
        UsageError: there is such a file already, or it cannot be written.
    """
    if to in {None, files.STDOUT}:
        if force:
            raise UsageError("--force replaces a file, and none is named", fix="add --to FILE")
        shell.stream(pieces)
        return
    path = files.place(to or "", name)
    files.write(path, pieces, force=force)
    _tell(shell, str(path))


def _tell(shell: Shell, path: str) -> None:
    from plinthctl.render.sheet import words

    if shell.terminal.out_is_tty:
        shell.say(words(("✓ ", "green"), f"written to {path}"))
    else:
        shell.data(path)
