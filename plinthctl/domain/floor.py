"""The floor under the bell: how often the store is asked for work, and what is left
to those who were told of it. Source: CORE.md, "Claims and tokens".
"""

from typing import Final

LEFT_TO_THE_BELL_S: Final = 2.0  # a job due for less is on its way to whoever was woken
FLOOR_EVERY_S: Final = 1.0
WORKERS_A_SECOND: Final = 1000  # of all workers so many ask in a second, however many there are
SILENT_EVERY_S: Final = (0.5, 1.0)  # while the bell is silent, at least and at most
AFTER_A_CHANGE_S: Final = 0.2  # a slot that comes free is the bell's first


def pause_s(*, bell_heard: bool, workers: int, roll: float) -> float:
    """Seconds until an idle worker asks the store again.

    ``workers`` are alive in all; ``roll`` in [0, 1) spreads them.
    """
    if bell_heard:
        return (0.75 + 0.5 * roll) * max(FLOOR_EVERY_S, workers / WORKERS_A_SECOND)
    least, most = SILENT_EVERY_S
    return least + (most - least) * roll


def leave_s(*, bell_heard: bool) -> float:
    """For how many seconds a new job is left to the bell."""
    return LEFT_TO_THE_BELL_S if bell_heard else 0.0
