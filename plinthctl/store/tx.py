"""A transaction: its connection, and the store's clock when it began."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Executable, Row, Table, literal_column
from sqlalchemy.dialects import sqlite

from plinthctl.domain.news import News

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tx:
    """One transaction. ``now`` is the database's clock on PostgreSQL and this
    machine's on SQLite, read once: a transition has one time. ``news`` is what it
    brings, told to the store's listener after its commit."""

    connection: Connection
    now: datetime
    news: list[News] = field(default_factory=list)

    @property
    def on_postgresql(self) -> bool:
        """Whether rows must be locked before they are changed together."""
        return self.connection.dialect.name == "postgresql"

    def execute(self, statement: Executable) -> CursorResult[Any]:
        """Run one statement."""
        return self.connection.execute(statement)

    def insert_all(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows of one shape; none is no statement."""
        if rows:
            self.connection.execute(table.insert(), list(rows))

    def insert_new(self, table: Table, row: Mapping[str, Any]) -> bool:
        """Whether the row was inserted; False: its key was there already."""
        statement = self._insert(table).values(**row).on_conflict_do_nothing()
        # psycopg does not count the rows of an INSERT; what it returns, one can see.
        return self.execute(statement.returning(literal_column("1"))).first() is not None

    def _insert(self, table: Table) -> Any:
        if self.on_postgresql:
            from sqlalchemy.dialects import postgresql

            return postgresql.insert(table)
        return sqlite.insert(table)


def grouped(tx: Tx, statement: Executable) -> dict[str, list[Row[Any]]]:
    """The rows that a statement finds, by their ``job_id``, in its order."""
    groups: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in tx.execute(statement):
        groups[row.job_id].append(row)
    return dict(groups)
