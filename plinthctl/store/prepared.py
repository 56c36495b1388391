"""Statements that run for every step of every job, on SQLite past SQLAlchemy's execution.

SQLAlchemy takes six times as long to run a small statement as SQLite does, under the
lock that all threads of a worker share. What it compiles and how it turns values to and
fro is kept here; only the way in between is shorter.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Executable, Row
from sqlalchemy.exc import DBAPIError

from plinthctl.store.sqlite_driver import driver

Turn = Callable[[Any], Any]
Rows = Sequence[Row[Any]]
SQLITE: Final = "sqlite"


def run(connection: Connection, statement: Executable, given: Mapping[str, Any]) -> Rows:
    """The rows of a statement that was built once, and is kept for ever.

    Raises `DBAPIError`, as the connection itself does.
    """
    if not _short_way(connection):
        result = connection.execute(statement, given)
        return result.all() if result.returns_rows else ()
    prepared = _prepared(statement, tuple(given), connection.dialect)
    cursor = _cursor(connection)
    try:
        cursor.execute(prepared.sql, prepared.values(given))
        return prepared.rows(cursor.fetchall()) if cursor.description else ()
    except driver.Error as error:
        raise _as_usual(prepared.sql, error) from error
    finally:
        cursor.close()


def run_many(
    connection: Connection, statement: Executable, given: Sequence[Mapping[str, Any]]
) -> None:
    """A statement without rows once for each of these values, which are of one shape."""
    if not _short_way(connection):
        connection.execute(statement, given)
        return
    prepared = _prepared(statement, tuple(given[0]), connection.dialect)
    cursor = _cursor(connection)
    try:
        cursor.executemany(prepared.sql, [prepared.values(one) for one in given])
    except driver.Error as error:
        raise _as_usual(prepared.sql, error) from error
    finally:
        cursor.close()


def say(connection: Connection, sql: str) -> None:
    """A statement without rows and values, as it stands."""
    if not _short_way(connection):
        connection.exec_driver_sql(sql)
        return
    cursor = _cursor(connection)
    try:
        cursor.execute(sql)
    except driver.Error as error:
        raise _as_usual(sql, error) from error
    finally:
        cursor.close()


def _short_way(connection: Connection) -> bool:
    """On SQLite, unless somebody listens to the statements."""
    listened: Any = connection.engine.dispatch
    return connection.dialect.name == SQLITE and not listened.before_cursor_execute


def _cursor(connection: Connection) -> Any:
    return connection.connection.cursor()


def _as_usual(sql: str, error: Exception) -> BaseException:
    # Without the values: they are data, and messages are read.
    return DBAPIError.instance(sql, None, error, driver.Error, hide_parameters=True)


class _Prepared:
    """A statement's text for one set of given values, and what becomes of them."""

    def __init__(self, statement: Any, names: tuple[str, ...], dialect: Any) -> None:
        columns = list(names) if statement.is_insert else None
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        self.sql = str(compiled)
        self._order: tuple[str, ...] = tuple(compiled.positiontup or ())
        turns = {n: _turn(bind.type, "bind", dialect) for n, bind in compiled.binds.items()}
        own = {name: value for name, value in compiled.params.items() if name not in names}
        self._own = {name: _turned(turns[name], value) for name, value in own.items()}
        self._turns = tuple((name, turns[name]) for name in self._order if name in names)
        self._plain = not self._own and len(self._turns) == len(self._order)
        found = tuple(getattr(statement, "exported_columns", ()))
        keys = [c.key for c in found]
        self._row: Any = namedtuple("_row", keys, rename=True)  # type: ignore[misc]
        turned = ((place, _turn(c.type, "result", dialect)) for place, c in enumerate(found))
        self._back = tuple((place, turn) for place, turn in turned if turn is not None)

    def values(self, given: Mapping[str, Any]) -> Sequence[Any]:
        """As the driver takes them."""
        if self._plain:
            return [given[n] if turn is None else turn(given[n]) for n, turn in self._turns]
        turned = {n: given[n] if turn is None else turn(given[n]) for n, turn in self._turns}
        return [turned[n] if n in turned else self._own[n] for n in self._order]

    def rows(self, found: Sequence[Sequence[Any]]) -> Rows:
        """As SQLAlchemy gives them."""
        return [self._row._make(self._turned_back(list(one))) for one in found]

    def _turned_back(self, values: list[Any]) -> list[Any]:
        for place, turn in self._back:
            values[place] = turn(values[place])
        return values


@cache
def _prepared(statement: Any, names: tuple[str, ...], dialect: Any) -> _Prepared:
    return _Prepared(statement, names, dialect)


def _turn(kind: Any, way: str, dialect: Any) -> Turn | None:
    """How SQLAlchemy turns a value of this type for the driver, or back."""
    own = kind.dialect_impl(dialect)
    turn: Turn | None = (
        own.bind_processor(dialect) if way == "bind" else own.result_processor(dialect, None)
    )
    return turn


def _turned(turn: Turn | None, value: Any) -> Any:
    return value if turn is None else turn(value)
