"""The clock that judges of life and death go by, and the dice of ids."""

import os
import time
from typing import Final

from plinthctl.domain.ids import RANDOM_BYTES, IdPrefix, new_id

# Where there is one, the clock that also counts while the machine sleeps: others
# judge us by theirs, and they may have been awake.
_CLOCK: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", None)


def steady_s() -> float:
    """Seconds of a clock that is never set, counted through a suspend where possible."""
    return time.monotonic() if _CLOCK is None else time.clock_gettime(_CLOCK)


def fresh_id(prefix: IdPrefix) -> str:
    """An id of this moment."""
    return new_id(prefix, time.time_ns() // 1_000_000, os.urandom(RANDOM_BYTES))
