"""A store on each database, and one whose time the test moves.

Opening a store takes longer than most of these tests, so they share one on each
database, emptied before each test.
"""

from collections.abc import Callable, Iterator

import pytest

from plinthctl.store import Store, upgrade_store
from plinthctl.store.database import Database
from plinthctl.store.opening import open_database
from tests.store.acts import Clock, Timed, delete_all


@pytest.fixture(scope="session")
def shared_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Database]]:
    """By its kind, the database that the tests of this folder share."""

    opened: dict[str, Database] = {}

    def shared(kind: str) -> Database:
        if kind not in opened:
            opened[kind] = open_database(_new_url(kind))
        return opened[kind]

    def _new_url(kind: str) -> str:
        if kind == "postgresql":
            made: str = request.getfixturevalue("postgres").new_store()
            return made
        url = f"sqlite:///{tmp_path_factory.mktemp('shared') / 'plinthctl.db'}"
        upgrade_store(url)
        return url

    yield shared
    for database in opened.values():
        database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, shared_database: Callable[[str], Database]
) -> Database:
    """An empty database: the test runs once on each."""
    shared = shared_database(request.param)
    shared.write(delete_all)
    return shared


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed(database: Database, clock: Clock) -> Store:
    """A store on each database, at noon until ``clock`` is moved."""
    return Store(Timed(database, clock))
