"""How full the limits are."""

from collections.abc import Mapping
from dataclasses import dataclass

from plinthctl.domain.limits import Limits, Scope, Slot


@dataclass(frozen=True, slots=True)
class Occupancy:
    """How many of its places an organisation, user or decision has taken."""

    scope: Scope
    identifier: str
    active: int
    limit: int

    @property
    def full(self) -> bool:
        """Whether no place is left."""
        return self.active >= self.limit


def fullest_first(active: Mapping[Slot, int], limits: Limits) -> tuple[Occupancy, ...]:
    """Those with the smallest share of free places first; the larger number of jobs
    decides between equals, then scope and name."""
    found = (Occupancy(*place, number, limits.of(*place)) for place, number in active.items())
    return tuple(sorted(found, key=_order))


def _order(one: Occupancy) -> tuple[float, int, int, str]:
    share = one.active / one.limit if one.limit else float("inf")
    return (-share, -one.active, list(Scope).index(one.scope), one.identifier)
