"""How points in time are shown: as ages, in UTC, or in the local zone."""

from datetime import UTC, datetime, tzinfo
from enum import Enum
from typing import Self


class Times(Enum):
    """The three ways, in the order in which a key goes through them."""

    AGES = "ages"
    UTC = "UTC"
    LOCAL = "local times"

    @property
    def following(self) -> Self:
        """The next one."""
        ways = list(type(self))
        return ways[(ways.index(self) + 1) % len(ways)]

    @property
    def zone(self) -> tzinfo | None:
        """The zone of times; None: ages are shown instead."""
        match self:
            case Times.AGES:
                return None
            case Times.LOCAL:
                return datetime.now().astimezone().tzinfo
            case _:
                return UTC


def clock(at: datetime, times: Times) -> str:
    """A time of day to the second, and its zone."""
    local = at.astimezone(times.zone or UTC)
    return f"{local:%H:%M:%S}Z" if local.tzinfo is UTC else f"{local:%H:%M:%S %Z}"
