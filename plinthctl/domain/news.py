"""What a committed change has brought: told to whoever listens, after its commit.

News are hints. Whoever hears one asks the store; whoever misses it finds out later.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from plinthctl.domain.job import SUBMITTED, JobEvent

CANCEL_REQUESTED: Final = "cancel_requested"
PROGRESS: Final = "progress"  # inside a step: no event, and its number is the last one's
_DELIVERED: Final = frozenset({SUBMITTED, JobEvent.RETRY_BY_HAND.value})


@dataclass(frozen=True, slots=True)
class News:
    """One event of a job that is in the store, or progress between two of them.

    Attributes:
        seq: The event's number in the job's history, dense from 1.
        kind: The event's kind, as in ``job_events``.
        worker_id: Who runs the job; None: nobody.
        due_at: From when on it may be claimed.
        at: The store's clock at the event.
    """

    job_id: str
    type: str
    seq: int
    kind: str
    worker_id: str | None
    due_at: datetime
    at: datetime

    @property
    def delivers(self) -> bool:
        """Whether a worker is to be told of the job: it is new, or was retried by
        hand, and is due at once."""
        return self.kind in _DELIVERED and self.due_at <= self.at


Listener = Callable[[Sequence[News]], None]


def unheard(news: Sequence[News]) -> None:
    """The listener of a store that nobody listens to."""
