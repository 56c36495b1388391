"""How a database goes about finding jobs: the plans of what a store asks it."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

from plinthctl.store import Store
from tests.store.acts import write

PRIMARY = {"sqlite_autoindex_jobs_1", "jobs_pkey"}


def sqlite_plans(store: Store, act: Callable[[], object]) -> list[str]:
    """The lines of SQLite's plans for every statement on jobs that ``act`` runs."""
    return sqlite_statements(store, "jobs", act)


def sqlite_statements(store: Store, table: str, act: Callable[[], object]) -> list[str]:
    """The same for the statements on another table."""
    database: Any = store._database
    with _noted(database._reader_engine, database._writer_engine, table=table) as asked:
        act()
    assert asked

    def explain(tx: Any) -> list[str]:
        return [
            row[3]
            for sql, params in asked
            for row in tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", params)
        ]

    return write(store, explain)


def ways_to_jobs(store: Store, act: Callable[[], object]) -> set[str]:
    """The ways in which the reads of ``act`` find jobs: the names of indexes, "walk"
    (all in the order of their ids, until there are enough), "key" (by their ids),
    "scan" (all of them)."""
    if hasattr(store._database, "_writer_engine"):
        return {_sqlite_way(line) for line in sqlite_plans(store, act) if _on_jobs(line)}
    return set(_postgres_ways(store, act))


def _on_jobs(line: str) -> bool:
    return line.split()[1:2] == ["jobs"]


def _sqlite_way(line: str) -> str:
    words = line.split()
    if "INDEX" not in words:
        return "scan"
    index = words[words.index("INDEX") + 1]
    if index not in PRIMARY:
        return index
    return "walk" if words[0] == "SCAN" else "key"


def _postgres_ways(store: Store, act: Callable[[], object]) -> Iterator[str]:
    database: Any = store._database
    with _noted(database._reads) as asked:
        act()
    assert asked
    with database._reads.connect() as connection:
        for sql, params in asked:
            found = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {sql}", params).scalar()
            (plan,) = json.loads(found) if isinstance(found, str) else found
            yield from _ways(plan["Plan"])


def _ways(node: Mapping[str, Any]) -> Iterator[str]:
    if node.get("Relation Name") == "jobs" and node["Node Type"] == "Seq Scan":
        yield "scan"
    index = node.get("Index Name", "")
    if index in PRIMARY:
        yield "key" if "Index Cond" in node else "walk"
    elif index.startswith("jobs_"):
        yield index
    for inner in node.get("Plans", ()):
        yield from _ways(inner)


@contextmanager
def _noted(*engines: Engine, table: str = "jobs") -> Iterator[list[tuple[str, Any]]]:
    """What is asked about a table meanwhile, in SQL with its parameters."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Connection, _k: object, sql: str, params: Any, *_: object) -> None:
        if f" {table}" in sql and not sql.startswith("INSERT"):
            asked.append((sql, params))

    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield asked
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)
