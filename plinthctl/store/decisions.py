"""Decisions with their criteria and options."""

from typing import Any

from sqlalchemy import Row, select

from plinthctl.domain.decisions import Criterion, DecisionContext, Option
from plinthctl.store.tables import decisions, options
from plinthctl.store.tx import Tx


def read(tx: Tx, decision_id: str) -> DecisionContext | None:
    """The decision of that id."""
    row = tx.execute(select(decisions).where(decisions.c.id == decision_id)).one_or_none()
    return None if row is None else _context(tx, row)


def _context(tx: Tx, row: Row[Any]) -> DecisionContext:
    own = select(options).where(options.c.decision_id == row.id).order_by(options.c.ordinal)
    return DecisionContext(
        id=row.id,
        org=row.org,
        title=row.title,
        question=row.question,
        context=row.context,
        criteria=tuple(Criterion(**criterion) for criterion in row.criteria),
        options=tuple(Option(o.id, o.name, o.description) for o in tx.execute(own)),
        created_at=row.created_at,
    )


def insert(tx: Tx, decision: DecisionContext) -> None:
    """Write a decision and its options."""
    row = {
        "id": decision.id,
        "org": decision.org,
        "title": decision.title,
        "question": decision.question,
        "context": decision.context,
        "criteria": [
            {"name": c.name, "weight": c.weight, "better": c.better} for c in decision.criteria
        ],
        "created_at": decision.created_at,
    }
    tx.insert_all(decisions, [row])
    tx.insert_all(
        options,
        [
            {
                "id": option.id,
                "decision_id": decision.id,
                "ordinal": ordinal,
                "name": option.name,
                "description": option.description,
            }
            for ordinal, option in enumerate(decision.options)
        ],
    )
