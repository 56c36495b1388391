"""Keeping the numbers: a sample each minute, a roll-up each hour, each by one at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from plinthctl.domain.expiry import DUTY_EVERY_S, Expiry
from plinthctl.domain.rollups import hour_of, normal_hours, normals
from plinthctl.errors import ReadOnly

if TYPE_CHECKING:
    from plinthctl.store import Store

# The duties' names in the store.
SAMPLE: Final = "sample"
ROLL_UP: Final = "roll_up"

SAMPLE_EVERY_S: Final = 20.0  # so that no minute goes by without one; the first of it stays
HOURS_AT_ONCE: Final = 24  # that are caught up with in one turn, after a long time without


@dataclass(frozen=True, slots=True)
class Bookkeeper:
    """Keeps what screens look back on."""

    store: "Store"
    expiry: Expiry
    read_only: bool = False

    def in_turn(self) -> None:
        """Do what is due, unless somebody else does it."""
        if self.store.take_duty(SAMPLE, SAMPLE_EVERY_S):
            self.store.take_sample(self.expiry)
        if self.store.take_duty(ROLL_UP, DUTY_EVERY_S):
            self.catch_up()
            self.keep_normals()
            self.store.forget_numbers()

    def catch_up(self, at_most: int = HOURS_AT_ONCE) -> int:
        """Roll up the hours that are over, the oldest first; returns how many."""
        done = 0
        while done < at_most and (hour_at := self.store.next_hour_to_roll()) is not None:
            self.store.roll_up(hour_at)
            done += 1
        return done

    def keep_normals(self) -> None:
        """Work out what is normal in this hour, once: of hours that a day has closed."""
        hour_at = hour_of(self.store.now())
        if not self.store.kept_normals(hour_at):
            self._work_out_normals(hour_at)

    def _work_out_normals(self, hour_at: datetime) -> None:
        spreads = self.store.usual_durations(*normal_hours(hour_at))
        self.store.keep_normals(hour_at, normals(spreads))

    def rebuild(self) -> Iterator[datetime]:
        """Compute every roll-up anew from the ends that there are; each hour as it is done.

        Raises:
            ReadOnly: the configuration forbids changes.
        """
        if self.read_only:
            raise ReadOnly.refusing("nothing is rebuilt")
        for hour_at, created in self.store.history().items():
            self.store.roll_up(hour_at, created)
            yield hour_at
        self._work_out_normals(hour_of(self.store.now()))
