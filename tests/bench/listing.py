"""How long ``list`` takes on a million jobs, beside a script with its imports and queries."""

import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Final

from plinthctl.store import open_store, upgrade_store
from tests.bench import growing
from tests.bench.processes import by_turns
from tests.bench.table import Figure, middle

ROUNDS: Final = 11
TIMES: Final = 1.15
_LOADED: Final = """
import json, sys
from contextlib import redirect_stdout
from io import StringIO
import plinthctl.cli.app
from sqlalchemy import event
from sqlalchemy.engine import Engine
asked = []
def note(connection, cursor, statement, parameters, *rest):
    if statement.startswith("SELECT"):
        asked.append([statement, list(parameters)])
event.listen(Engine, "before_cursor_execute", note)
with redirect_stdout(StringIO()):
    plinthctl.cli.app.main(["list"])
ours = ("plinthctl", "__main__", "worker", "sitecustomize", "__editable__")
names = [name for name in sys.modules if not name.startswith(ours)]
json.dump([names, asked], sys.stdout)
"""
_BARE: Final = """
import importlib, json, sys
names, asked = json.load(open(sys.argv[1]))
for name in names:
    importlib.import_module(name)
import pysqlite3
connection = pysqlite3.connect(sys.argv[2])
for statement, parameters in asked:
    for row in connection.execute(statement, parameters):
        print(*row)
"""


def figures(folder: Path) -> list[Figure]:
    path = folder / "many.db"
    _fill(f"sqlite:///{path}")
    environ = _environ(folder, path)
    loaded = folder / "loaded.json"
    loaded.write_bytes(_noted(environ))
    took = by_turns(
        {
            "ours": ["-m", "plinthctl", "list"],
            "bare": ["-c", _BARE, str(loaded), str(path)],
        },
        environ,
        ROUNDS,
    )
    times = statistics.median(took["ours"]) / statistics.median(took["bare"])
    here = f"{middle(took['ours'])} against {middle(took['bare'])}"
    what = f"plinthctl list on {growing.FEW * growing.COPIES:,} jobs, SQLite"
    against = "a script with its imports and queries"
    return [Figure(what, times, against, here, times <= TIMES, TIMES)]


def _fill(url: str) -> None:
    upgrade_store(url)
    store = open_store(url)
    growing.fill(store, growing.MONTH / growing.COPIES, growing.COPIES)
    store.close()


def _environ(folder: Path, path: Path) -> dict[str, str]:
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    return {**os.environ, **home, "PLINTHCTL_DATABASE_URL": f"sqlite:///{path}"}


def _noted(environ: dict[str, str]) -> bytes:
    """The names of the modules that ``list`` loads which are not ours, and its queries."""
    return subprocess.run(
        [sys.executable, "-c", _LOADED], env=environ, check=True, capture_output=True
    ).stdout
