"""Decisions with their criteria and options, and what was gathered for them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, Select, func, select

from plinthctl.domain.acts import Act
from plinthctl.domain.archive import Added, DecisionDetail, DecisionQuery
from plinthctl.domain.decisions import (
    Criterion,
    DecisionContext,
    Option,
    differences,
    with_option,
)
from plinthctl.domain.ids import IdPrefix
from plinthctl.domain.views import ResultView
from plinthctl.errors import Conflict, NotFound
from plinthctl.store import archive, audit
from plinthctl.store.finding import ids_like
from plinthctl.store.tables import decisions, options
from plinthctl.store.tx import Tx


def read(tx: Tx, decision_id: str) -> DecisionContext | None:
    """The decision of that id."""
    return next(_whole(tx, select(decisions).where(decisions.c.id == decision_id)), None)


def listed(tx: Tx, query: DecisionQuery) -> tuple[DecisionContext, ...]:
    """Decisions, the newest first."""
    statement = _matching(select(decisions), query).order_by(decisions.c.id.desc())
    return tuple(_whole(tx, statement.limit(query.limit)))


def count(tx: Tx, query: DecisionQuery) -> int:
    """How many decisions match, whatever the query's page and limit."""
    statement = select(func.count()).select_from(decisions)
    if query.org is not None:
        statement = statement.where(decisions.c.org == query.org)
    found: int = tx.execute(statement).scalar_one()
    return found


def _matching(statement: Select[Any], query: DecisionQuery) -> Select[Any]:
    if query.org is not None:
        statement = statement.where(decisions.c.org == query.org)
    if query.before is not None:
        statement = statement.where(decisions.c.id < query.before)
    return statement


def _whole(tx: Tx, statement: Select[Any]) -> Iterator[DecisionContext]:
    rows = tx.execute(statement).all()
    own = _options(tx, [row.id for row in rows])
    return (_context(row, own[row.id]) for row in rows)


def _options(tx: Tx, decision_ids: Sequence[str]) -> dict[str, list[Option]]:
    found: dict[str, list[Option]] = defaultdict(list)
    theirs = select(options).where(options.c.decision_id.in_(decision_ids))
    for row in tx.execute(theirs.order_by(options.c.ordinal)):
        found[row.decision_id].append(Option(row.id, row.name, row.description))
    return found


def _context(row: Row[Any], own: Sequence[Option]) -> DecisionContext:
    return DecisionContext(
        id=row.id,
        org=row.org,
        title=row.title,
        question=row.question,
        context=row.context,
        criteria=tuple(Criterion(**criterion) for criterion in row.criteria),
        options=tuple(own),
        created_at=row.created_at,
    )


def detail(tx: Tx, decision_id: str) -> DecisionDetail | None:
    """A decision with all that jobs have gathered for it, read at one moment."""
    decision = read(tx, decision_id)
    if decision is None:
        return None
    return DecisionDetail(decision, archive.of_decision(tx, decision_id), tx.now)


def find_ids(tx: Tx, part: str, at_most: int) -> tuple[str, ...]:
    """Ids of decisions that begin or end with ``part`` (see `ids.canonical_part`)."""
    return ids_like(tx, decisions.c.id, IdPrefix.DECISION, part, at_most)


def add(tx: Tx, decision: DecisionContext, results: Sequence[ResultView], act: Act) -> Added:
    """Write a decision, and results for it; what is there already with the same
    content stays, so that asking again is safe.

    Raises:
        Conflict: the store has other content by one of their ids.
    """
    is_new = tx.insert_new(decisions, _row(decision))
    for ordinal, option in enumerate(decision.options if is_new else ()):
        tx.insert_new(options, _option_row(decision.id, ordinal, option))
    added = Added(is_new, sum(archive.put(tx, result) for result in results))
    # Read back and compared, since another process may have been quicker.
    _require_same(tx, decision)
    for result in results:
        archive.require_same(tx, result)
    if is_new or added.results:
        _note(tx, act, decision, {"new": is_new, "results": added.results})
    return added


def _require_same(tx: Tx, decision: DecisionContext) -> None:
    stored = read(tx, decision.id)
    differs = ("id",) if stored is None else differences(decision, stored)
    if differs:
        raise Conflict(
            f"decision {decision.id} is in the store with other content",
            why=f"not the same: {', '.join(differs)}",
            fix=f"compare: plinthctl decision show {decision.id}\n"
            "or leave its ids out (id, options.*.id, results) to add another",
            details={"decision": decision.id, "differs": list(differs)},
        )


def add_option(tx: Tx, decision_id: str, option: Option, act: Act) -> None:
    """Write one more option of a decision; one that is there by this id stays.

    Raises:
        NotFound: no such decision.
        Conflict, InvalidInput: as `decisions.with_option`.
    """
    # Locked, so that two at once do not get the same place.
    own = select(decisions.c.id).where(decisions.c.id == decision_id)
    tx.execute(own.with_for_update() if tx.on_postgresql else own)
    stored = read(tx, decision_id)
    if stored is None:
        raise NotFound(f'no decision "{decision_id}"', fix="plinthctl decision list")
    if option in stored.options:
        return
    longer = with_option(stored, option)
    tx.insert_all(options, [_option_row(decision_id, len(stored.options), option)])
    _note(tx, act, longer, {"option": option.id, "name": option.name})


def _note(tx: Tx, act: Act, decision: DecisionContext, what: dict[str, Any]) -> None:
    after = {"decision": decision.id, "title": decision.title, **what}
    audit.note(tx, act, before={}, after=after)


def _row(decision: DecisionContext) -> dict[str, Any]:
    return {
        "id": decision.id,
        "org": decision.org,
        "title": decision.title,
        "question": decision.question,
        "context": decision.context,
        "criteria": [asdict(criterion) for criterion in decision.criteria],
        "created_at": decision.created_at,
    }


def _option_row(decision_id: str, ordinal: int, option: Option) -> dict[str, Any]:
    return {
        "id": option.id,
        "decision_id": decision_id,
        "ordinal": ordinal,
        "name": option.name,
        "description": option.description,
    }
