"""Opening a store by its URL, and upgrading one."""

import shlex
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from plinthctl.domain.checkup import StoreLook
from plinthctl.errors import BadConfiguration, NotFound, UsageError
from plinthctl.store import backup, circuits, health, liveness, reaping, schema
from plinthctl.store.database import Database
from plinthctl.store.schema import SchemaState
from plinthctl.store.sqlite import SqliteDatabase, path_of
from plinthctl.store.store import Store
from plinthctl.store.tx import Tx


def open_store(url: str) -> Store:
    """The store at ``url``, with a schema that fits. A new SQLite file gets one.

    Raises:
        BadConfiguration: not a ``sqlite:///`` or ``postgresql://`` URL.
        SchemaMismatch: the schema is missing, behind or ahead.
        StoreUnavailable: nobody answers there.
    """
    database = open_database(url)
    try:
        _require_schema(database)
    except BaseException:
        database.close()
        raise
    return Store(database)


def open_store_at(url: str, clock: Callable[[], datetime]) -> Store:
    """The SQLite store at ``url``, for whom it is the time that ``clock`` tells.

    Raises:
        SchemaMismatch, StoreUnavailable: as `open_store`.
    """
    database = SqliteDatabase(_parsed(url), clock)
    _require_schema(database)
    return Store(database)


def open_database(url: str) -> Database:
    """The database at ``url``, whatever its schema."""
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        return SqliteDatabase(parsed)
    from plinthctl.store.postgres import PostgresDatabase

    return PostgresDatabase(parsed)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise _unknown_url() from None
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise _unknown_url()
    return parsed


def _unknown_url() -> BadConfiguration:
    # The URL is not shown: a password may stand anywhere in a malformed one.
    return BadConfiguration(
        "database.url is not an address of a database that plinthctl knows",
        fix="use postgresql://user@host/name or sqlite:////an/absolute/path.db",
    )


def _require_schema(database: Database) -> None:
    state = database.read(schema.read_state)
    if state.current is None and isinstance(database, SqliteDatabase):
        state = database.write(schema.upgrade)
    schema.require(state)


def open_schema(url: str) -> SchemaState:
    """The state of a store's schema, also where it does not fit."""
    database = open_database(url)
    try:
        return database.read(schema.read_state)
    finally:
        database.close()


def upgrade_store(url: str) -> SchemaState:
    """Bring a store to this program's schema. Any number at once is safe.

    Raises:
        SchemaMismatch: it is ahead already.
    """
    database = open_database(url)
    try:
        return database.write(schema.upgrade)
    finally:
        database.close()


def upgrade_sql(url: str) -> str:
    """The SQL that `upgrade_store` would run; empty: none."""
    database = open_database(url)
    try:
        return database.read(schema.upgrade_sql)
    finally:
        database.close()


def check_backup(url: str, path: Path) -> None:
    """Insist that the store at ``url`` can be copied by us.

    Raises:
        UsageError: it is PostgreSQL's; with the command that copies it to ``path``.
        NotFound: there is no store yet.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite":
        raise UsageError(
            "plinthctl copies SQLite stores; PostgreSQL has a program of its own",
            fix=shlex.join(["pg_dump", "--format=custom", f"--file={path}", _open_part(parsed)]),
        )
    if not path_of(parsed).is_file():
        raise NotFound(
            f"there is no store at {path_of(parsed)} yet", fix="plinthctl config show --origin"
        )


def _open_part(url: URL) -> str:
    """The address without what is secret in it, for the programs of PostgreSQL."""
    bare = url._replace(drivername="postgresql", password=None)
    return bare.difference_update_query(["password", "sslpassword"]).render_as_string()


def backup_store(url: str, draft: Path) -> SchemaState:
    """Copy the SQLite store at ``url``, whatever its schema, into the empty file ``draft``.

    Raises:
        StoreUnavailable: it cannot be read or copied.
    """
    database = SqliteDatabase(_parsed(url))
    try:
        backup.fill(database, draft)
        return database.read(schema.read_state)
    finally:
        database.close()


def examine_store(url: str) -> StoreLook | None:
    """The store as it is, whatever its schema; None: there is no file yet, and none is made.

    Raises:
        StoreUnavailable: nobody answers there.
    """
    parsed = _parsed(url)
    is_file = parsed.get_backend_name() == "sqlite"
    if is_file and not path_of(parsed).exists():
        return None
    database = open_database(url)
    host = None if is_file else parsed.host or str(parsed.query.get("host", ""))
    try:
        return database.read(lambda tx: _look(tx, database.safe_url, host))
    finally:
        database.close()


def _look(tx: Tx, where: str, host: str | None) -> StoreLook:
    facts = health.facts(tx, where, host)
    if facts.schema != facts.needed:
        return StoreLook(facts, tx.now)
    workers, duties = liveness.reporting(tx), reaping.duties_due(tx)
    return StoreLook(facts, tx.now, workers, duties, circuits.standing(tx))


def try_to_write(url: str, wait_s: float) -> None:
    """Write nothing, in turn with the others.

    Raises:
        StoreBusy: a SQLite file's turn did not come within ``wait_s``; who has it.
        StoreUnavailable: it may not be written to, or cannot be reached.
    """
    parsed = _parsed(url)
    is_file = parsed.get_backend_name() == "sqlite"
    database = SqliteDatabase(parsed, wait_s=wait_s) if is_file else open_database(url)
    try:
        database.write(reaping.take_a_write)
    finally:
        database.close()
