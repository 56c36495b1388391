"""How long commands take to start, and what they load."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.bench.processes import by_turns
from tests.bench.table import Figure, middle

ROUNDS: Final = 11
HELP_TIMES: Final = 1.3  # of a bare Typer app with as many commands and panels
VERSION_TIMES: Final = 1.1  # of `import typer`
HEAVY: Final = ("sqlalchemy", "textual", "openai", "arq", "redis", "httpx")
_LOADED: Final = """
import json, sys
from contextlib import redirect_stdout, suppress
from io import StringIO
before = len(sys.modules)
from plinthctl.cli.app import main
sys.argv = ["plinthctl", *sys.argv[1:]]
with suppress(SystemExit), redirect_stdout(StringIO()):
    main()
json.dump([len(sys.modules) - before, sorted(sys.modules)], sys.stdout)
"""
_BARE: Final = '''
import typer
app = typer.Typer(rich_markup_mode="rich")
@app.callback()
def root(a: bool = False) -> None:
    """A program."""
def add(number: int) -> None:
    @app.command(f"command-{number}", rich_help_panel=f"Panel {number % PANELS}")
    def run(a: str = "", b: int = 1, c: bool = False) -> None:
        """Do something, and say what came of it."""
for number in range(COMMANDS):
    add(number)
app()
'''


def figures(folder: Path) -> list[Figure]:
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    environ = {**os.environ, **home}
    took = by_turns(
        {
            "nothing": ["-c", "pass"],
            "import typer": ["-c", "import typer"],
            "a bare Typer app": ["-c", _bare(), "--help"],
            **{word: ["-m", "plinthctl", word] for word in ("--version", "--help", "list")},
        },
        environ,
        ROUNDS,
    )
    return [
        _figure("--version", "import typer", took, VERSION_TIMES, environ),
        _figure("--help", "a bare Typer app", took, HELP_TIMES, environ),
        _figure("list", "nothing", took, None, environ),
    ]


def _bare() -> str:
    """A program with as many commands, in as many panels, as ours."""
    from plinthctl.cli.app import program

    commands = program().commands
    panels = {command.rich_help_panel for command in commands.values()}
    return f"COMMANDS, PANELS = {len(commands)}, {len(panels)}\n{_BARE}"


def _figure(
    word: str,
    against: str,
    took: dict[str, list[float]],
    at_most: float | None,
    environ: dict[str, str],
) -> Figure:
    times = statistics.median(took[word]) / statistics.median(took[against])
    modules, heavy = _loaded([word], environ)
    here = f"{middle(took[word])} against {middle(took[against])}"
    kept = None if at_most is None else times <= at_most
    return Figure(
        f"plinthctl {word}", times, against, f"{here}; {modules} modules, {heavy}", kept, at_most
    )


def _loaded(command: Sequence[str], environ: dict[str, str]) -> tuple[int, str]:
    """How many modules a command loads, and which of the heavy ones."""
    ran = subprocess.run(
        [sys.executable, "-c", _LOADED, *command], env=environ, check=True, capture_output=True
    )
    count, names = json.loads(ran.stdout)
    return count, ", ".join(sorted(set(names) & set(HEAVY))) or "none heavy"
