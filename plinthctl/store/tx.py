"""A transaction: its connection, and the store's clock when it began."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from types import ModuleType
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Executable, Insert, Row, Table, literal_column
from sqlalchemy.dialects import sqlite

from plinthctl.domain.news import News
from plinthctl.store import prepared

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tx:
    """One transaction. ``now`` is the database's clock on PostgreSQL and this
    machine's on SQLite, read once: a transition has one time. ``news`` is what it
    brings, told to the store's listener after its commit. ``usual_s`` is what was read
    of how long each type takes."""

    connection: Connection
    now: datetime
    news: list[News] = field(default_factory=list)
    usual_s: dict[str, tuple[float, float] | None] = field(default_factory=dict)

    @property
    def on_postgresql(self) -> bool:
        """Whether rows must be locked before they are changed together."""
        return self.connection.dialect.name == "postgresql"

    def execute(
        self, statement: Executable, given: Mapping[str, Any] | None = None
    ) -> CursorResult[Any]:
        """Run one statement, with the values of its bound parameters.

        Building a statement takes eight times as long as running it: what runs
        for every step of every job is built once, and given its values here.
        """
        return self.connection.execute(statement, given)

    def rows(self, statement: Executable, given: Mapping[str, Any]) -> Sequence[Row[Any]]:
        """All rows of a statement that is a constant, the short way (`prepared.run`)."""
        return prepared.run(self.connection, statement, given)

    def run_many(self, statement: Executable, given: Sequence[Mapping[str, Any]]) -> None:
        """A constant statement for each of these, of one shape; none is no statement."""
        if len(given) == 1:
            prepared.run(self.connection, statement, given[0])
        elif given:
            prepared.run_many(self.connection, statement, given)

    def insert_all(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows of one shape; none is no statement."""
        self.run_many(_insert(table), rows)

    def insert_new(self, table: Table, row: Mapping[str, Any]) -> bool:
        """Whether the row was inserted; False: its key was there already."""
        return bool(self.rows(_insert_new(table, self.on_postgresql), row))

    def put_all(
        self, table: Table, rows: Sequence[Mapping[str, Any]], changes: tuple[str, ...]
    ) -> None:
        """Insert rows of one shape; of those whose key is there already, change
        these columns only."""
        self.run_many(_put(table, self.on_postgresql, changes), rows)


@cache
def _insert(table: Table) -> Insert:
    return table.insert()


@cache
def _insert_new(table: Table, on_postgresql: bool) -> Executable:
    # psycopg does not count the rows of an INSERT; what it returns, one can see.
    new: Executable = (
        _dialect(on_postgresql)
        .insert(table)
        .on_conflict_do_nothing()
        .returning(literal_column("1"))
    )
    return new


@cache
def _put(table: Table, on_postgresql: bool, changes: tuple[str, ...]) -> Executable:
    insert = _dialect(on_postgresql).insert(table)
    put: Executable = insert.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={name: insert.excluded[name] for name in changes},
    )
    return put


def _dialect(on_postgresql: bool) -> ModuleType:
    if on_postgresql:
        from sqlalchemy.dialects import postgresql

        return postgresql
    return sqlite


def grouped(
    tx: Tx, statement: Executable, given: Mapping[str, Any] | None = None
) -> dict[str, list[Row[Any]]]:
    """The rows that a statement finds, by their ``job_id``, in its order."""
    groups: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in tx.execute(statement, given):
        groups[row.job_id].append(row)
    return dict(groups)
