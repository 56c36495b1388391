"""Look at the limits: who has how many jobs active."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plinthctl.domain.limits import Limits, Slot
from plinthctl.domain.occupancy import Occupancy, fullest_first

if TYPE_CHECKING:
    from plinthctl.store import Store


@dataclass(frozen=True, slots=True)
class Occupied:
    """Reads how full the limits are."""

    store: "Store"
    limits: Limits

    def everybody(self) -> tuple[Occupancy, ...]:
        """All who have active jobs, the fullest first."""
        return fullest_first(self.store.all_active(), self.limits)

    def of(self, named: Sequence[Slot]) -> tuple[Occupancy, ...]:
        """These, whether they have active jobs or not."""
        return fullest_first(self.store.active(named), self.limits)
