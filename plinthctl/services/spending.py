"""Look at the budgets: who has spent how much of it today."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plinthctl.domain.budgets import Budgets, Spending, warning

if TYPE_CHECKING:
    from plinthctl.store import Store


@dataclass(frozen=True, slots=True)
class Spendings:
    """Reads what was spent; where nobody has a budget, nothing is read."""

    store: "Store"
    budgets: Budgets

    def today(self) -> dict[str, Spending]:
        """Everybody's who has a budget, by organisation."""
        if self.budgets.org is None and not self.budgets.named:
            return {}
        return self.store.spendings(self.budgets)

    def warnings(self, orgs: Iterable[str]) -> tuple[str, ...]:
        """What is to be said to who submits for these organisations."""
        limited = sorted({org for org in orgs if self.budgets.of(org) is not None})
        found = (warning(self.store.spending(org, self.budgets), self.budgets) for org in limited)
        return tuple(one for one in found if one is not None)
