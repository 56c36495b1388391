"""A database that stands still between the tests, and clocks that they move."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from plinthctl.services.sweep import Sweeper
from plinthctl.store import Store
from plinthctl.store.opening import open_database
from tests.store.acts import Clock, Timed

BOOT = "this-boot"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed(store_url: str, clock: Clock) -> Iterator[Store]:
    """A store on each database, at noon until ``clock`` is moved."""
    opened = Store(Timed(open_database(store_url), clock))
    yield opened
    opened.close()


@pytest.fixture
def sweeper(timed: Store) -> Sweeper:
    return Sweeper(timed, BOOT)


@pytest.fixture
def life_files(tmp_path: Path) -> Path:
    folder = tmp_path / "workers"
    folder.mkdir()
    return folder
