"""Lists of jobs: their first rows, their number, and all of them page by page."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    UnaryExpression,
    func,
    literal,
    literal_column,
    select,
    tuple_,
    type_coerce,
)

from plinthctl.domain.job import ACTIVE
from plinthctl.domain.queries import JobQuery, Place, Sort
from plinthctl.domain.views import JobDetail, JobView
from plinthctl.store.matching import matching
from plinthctl.store.tables import jobs
from plinthctl.store.tx import Tx
from plinthctl.store.views import jobs_with_workers, view, with_all

# In microseconds; what never ran sorts after all that did, which NULL does not everywhere.
_TOOK: Final[ColumnElement[Any]] = func.coalesce(
    type_coerce(jobs.c.completed_at, BigInteger) - type_coerce(jobs.c.started_at, BigInteger),
    literal_column("-1"),
)
# What is sorted by before the id; a time of creation stands in the id itself.
_VALUES: Final[dict[Sort, ColumnElement[Any]]] = {
    Sort.STATUS: jobs.c.status,
    Sort.DURATION: _TOOK,
}


def listed(tx: Tx, query: JobQuery) -> tuple[JobView, ...]:
    """The first jobs of a list."""
    rows = jobs_with_workers().where(_found(tx, query))
    statement = rows.order_by(*_order(query)).limit(query.limit)
    return tuple(view(tx, row) for row in tx.execute(statement))


def places(tx: Tx, query: JobQuery, after: Place | None, at_most: int) -> tuple[Place, ...]:
    """The next jobs of a list, whatever its limit: where each of them stands."""
    value = _VALUES.get(query.sort, literal(None))
    statement = select(jobs.c.id, value.label("value")).where(_found(tx, query))
    if after is not None:
        statement = statement.where(_is_after(query, after))
    rows = tx.execute(statement.order_by(*_order(query)).limit(at_most))
    return tuple(Place(row.id, row.value) for row in rows)


def of_ids(tx: Tx, query: JobQuery, ids: Sequence[str]) -> tuple[JobView, ...]:
    """Those of these jobs that are still there and still match, in this order."""
    still = matching(query, tx.now)
    rows = tx.execute(jobs_with_workers().where(jobs.c.id.in_(ids), still))
    found = {row.id: view(tx, row) for row in rows}
    return tuple(found[job_id] for job_id in ids if job_id in found)


def details_of_ids(tx: Tx, query: JobQuery, ids: Sequence[str]) -> tuple[JobDetail, ...]:
    """The same with all that belongs to them but their events."""
    return with_all(tx, of_ids(tx, query, ids))


def count(tx: Tx, query: JobQuery, at_most: int | None) -> int:
    """How many jobs match, whatever the query's limit; no further than ``at_most``."""
    some = select(jobs.c.id).where(matching(query, tx.now)).limit(at_most)
    found: int = tx.execute(select(func.count()).select_from(some.subquery())).scalar_one()
    return found


def _found(tx: Tx, query: JobQuery) -> ColumnElement[bool]:
    where = matching(query, tx.now)
    only_active = query.stuck or (query.statuses and query.statuses <= ACTIVE)
    if tx.on_postgresql or not only_active:
        return where
    # A partial index knows these few jobs; but to have them in the order of their
    # ids, SQLite would rather read the whole table.
    return jobs.c.id.in_(select(jobs.c.id).where(where).correlate(None))


def _order(query: JobQuery) -> list[UnaryExpression[Any]]:
    keys = [_VALUES[query.sort]] if query.sort in _VALUES else []
    return [key.desc() if query.descending else key.asc() for key in (*keys, jobs.c.id)]


def _is_after(query: JobQuery, place: Place) -> ColumnElement[bool]:
    key: Any = jobs.c.id
    last: Any = literal(place.id)
    if query.sort in _VALUES:
        key = tuple_(_VALUES[query.sort], jobs.c.id)
        last = tuple_(literal(place.value), literal(place.id))
    after: ColumnElement[bool] = key < last if query.descending else key > last
    return after
