"""What an organisation may spend in a day, UTC, and what becomes of its jobs beyond that.

A budget is held when a job is admitted: by what has ended until then. Jobs that are let in
spend what they spend, and what their limits allow at a time may go beyond it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from plinthctl.domain.spans import span
from plinthctl.errors import BudgetSpent

_PLACES: Final = 9  # of a dollar; ten times 0.1 are 1 then


@dataclass(frozen=True, slots=True)
class Budgets:
    """US dollars a day per organisation, and the exceptions by name.

    Attributes:
        org: None: nobody has a budget but who is named.
        warn: The share of it from which on submitters are warned.
        refuse: Whether jobs are refused beyond it; else they are warned of.
    """

    org: float | None = None
    named: Mapping[str, float] = field(default_factory=dict)
    warn: float = 0.8
    refuse: bool = True

    def of(self, org: str) -> float | None:
        """What this organisation may spend in a day; None: nobody counts."""
        return self.named.get(org, self.org)


NO_BUDGETS: Final = Budgets()


@dataclass(frozen=True, slots=True)
class Spent:
    """What runs that have ended today cost. ``unknown``: how many of them nobody knows
    the price of; they are not counted, as if they were free."""

    known_usd: float = 0.0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Spending:
    """What an organisation has spent today of what it may. ``free_in_s``: seconds until
    the next day begins."""

    org: str
    budget_usd: float
    spent: Spent
    free_in_s: float

    @property
    def share(self) -> float | None:
        """Of the budget; None: there is none to have a share of."""
        return self.spent.known_usd / self.budget_usd if self.budget_usd else None

    @property
    def used_up(self) -> bool:
        """Whether nothing is left of what is known."""
        return round(self.spent.known_usd, _PLACES) >= self.budget_usd


def day_of(now: datetime) -> datetime:
    """When the day began whose budget counts: midnight, UTC."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def spending(org: str, budgets: Budgets, spent: Spent, now: datetime) -> Spending | None:
    """What it has spent of its budget; None: it has none."""
    budget_usd = budgets.of(org)
    if budget_usd is None:
        return None
    free_in_s = (day_of(now) + timedelta(days=1) - now).total_seconds()
    return Spending(org, budget_usd, spent, free_in_s)


def refused(found: Spending | None, budgets: Budgets) -> bool:
    """Whether a job of this organisation is not let in."""
    return found is not None and budgets.refuse and found.used_up


def warning(found: Spending | None, budgets: Budgets) -> str | None:
    """What submitters should know; None: all is well."""
    if found is None:
        return None
    if found.used_up:
        return f"{told(found)}; its budget is used up until {_free(found)}"
    if found.share is None or found.share < budgets.warn:
        return None
    then = "then jobs are refused" if budgets.refuse else "jobs are let in beyond it"
    return f"{told(found)}: {found.share:.0%}; {then} until {_free(found)}"


def refusal(found: Spending) -> BudgetSpent:
    """The error for a job of an organisation whose budget is used up."""
    return BudgetSpent(
        told(found),
        why=f"its budget is used up, and free again at {_free(found)}",
        fix=f"submit it then, or raise budgets.org or budgets.named for {found.org}",
        details=as_json(found),
    )


def told(found: Spending) -> str:
    """How much of how much, and what is not in it: ``org acme has spent $4.20 of its
    $5.00 today``."""
    unknown = found.spent.unknown
    runs = "1 run that has" if unknown == 1 else f"{unknown:,} runs that have"
    more = f", and what {runs} ended cost is unknown" if unknown else ""
    return f"org {found.org} has spent {amounts(found)} today{more}"


def amounts(found: Spending) -> str:
    """``$4.20 of $5.00``; ``at least`` where some of it is unknown."""
    at_least = "at least " if found.spent.unknown else ""
    return f"{at_least}{_usd(found.spent.known_usd)} of {_usd(found.budget_usd)}"


def _usd(amount: float) -> str:
    """In cents, or as finely as it takes to tell a small sum from none."""
    cents = f"${amount:,.2f}"
    return cents if not amount or amount >= 0.1 else f"${amount:,.4f}"


def _free(found: Spending) -> str:
    return f"00:00 UTC, in {span(found.free_in_s)}"


def as_json(found: Spending) -> dict[str, Any]:
    """For scripts."""
    return {
        "org": found.org,
        "budget_usd": found.budget_usd,
        "spent_usd": round(found.spent.known_usd, _PLACES),
        "unknown_runs": found.spent.unknown,
        "share": None if found.share is None else round(found.share, 4),
        "used_up": found.used_up,
        "free_in_s": round(found.free_in_s, 3),
    }
