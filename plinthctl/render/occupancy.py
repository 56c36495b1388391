"""How full the limits are, a line each."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from plinthctl.domain.budgets import Spending, as_json
from plinthctl.domain.limits import Scope
from plinthctl.domain.occupancy import Occupancy
from plinthctl.render.numbers import NO_SPENDING, budget_cell
from plinthctl.render.sheet import Lines, columns, words


def table(
    found: Sequence[Occupancy], width: int | None, spent: Mapping[str, Spending] = NO_SPENDING
) -> Lines:
    """Scope, id, active and limit; the last column marks the full ones. Where anybody has
    a budget, what organisations have spent of it today."""
    rows = [
        [
            words(one.scope.value),
            words(one.identifier),
            words(str(one.active)),
            words(str(one.limit)),
            _used(one),
            *([budget_cell(_spent(one, spent))] if spent else []),
        ]
        for one in found
    ]
    today = ("TODAY",) if spent else ()
    return columns(("SCOPE", "ID", "ACTIVE", "LIMIT", "USED", *today), rows, width)


def _spent(one: Occupancy, spent: Mapping[str, Spending]) -> Spending | None:
    return spent.get(one.identifier) if one.scope is Scope.ORG else None


def _used(one: Occupancy) -> Text:
    used = f"{one.active}/{one.limit}"
    return words((f"{used} full", "bold red")) if one.full else words(used)


def place_object(one: Occupancy, spent: Mapping[str, Spending] = NO_SPENDING) -> dict[str, Any]:
    """One organisation, user or decision."""
    budget = _spent(one, spent)
    return {
        "scope": one.scope.value,
        "id": one.identifier,
        "active": one.active,
        "limit": one.limit,
        "full": one.full,
        "budget": as_json(budget) if budget else None,
    }
