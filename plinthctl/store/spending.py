"""What organisations have spent today, from the ends of their runs."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import BindParameter, Row, bindparam, func, select

from plinthctl.domain.budgets import Budgets, Spending, Spent, day_of, spending
from plinthctl.store.tables import UtcTime, job_ends
from plinthctl.store.tx import Tx

_SINCE: Final[BindParameter[datetime]] = bindparam("since", type_=UtcTime)
_SUMS: Final = (
    func.coalesce(func.sum(job_ends.c.cost_usd), 0.0).label("known_usd"),
    (func.count() - func.count(job_ends.c.cost_usd)).label("unknown"),
)
_OF_ORG: Final = select(*_SUMS).where(
    job_ends.c.org == bindparam("of_org"), job_ends.c.ended_at >= _SINCE
)
_OF_ALL: Final = (
    select(job_ends.c.org, *_SUMS).where(job_ends.c.ended_at >= _SINCE).group_by(job_ends.c.org)
)


def of(tx: Tx, org: str, budgets: Budgets) -> Spending | None:
    """What an organisation has spent of its budget; None, and nothing is read: it has none."""
    if budgets.of(org) is None:
        return None
    row = tx.execute(_OF_ORG, {"of_org": org, "since": day_of(tx.now)}).one()
    return spending(org, budgets, _spent(row), tx.now)


def of_all(tx: Tx, budgets: Budgets) -> dict[str, Spending]:
    """All who have a budget, and have ended anything today or are named."""
    spent = dict.fromkeys(budgets.named, Spent())
    for row in tx.execute(_OF_ALL, {"since": day_of(tx.now)}):
        spent[row.org] = _spent(row)
    found = (spending(org, budgets, one, tx.now) for org, one in sorted(spent.items()))
    return {one.org: one for one in found if one is not None}


def _spent(row: Row[Any]) -> Spent:
    return Spent(float(row.known_usd), int(row.unknown))
