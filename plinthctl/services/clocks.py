"""The clock that judges of life and death go by."""

import time
from typing import Final

# Where there is one, the clock that also counts while the machine sleeps: others
# judge us by theirs, and they may have been awake.
_CLOCK: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", None)


def steady_s() -> float:
    """Seconds of a clock that is never set, counted through a suspend where possible."""
    return time.monotonic() if _CLOCK is None else time.clock_gettime(_CLOCK)
