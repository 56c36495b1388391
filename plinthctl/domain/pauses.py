"""Job types, or all intake, that an operator holds back: their pending jobs wait
and do not age. Running jobs go on, and new ones are accepted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

ALL: Final = "*"  # the scope of all intake; no job type is called so
_NONE: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class Pause:
    """What is held back since when: a job type, or `ALL`; by whom, and why."""

    scope: str
    paused_at: datetime
    operator: str
    reason: str | None = None


def holding(pauses: Iterable[Pause], job_type: str) -> tuple[Pause, ...]:
    """The pauses that hold jobs of this type back."""
    return tuple(pause for pause in pauses if pause.scope in {ALL, job_type})


def held_until(pause: Pause, others: Iterable[Pause], now: datetime) -> datetime:
    """Until when a pause that is lifted ``now`` was all that held some jobs back.
    The time of ``others``, which hold them still, is taken out when those are lifted."""
    return min((other.paused_at for other in others), default=now)


def due_after(available_at: datetime, paused_at: datetime, until: datetime) -> datetime:
    """From when on a job counts as due, with the time from ``paused_at`` to ``until``
    taken out of its age. Nobody's age grows by it, and the order of jobs stays."""
    return available_at + max(until - max(available_at, paused_at), until - until)
