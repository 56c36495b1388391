"""``plinthctl config``: what is set, where it came from, and whether it makes sense."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plinthctl.cli import files
from plinthctl.cli.options import Output
from plinthctl.cli.registry import command, group
from plinthctl.cli.shell import Shell

if TYPE_CHECKING:
    from plinthctl.settings.load import Located

app = group(
    "The configuration: write one, look at it, check it.",
    examples=("plinthctl config init", "plinthctl config show --origin"),
)


def init(
    shell: Shell,
    force: Annotated[bool, typer.Option("--force", help="Replace the file that is there.")] = False,
) -> None:
    """Write a configuration with every setting at its default, and a comment to each.

    It goes where --config or $PLINTHCTL_CONFIG says, else into your own configuration
    folder, for you alone to read: secrets may stand in it.
    """
    from plinthctl.settings.example import example_text

    path = _new_config(shell)
    files.make_folder(path.parent)
    files.write(path, [example_text()], force=force)
    _tell_written(shell, path)


def _new_config(shell: Shell) -> Path:
    from plinthctl import paths

    named = shell.config_path or shell.environ.get(paths.CONFIG_VARIABLE)
    return Path(named).expanduser() if named else paths.user_config(shell.environ)


def _tell_written(shell: Shell, path: Path) -> None:
    from plinthctl.render.sheet import words

    if shell.output in {Output.JSON, Output.NDJSON}:
        shell.json({"path": str(path)})
    elif shell.terminal.out_is_tty:
        shell.say(words(("✓ ", "green"), f"written to {path}"))
    else:
        shell.data(str(path))


def show(
    shell: Shell,
    origin: Annotated[
        bool, typer.Option("--origin", help="Say where each value came from.")
    ] = False,
) -> None:
    """Show every setting as it is in force; of a secret, only whether it is set."""
    from plinthctl.render import configuration
    from plinthctl.settings.showing import shown

    shape = shell.one_of(Output.TABLE, Output.WIDE, Output.JSON, Output.NDJSON)
    found = list(shown(shell.loaded))
    if shape in {Output.JSON, Output.NDJSON}:
        shell.objects(configuration.setting_object(one) for one in found)
    else:
        with_origin = origin or shape is Output.WIDE
        shell.show(configuration.table(found, shell.terminal.out_width, origin=with_origin))


def path(shell: Shell) -> None:
    """Say which file is read, and why that one."""
    from plinthctl.settings.load import locate

    located = locate(shell.config_path, shell.environ)
    if shell.output in {Output.JSON, Output.NDJSON}:
        shell.json(_located_object(located))
        return
    if located.path is not None:
        shell.data(str(located.path))
    shell.say(located.why)
    if located.path is None:
        shell.say("make one: plinthctl config init")


def _located_object(located: "Located") -> dict[str, object]:
    exists = located.path is not None and located.path.exists()
    found = None if located.path is None else str(located.path)
    return {"path": found, "exists": exists, "why": located.why}


def validate(
    shell: Shell,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            help="Check this file by itself, instead of all that is in force.",
        ),
    ] = None,
) -> None:
    """Check the configuration, and tell every mistake at once.

    Exit 7 when there is one.
    """
    from plinthctl.render import configuration
    from plinthctl.settings import load_settings

    loaded = load_settings(file, {}, {}) if file else shell.loaded
    told = configuration.checked_object(loaded)
    if shell.output in {Output.JSON, Output.NDJSON}:
        shell.json(told)
    else:
        shell.show([configuration.checked_line(told)])


command(
    app,
    "init",
    examples=("plinthctl config init", "plinthctl config init --config ./plinthctl.toml"),
)(init)
command(
    app,
    "show",
    examples=(
        "plinthctl config show --origin",
        "plinthctl config show -o json | jq -r '.[] | select(.origin != \"default\") | .key'",
    ),
)(show)
command(app, "path", examples=("plinthctl config path", '"$EDITOR" "$(plinthctl config path)"'))(
    path
)
command(
    app,
    "validate",
    examples=("plinthctl config validate", "plinthctl config validate new.toml"),
)(validate)
