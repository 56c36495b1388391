"""Opening a store by its URL, and upgrading one."""

import shlex
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from plinthctl.errors import BadConfiguration, NotFound, UsageError
from plinthctl.store import backup, schema
from plinthctl.store.database import Database
from plinthctl.store.schema import SchemaState
from plinthctl.store.sqlite import SqliteDatabase, path_of
from plinthctl.store.store import Store


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
