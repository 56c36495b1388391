"""Which schema a store has, which one this program needs, and the way between.

Versions are Alembic revisions named 0001, 0002 …; to us they are whole numbers.
Alembic itself is only imported to upgrade.
"""

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect, select, text

from plinthctl.errors import SchemaMismatch
from plinthctl.store.tables import metadata, store_names
from plinthctl.store.tx import Tx

if TYPE_CHECKING:
    from alembic.config import Config

_VERSIONS: Final = Path(__file__).parent / "migrations" / "versions"
_TABLE: Final = "alembic_version"
_ALEMBIC: Final = threading.Lock()
_MIGRATION_LOCK: Final = 0x706C696E  # "plin": one upgrade at a time on PostgreSQL


@dataclass(frozen=True, slots=True)
class SchemaState:
    """A store's schema version (None: it has none yet), the one this program
    needs, and the names of the migrations between, oldest first."""

    current: int | None
    needed: int
    pending: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether this program may work with the store."""
        return self.current == self.needed


def _migrations() -> list[tuple[int, str]]:
    names = sorted(path.stem for path in _VERSIONS.glob("m[0-9]*.py"))
    return [(int(name[1:5]), name[1:]) for name in names]


NEEDED: Final = max(number for number, _ in _migrations())


def read_state(tx: Tx) -> SchemaState:
    """The state of the store's schema.

    Raises:
        SchemaMismatch: it is no store, or its version was tampered with.
    """
    there = set(inspect(tx.connection).get_table_names())
    versions = _versions(tx) if _TABLE in there else ()
    if not versions and (ours := there & set(metadata.tables)):
        raise _no_store(f"it has tables ({', '.join(sorted(ours))}), and no schema version of ours")
    current = _number(versions) if versions else None
    pending = tuple(name for number, name in _migrations() if number > (current or 0))
    return SchemaState(current, NEEDED, pending)


def version(tx: Tx) -> int:
    """The version of a store that has one; one cheap query, for heartbeats.

    Raises:
        SchemaMismatch: there is none any more.
    """
    return _number(_versions(tx))


def _versions(tx: Tx) -> Sequence[str]:
    return tx.execute(text(f"SELECT version_num FROM {_TABLE}")).scalars().all()  # noqa: S608


def _number(versions: Sequence[str]) -> int:
    named = ", ".join(versions)
    if re.fullmatch("[0-9]{4}", named) and int(named) > 0:
        return int(named)
    raise _no_store(f'its schema version is "{named}", which is none of ours')


def _no_store(why: str) -> SchemaMismatch:
    return SchemaMismatch(
        "the database is not a store of plinthctl",
        why=why,
        fix="set database.url to another one, or restore this one; nothing was changed",
    )


def name(tx: Tx) -> str:
    """What this store is called among others, wherever it is reached."""
    found: str = tx.execute(select(store_names.c.name)).scalar_one()
    return found


def require(state: SchemaState) -> None:
    """Refuse a store whose schema is not ours.

    Raises:
        SchemaMismatch: it is behind, or ahead.
    """
    if state.fits:
        return
    details = {"current": state.current, "needed": state.needed}
    if state.current is None:
        message = f"the store has no schema yet, this plinthctl needs {state.needed}"
        raise SchemaMismatch(message, fix="plinthctl db upgrade", details=details)
    message = f"schema is {state.current}, this plinthctl needs {state.needed}"
    newer = state.current > state.needed
    fix = "install the plinthctl that upgraded it, or newer" if newer else "plinthctl db upgrade"
    raise SchemaMismatch(message, fix=fix, details=details)


def upgrade(tx: Tx) -> SchemaState:
    """Bring the store to this program's schema, in the given transaction.

    Raises:
        SchemaMismatch: it is ahead already.
    """
    if tx.on_postgresql:
        tx.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
    if _is_behind(read_state(tx)):
        _run(tx, as_sql=None)
    return read_state(tx)


def upgrade_sql(tx: Tx) -> str:
    """The SQL that `upgrade` would run, for people to read. Raises as it does."""
    output = StringIO()
    if _is_behind(read_state(tx)):
        _run(tx, as_sql=output)
    return output.getvalue()


def _is_behind(state: SchemaState) -> bool:
    """Whether there is something to upgrade. Raises for a schema that is ahead."""
    if state.current is not None and state.current > state.needed:
        require(state)
    return not state.fits


def _run(tx: Tx, as_sql: StringIO | None) -> None:
    # Alembic keeps what it works on in module variables: one upgrade at a time.
    with _ALEMBIC:
        _migrate(tx, as_sql)


def _migrate(tx: Tx, as_sql: StringIO | None) -> None:
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    config = _config()
    script = ScriptDirectory.from_config(config)
    current = read_state(tx).current
    start = "base" if current is None else f"{current:04d}"
    with EnvironmentContext(
        config,
        script,
        fn=lambda revision, _: script._upgrade_revs("head", revision),
        as_sql=as_sql is not None,
        starting_rev=start if as_sql is not None else None,
    ) as environment:
        if as_sql is None:
            environment.configure(connection=tx.connection, transactional_ddl=False)
        else:
            environment.configure(
                dialect_name=tx.connection.dialect.name,
                output_buffer=as_sql,
                transactional_ddl=False,
            )
        environment.run_migrations()


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_VERSIONS.parent).replace("%", "%%"))
    return config
