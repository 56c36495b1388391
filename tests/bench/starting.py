"""How long commands take to start, and what they load."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.bench.table import Figure, ms

RUNS: Final = 7
COMMANDS: Final = (("--help",), ("--version",), ("list",))
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


def figures(folder: Path) -> list[Figure]:
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    environ = {**os.environ, **home}
    nothing_s = _took_s(["-c", "pass"], environ)
    return [_figure(command, nothing_s, environ) for command in COMMANDS]


def _figure(command: Sequence[str], nothing_s: float, environ: dict[str, str]) -> Figure:
    took_s = _took_s(["-m", "plinthctl", *command], environ)
    modules, heavy = _loaded(command, environ)
    here = f"{ms(took_s)} against {ms(nothing_s)}; {modules} modules, {heavy} among them"
    what = f"plinthctl {' '.join(command)}"
    return Figure(what, took_s / nothing_s, "python -c pass", here)


def _took_s(arguments: Sequence[str], environ: dict[str, str]) -> float:
    return statistics.median(_once_s(arguments, environ) for _ in range(RUNS))


def _once_s(arguments: Sequence[str], environ: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], env=environ, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def _loaded(command: Sequence[str], environ: dict[str, str]) -> tuple[int, str]:
    """How many modules a command loads, and which of the heavy ones."""
    ran = subprocess.run(
        [sys.executable, "-c", _LOADED, *command], env=environ, check=True, capture_output=True
    )
    count, names = json.loads(ran.stdout)
    return count, ", ".join(sorted(set(names) & set(HEAVY))) or "none heavy"
