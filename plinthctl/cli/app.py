"""The command line's front door: the command is found, errors become exit codes."""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, Final

import typer
from typer.main import get_command

from plinthctl import __version__
from plinthctl.cli import streams
from plinthctl.cli.menu import Menu
from plinthctl.cli.options import COLOR_VARIABLE, OUTPUT_VARIABLE, Color
from plinthctl.cli.registry import show_help
from plinthctl.domain.text import safe_line, safe_text
from plinthctl.errors import ExitCode, MissingInput, PlinthError, UsageError

PROGRAM: Final = "plinthctl"
COMPLETION_VARIABLE: Final = "_PLINTHCTL_COMPLETE"

_EPILOG: Final = """\
Exit codes:  0 done · 1 unforeseen · 2 wrong usage or input · 3 not found
  4 not in this state · 5 refused by a limit · 6 store unreachable
  7 configuration or schema · 8 the job failed · 9 it was cancelled
  10 an alert warns · 11 an alert pages (alerts --check)
  124 timeout, the job goes on · 130 Ctrl-C · 141 broken pipe · 143 SIGTERM

Results go to stdout, everything else to stderr."""

app: Final = typer.Typer(
    name=PROGRAM,
    cls=Menu,
    epilog=_EPILOG,
    rich_markup_mode="rich",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        python = ".".join(str(part) for part in sys.version_info[:3])
        told = f"{PROGRAM} {__version__} (python {python}, schema {_schema()})"
        sys.stdout.write(safe_line(told) + "\n")
        raise typer.Exit


def _schema() -> int:
    # Counted from the names of the migrations: the store itself loads SQL.
    versions = Path(__file__).parents[1] / "store" / "migrations" / "versions"
    return max((int(path.stem[1:5]) for path in versions.glob("m[0-9]*.py")), default=0)


@app.callback()
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say it and exit.")
    ] = False,
) -> None:
    """Run Plinth's AI jobs, follow them, and see what they found.

    plinthctl submit competitor_analysis --wait
    plinthctl list --active
    plinthctl show @last
    """
    if context.invoked_subcommand is None:
        show_help(context)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Nothing it raises gets past here,
    but the end of the process by a signal."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if COMPLETION_VARIABLE in os.environ:
        app(prog_name=PROGRAM)
    streams.prepare()
    signal.signal(signal.SIGTERM, _terminated)
    try:
        return _run(arguments)
    except BrokenPipeError:
        return _silenced()
    except SystemExit as end:
        # The help's own console ends the process when its reader has left.
        if isinstance(end.__context__, BrokenPipeError):
            return _silenced()
        raise
    except PlinthError as error:
        return _tell(error, arguments)
    except typer.TyperException as error:
        return _tell(_usage(error), arguments)
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last one who can say something helpful
        from plinthctl.cli import failures

        return _tell(failures.unforeseen(error), arguments)


@cache
def program() -> Any:
    """The whole command: made once, which takes as long as most calls of it."""
    return get_command(app)


def _run(arguments: list[str]) -> int:
    _settle_color(arguments)
    try:
        with program().make_context(PROGRAM, arguments) as context:
            context.command.invoke(context)
        sys.stdout.flush()
    except typer.Exit as end:
        sys.stdout.flush()
        return end.exit_code
    return ExitCode.OK


def _settle_color(arguments: Sequence[str]) -> None:
    """Let ``--color`` count for help and errors too, which are told apart from commands."""
    when = _value_of(arguments, "--color") or os.environ.get(COLOR_VARIABLE)
    if when == "never":
        os.environ["NO_COLOR"] = "1"
    elif when == "always":
        os.environ.pop("NO_COLOR", None)
        os.environ["FORCE_COLOR"] = "1"


def _terminated(number: int, _frame: FrameType | None) -> None:
    # An exception, so that a drawn line is wiped and the cursor comes back.
    raise SystemExit(128 + number)


def _silenced() -> int:
    """Nobody reads stdout any more: end without a word."""
    streams.give_up(sys.stdout)
    return ExitCode.BROKEN_PIPE


def _usage(error: typer.TyperException) -> PlinthError:
    context: Any = getattr(error, "ctx", None)
    path = context.command_path if context is not None else PROGRAM
    message = error.format_message().rstrip(".").replace("Value error, ", "")
    return UsageError(message[:1].lower() + message[1:], fix=f"{path} --help")


def _tell(error: PlinthError, arguments: Sequence[str]) -> int:
    import shlex

    from plinthctl.cli import failures

    if isinstance(error, MissingInput):
        # What was typed goes on the line to paste, whatever options there are.
        error.fix = f"{shlex.join([PROGRAM, *arguments])} {error.flags}"
    if "--debug" in arguments:
        with suppress(OSError):
            sys.stderr.write(safe_text(failures.trace_of(error.__cause__ or error)))
    told = failures.as_json(error) if _wants_json(arguments, os.environ) else _styled(error)
    with suppress(OSError):
        sys.stderr.write(told + "\n")
    try:
        sys.stdout.flush()
    except (OSError, streams.OutputLost):
        streams.give_up(sys.stdout)
    return error.exit_code


def _styled(error: PlinthError) -> str:
    from plinthctl.cli import failures
    from plinthctl.cli.terminal import wants_color

    text = failures.as_text(error)
    if wants_color(Color.AUTO, os.environ, tty=sys.stderr.isatty()):
        return text.replace("error:", "\x1b[1;31merror:\x1b[0m", 1)
    return text


def _wants_json(arguments: Sequence[str], environ: Mapping[str, str]) -> bool:
    # Read by hand: the arguments may be what cannot be parsed.
    asked = _value_of(arguments, "-o", "--output") or environ.get(OUTPUT_VARIABLE)
    return asked in {"json", "ndjson"}


def _value_of(arguments: Sequence[str], *names: str) -> str | None:
    found = None
    for n, argument in enumerate(arguments):
        name, is_joined, value = argument.partition("=")
        if name in names:
            found = value if is_joined else next(iter(arguments[n + 1 : n + 2]), None)
        elif argument[:2] in names and not argument.startswith("--") and len(argument) > 2:
            found = argument[2:]
    return found
