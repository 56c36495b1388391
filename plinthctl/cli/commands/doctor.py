"""``plinthctl doctor``: what is wrong with an installation, and what to type next."""

import shlex
import shutil
import sys
from collections.abc import Mapping
from typing import Final

import typer

from plinthctl.cli.options import Output
from plinthctl.cli.registry import RUN, command
from plinthctl.cli.shell import Shell
from plinthctl.errors import ExitCode

# What says which store and which configuration are meant; no secret stands in them.
_PLACES: Final = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "PLINTHCTL_CONFIG")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(
        app,
        "doctor",
        panel=RUN,
        examples=(
            "plinthctl doctor",
            "plinthctl doctor -o json | jq -r '.checks[] | select(.level != \"ok\") | .fix'",
        ),
    )(doctor)


def doctor(shell: Shell) -> None:
    """Check configuration, store, bell, workers, sweeps, alerts, clock, keys and terminal.

    Every check runs, whatever the others found, and none takes longer than 2 s. Exit 1
    when one failed; a warning is none. Each line that is not ✓ has a command that helps.
    """
    from plinthctl.domain.checkup import Level
    from plinthctl.render import checkup
    from plinthctl.services.doctor import Doctor
    from plinthctl.wiring import place

    shape = shell.one_of(Output.TABLE, Output.WIDE, Output.JSON, Output.NDJSON)
    program = _program(shell.environ)
    examined = Doctor(lambda: shell.loaded, place, shell.terminal.screen, program).examine()
    if shape in {Output.JSON, Output.NDJSON}:
        checks = list(examined)
        shell.json(checkup.checks_object(checks))
    else:
        checks = []
        for check in examined:
            checks.append(check)
            shell.show(checkup.check_lines(check, shell.terminal.out_width))
        shell.say(checkup.sum_line(checks))
    if any(check.level is Level.FAILED for check in checks):
        raise typer.Exit(ExitCode.UNEXPECTED)


def _program(environ: Mapping[str, str]) -> str:
    """How cron calls this program: it has neither our PATH nor our variables."""
    ours = shutil.which("plinthctl") or f"{sys.executable} -m plinthctl"
    places = (f"{name}={shlex.quote(environ[name])}" for name in _PLACES if environ.get(name))
    return " ".join([*places, ours])
