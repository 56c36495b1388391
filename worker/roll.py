"""The roll call: what the store says this worker runs, against what it does run."""

from collections.abc import Iterable
from dataclasses import dataclass

from plinthctl.domain.runs import OnRoll

Held = tuple[str, int]  # a job's id and its claim's token


@dataclass(frozen=True, slots=True)
class RollCall:
    """What is to be done after a roll call.

    Attributes:
        gone: Held in memory only: their steps are stopped, nothing is written.
        cancel: Somebody asked to cancel them.
        give_back: In the store only, twice running: a claim whose answer was lost.
        missing: In the store only, for the first time.
    """

    gone: frozenset[Held]
    cancel: frozenset[Held]
    give_back: frozenset[Held]
    missing: frozenset[Held]


def compare(
    roll: Iterable[OnRoll],
    *,
    held_before: frozenset[Held],
    held_now: frozenset[Held],
    missing_before: frozenset[Held],
) -> RollCall:
    """Compare what the store answered with what was held before and after the asking.

    Only what was held before may be called gone, and only what is not held now may
    be called missing: claims and ends happen while the store is asked.
    """
    on_roll = {(entry.job_id, entry.token): entry.cancel_asked for entry in roll}
    missing = frozenset(on_roll) - held_before - held_now
    return RollCall(
        gone=held_before & held_now - frozenset(on_roll),
        cancel=frozenset(held for held, asked in on_roll.items() if asked) & held_now,
        give_back=missing & missing_before,
        missing=missing - missing_before,
    )
