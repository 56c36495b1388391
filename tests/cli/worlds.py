"""A store with something of everything for each test, and the program called on it."""

import io
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from plinthctl.settings import load_settings
from plinthctl.store import Store, open_store
from tests.cli.conftest import Call, Said
from tests.cli.every_command import ENTRIES, Path_, World, populate

Do = Callable[[Path_, Path_], Said]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, str]]:
    """A store with something of everything, to be copied: making it takes longer than a test."""
    path = tmp_path_factory.mktemp("world") / "plinthctl.db"
    store = open_store(f"sqlite:///{path}")
    names = populate(store)
    store.close()
    return path, names


@pytest.fixture
def world(
    template: tuple[Path, Mapping[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> World:
    """A copy of its own, where the program will find it."""
    made, names = template
    path = Path(os.environ["XDG_DATA_HOME"]) / "plinthctl" / "plinthctl.db"
    path.parent.mkdir(parents=True)
    shutil.copy(made, path)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE workers SET beat_at = ?", (time.time_ns() // 1000,))
    for clock in ("PENDING", "RUNNING"):  # the copies are older and older
        monkeypatch.setenv(f"PLINTHCTL_EXPIRY_{clock}", "1d")
    return World({**names, "folder": str(tmp_path)})


@pytest.fixture
def store(world: World) -> Iterator[Store]:
    opened = open_store(load_settings(None, os.environ, {}).settings.database_url)
    yield opened
    opened.close()


@pytest.fixture
def do(call: Call, world: World, monkeypatch: pytest.MonkeyPatch) -> Do:
    """Call a command with arguments that name things of the world."""

    def run(path: Path_, arguments: Path_) -> Said:
        entry = ENTRIES[path]
        piped = io.TextIOWrapper(io.BytesIO(entry.stdin.encode()))
        monkeypatch.setattr("sys.stdin", piped)
        return call(*world.typed(path, arguments))

    return run
