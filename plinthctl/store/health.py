"""What a store says of itself, whatever its schema; nothing is made and nothing changed."""

import time
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import text

from plinthctl.domain.checkup import StoreFacts
from plinthctl.store import schema
from plinthctl.store.sqlite import driver_version
from plinthctl.store.tx import Tx

LOOPBACK: Final = frozenset({"", "localhost", "127.0.0.1", "::1"})


def facts(tx: Tx, where: str, host: str | None) -> StoreFacts:
    """The facts of one transaction; ``host`` None: it is a file."""
    began_s = time.monotonic()
    state = schema.read_state(tx)
    read_s = time.monotonic() - began_s
    if host is None:
        return _of_file(tx, where, state, read_s)
    return _of_server(tx, where, state, read_s, local=host in LOOPBACK or host.startswith("/"))


def _of_file(tx: Tx, where: str, state: schema.SchemaState, read_s: float) -> StoreFacts:
    version = driver_version()
    return StoreFacts(
        f"SQLite {version}",
        where,
        state.current,
        state.needed,
        read_s,
        sqlite=tuple(int(part) for part in version.split(".")),
        journal=str(tx.execute(text("PRAGMA journal_mode")).scalar_one()),
    )


def _of_server(
    tx: Tx, where: str, state: schema.SchemaState, read_s: float, *, local: bool
) -> StoreFacts:
    version = str(tx.execute(text("SHOW server_version")).scalar_one()).partition(" ")[0]
    clock = text("SELECT (extract(epoch FROM clock_timestamp()))::double precision")
    before = datetime.now(UTC).timestamp()
    told: float = tx.execute(clock).scalar_one()
    between = (before + datetime.now(UTC).timestamp()) / 2
    return StoreFacts(
        f"PostgreSQL {version}",
        where,
        state.current,
        state.needed,
        read_s,
        tls=None if local else _is_encrypted(tx),
        ahead_s=told - between,
    )


def _is_encrypted(tx: Tx) -> bool:
    ssl = text("SELECT coalesce(bool_or(ssl), false) FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    return bool(tx.execute(ssl).scalar_one())
