"""How often to look: decided from what a look costs, and from how often it has failed."""

from typing import Final

SHARE: Final = 3  # looking takes a third of the time at most
BACK_OFF_S: Final = (1.0, 2.0, 4.0, 8.0, 15.0)
INTERVALS_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


def paced(interval_s: float, took_s: float) -> float:
    """Seconds from one look to the next; more than was asked for where looks are slow."""
    return max(interval_s, SHARE * took_s)


def back_off(attempt: int) -> float:
    """Seconds until the store is asked again, after failed attempt number ``attempt``,
    which counts from 1."""
    return BACK_OFF_S[min(attempt, len(BACK_OFF_S)) - 1]


def slower(interval_s: float) -> float:
    """The next longer interval."""
    return next((one for one in INTERVALS_S if one > interval_s), INTERVALS_S[-1])


def faster(interval_s: float) -> float:
    """The next shorter interval; half a second is the shortest."""
    return next((one for one in reversed(INTERVALS_S) if one < interval_s), INTERVALS_S[0])
