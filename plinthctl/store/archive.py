"""Results of all kinds, found long after their jobs; those of other stores, taken in."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, func, select, true

from plinthctl.domain.archive import ID_SLACK, ResultQuery
from plinthctl.domain.decisions import differences
from plinthctl.domain.ids import first_id, tail
from plinthctl.domain.results import ResultKind
from plinthctl.domain.views import ResultHead, ResultView
from plinthctl.errors import Conflict
from plinthctl.store.finding import ids_like
from plinthctl.store.results import row, view
from plinthctl.store.tables import result_tables
from plinthctl.store.tx import Tx

_SHOWN: Final = tuple(field.name for field in fields(ResultHead) if field.name != "kind")
_KINDS: Final = tuple(ResultKind)
_BY_PREFIX: Final = {str(kind.prefix): kind for kind in _KINDS}


def heads(tx: Tx, query: ResultQuery) -> tuple[ResultHead, ...]:
    """Results without what they say, the newest first."""
    found = [head for kind in _wanted(query) for head in _heads(tx, kind, query)]
    found.sort(key=lambda head: tail(head.id), reverse=True)
    return tuple(found[: query.limit])


def _wanted(query: ResultQuery) -> Sequence[ResultKind]:
    return [kind for kind in _KINDS if kind in query.kinds] if query.kinds else _KINDS


def _heads(tx: Tx, kind: ResultKind, query: ResultQuery) -> Iterable[ResultHead]:
    table = result_tables[kind]
    shown = select(*(table.c[name] for name in _SHOWN)).where(_page(kind, query))
    rows = tx.execute(shown.order_by(table.c.id.desc()).limit(query.limit))
    return (ResultHead(kind=kind, **row) for row in rows.mappings())


def listed(tx: Tx, query: ResultQuery) -> tuple[ResultView, ...]:
    """Whole results, the newest first; ``query.limit`` is that of a page."""
    order = [head.id for head in heads(tx, query)]
    found = {one.id: one for kind in _wanted(query) for one in _of_ids(tx, kind, order)}
    return tuple(found[result_id] for result_id in order)


def _of_ids(tx: Tx, kind: ResultKind, ids: Sequence[str]) -> Iterable[ResultView]:
    table = result_tables[kind]
    return (view(kind, row) for row in tx.execute(select(table).where(table.c.id.in_(ids))))


def count(tx: Tx, query: ResultQuery) -> int:
    """How many results match, whatever the query's page and limit."""
    return sum(_count(tx, kind, query) for kind in _wanted(query))


def _count(tx: Tx, kind: ResultKind, query: ResultQuery) -> int:
    table = result_tables[kind]
    found: int = tx.execute(
        select(func.count()).select_from(table).where(_matching(kind, query))
    ).scalar_one()
    return found


def _page(kind: ResultKind, query: ResultQuery) -> ColumnElement[bool]:
    if query.before is None:
        return _matching(kind, query)
    last = f"{kind.prefix}_{tail(query.before)}"
    return and_(_matching(kind, query), result_tables[kind].c.id < last)


def _matching(kind: ResultKind, query: ResultQuery) -> ColumnElement[bool]:
    columns = result_tables[kind].c
    wanted: list[ColumnElement[bool]] = [true()]
    if query.org is not None:
        wanted.append(columns.org == query.org)
    if query.decision is not None:
        wanted.append(columns.decision == query.decision)
    # No index is on the times, but ids are made by the time: they narrow it down.
    if query.since is not None:
        wanted += [columns.created_at >= query.since, columns.id >= _id_at(kind, query.since, -1)]
    if query.until is not None:
        wanted += [columns.created_at < query.until, columns.id < _id_at(kind, query.until, 1)]
    return and_(*wanted)


def _id_at(kind: ResultKind, at: datetime, slacks: int) -> str:
    moment = at.timestamp() + slacks * ID_SLACK.total_seconds()
    return first_id(kind.prefix, int(moment * 1000))


def by_id(tx: Tx, result_id: str) -> ResultView | None:
    """The result of that full id."""
    kind = _BY_PREFIX.get(result_id.partition("_")[0])
    return None if kind is None else next(iter(_of_ids(tx, kind, [result_id])), None)


def of_decision(tx: Tx, decision_id: str) -> tuple[ResultView, ...]:
    """All that jobs have gathered for a decision: kind by kind, the newest job first,
    in the order in which it found them."""
    return tuple(one for kind in _KINDS for one in _gathered(tx, kind, decision_id))


def _gathered(tx: Tx, kind: ResultKind, decision_id: str) -> Iterable[ResultView]:
    table = result_tables[kind]
    newest_first = (table.c.created_at.desc(), table.c.job_id.desc(), table.c.ordinal)
    own = select(table).where(table.c.decision == decision_id).order_by(*newest_first)
    return (view(kind, row) for row in tx.execute(own))


def find_ids(tx: Tx, part: str, at_most: int) -> tuple[str, ...]:
    """Ids of results that begin or end with ``part`` (see `ids.canonical_part`)."""
    found = (
        one
        for kind, table in result_tables.items()
        for one in ids_like(tx, table.c.id, kind.prefix, part, at_most)
    )
    return tuple(sorted(found)[:at_most])


def put(tx: Tx, result: ResultView) -> bool:
    """Whether a result that was made elsewhere was written; False: there is one by its
    id, or in its place among its job's."""
    return tx.insert_new(result_tables[ResultKind(result.kind)], row(result))


def require_same(tx: Tx, result: ResultView) -> None:
    """Insist that the store has this result, with this content.

    Raises:
        Conflict: it has another.
    """
    stored = by_id(tx, result.id)
    differs = ("job", "ordinal") if stored is None else differences(result, stored)
    if differs:
        raise Conflict(
            f"the store has another result in the place of {result.id}",
            why=f"not the same: {', '.join(differs)}",
            fix=f"look at what is there: plinthctl results list --decision {result.decision}",
            details={"result": result.id, "differs": list(differs)},
        )
