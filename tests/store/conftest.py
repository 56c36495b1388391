"""A store on each database, and one whose time the test moves.

Making a database takes longer than most of these tests, so they share one on
PostgreSQL, emptied before each, and copy one on SQLite.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from plinthctl.store import Store, upgrade_store
from plinthctl.store.opening import open_database
from plinthctl.store.tables import metadata
from plinthctl.store.tx import Tx
from tests.store.acts import Clock, Timed
from tests.stores import Postgres


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "plinthctl.db"
    upgrade_store(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def shared_postgres(postgres: Postgres) -> str:
    return postgres.new_store()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store: the test runs once on each database."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("shared_postgres")
        _empty(url)
        return url
    path = tmp_path / "plinthctl.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


def _empty(url: str) -> None:
    def delete_all(tx: Tx) -> None:
        for table in reversed(metadata.sorted_tables):
            tx.execute(delete(table))

    database = open_database(url)
    database.write(delete_all)
    database.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed(store_url: str, clock: Clock) -> Iterator[Store]:
    """A store on each database, at noon until ``clock`` is moved."""
    opened = Store(Timed(open_database(store_url), clock))
    yield opened
    opened.close()
