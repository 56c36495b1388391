"""Who is alive, and what a loss costs. Source: CORE.md, "Who is alive"."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

BEAT_EVERY_S: Final = 5.0
NEIGHBOURS_EVERY_S: Final = 1.0  # dead processes on this machine
SILENT_EVERY_S: Final = 5.0  # workers elsewhere whose counter stands still
SILENT_AFTER_S: Final = 15.0
NO_NEW_STEP_AFTER_S: Final = 10.0  # since this worker's own last good beat
LET_GO_AFTER_S: Final = 15.0
LOOP_STALLED_AFTER_S: Final = 10.0  # a beat for a loop that does not turn is a lie
# A beat may wait 5 s for its turn and counts from when it was asked for: both together are
# no longer than another's silence, or a judge would not notice a store that stood still.
BEAT_IS_LATE_AFTER_S: Final = 2 * BEAT_EVERY_S
ALONE_AFTER_S: Final = 30.0  # the wait after a second loss in a row
ALONE_FROM_LOSSES: Final = 2
LAST_LOSS: Final = 3
ALONE_AT_MOST: Final = 2  # processes of one job beside a worker
CLOCK_SET_FROM_S: Final = 30.0  # no answer of a store is on its way for so long
ALIVE_WITHIN_S: Final = 30.0  # for words to people: a worker "has reported"


class Standing(StrEnum):
    """What a worker may still do, by the age of its own last good beat."""

    SOUND = "sound"
    NO_NEW_STEP = "no_new_step"
    LET_GO = "let_go"


def standing(since_beat_s: float) -> Standing:
    """What a worker may do ``since_beat_s`` seconds after its last good beat."""
    if since_beat_s >= LET_GO_AFTER_S:
        return Standing.LET_GO
    return Standing.NO_NEW_STEP if since_beat_s >= NO_NEW_STEP_AFTER_S else Standing.SOUND


def may_judge(own_beat_gaps_s: tuple[float, ...]) -> bool:
    """Whether a worker's own last two beats were on time.

    After a suspend or a frozen store everyone looks silent; whoever was late
    itself condemns nobody.
    """
    return len(own_beat_gaps_s) >= 2 and max(own_beat_gaps_s[-2:]) <= BEAT_IS_LATE_AFTER_S


def was_set_ahead(store_s: float, steady_s: float) -> bool:
    """Whether the store's clock was set ahead: it went on by ``store_s`` while
    ``steady_s`` passed on a clock that nobody sets."""
    return store_s - steady_s >= CLOCK_SET_FROM_S


class WorkerMode(StrEnum):
    """How a worker finds its work: told of it through Redis, or by asking the store."""

    BELL = "bell"
    STORE = "store"


@dataclass(frozen=True, slots=True)
class Heard:
    """A worker's counter, and since when it stands there on the judge's own
    monotonic clock (seconds)."""

    beats: int
    since_s: float


def hear(before: Heard | None, beats: int, monotonic_s: float) -> Heard:
    """What is known of a worker after looking at its counter once more."""
    return before if before is not None and before.beats == beats else Heard(beats, monotonic_s)


def is_silent(heard: Heard, monotonic_s: float) -> bool:
    """Whether the counter has not moved for 15 s."""
    return monotonic_s - heard.since_s >= SILENT_AFTER_S


@dataclass(frozen=True, slots=True)
class BackToQueue:
    """The job goes back to pending after ``wait_s``, ``alone``: in a process of its own."""

    wait_s: float
    alone: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """The job fails as ``worker_lost``."""


def after_loss(losses: int) -> BackToQueue | Lost:
    """What becomes of a job at its ``losses``-th loss in a row, no step stored between.

    Raises:
        ValueError: ``losses`` is below 1.
    """
    if losses < 1:
        raise ValueError(f"losses count from 1, got {losses}")
    if losses >= LAST_LOSS:
        return Lost()
    alone = losses >= ALONE_FROM_LOSSES
    return BackToQueue(ALONE_AFTER_S if alone else 0.0, alone)
