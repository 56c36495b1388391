"""How many jobs may be active, for whom, and when a place comes free."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from plinthctl.domain.budgets import NO_BUDGETS, Budgets
from plinthctl.domain.expiry import DEFAULT_EXPIRY, Expiry
from plinthctl.domain.ids import short
from plinthctl.errors import LimitReached


class Scope(StrEnum):
    """Whom a limit binds. The order is the order in which locks are taken."""

    ORG = "org"
    USER = "user"
    DECISION = "decision"


Slot = tuple[Scope, str]  # a place under a limit, such as in organisation acme

NAMED_AT_MOST: Final = 20  # holders of a full scope; a named limit may allow thousands

# Between two looks for a free place: short beside the shortest job, which takes 10 s,
# and for a hundred who wait 50 small reads a second.
LOOK_EVERY_S: Final = 2.0

NOUN: Final = {Scope.ORG: "organization", Scope.USER: "user", Scope.DECISION: "decision"}


@dataclass(frozen=True, slots=True)
class Limits:
    """Active jobs allowed per scope, and the exceptions by name. A pending job holds
    its place until it has been due for as long as ``expiry`` allows. What a day may cost
    is checked with them."""

    org: int = 5
    user: int = 3
    decision: int = 2
    named: Mapping[Slot, int] = field(default_factory=dict)
    expiry: Expiry = DEFAULT_EXPIRY
    budgets: Budgets = NO_BUDGETS

    def of(self, scope: Scope, identifier: str) -> int:
        """How many jobs this organisation, user or decision may have active."""
        general = {Scope.ORG: self.org, Scope.USER: self.user, Scope.DECISION: self.decision}
        return self.named.get((scope, identifier), general[scope])


@dataclass(frozen=True, slots=True)
class Holder:
    """An active job that holds a place: its id, its type's usual longest
    duration, if it runs, for how long it has run, and if it is not due yet, in
    how long it is (seconds)."""

    job_id: str
    usual_s: float
    ran_s: float | None
    due_in_s: float = 0.0

    @property
    def free_in_s(self) -> float:
        """Seconds until this job has likely ended, never below 0."""
        return max(0.0, self.due_in_s) + max(0.0, self.usual_s - (self.ran_s or 0.0))


@dataclass(frozen=True, slots=True)
class FullScope:
    """A scope without a free place.

    Attributes:
        holders: Who holds its places, the oldest first.
        more: How many do beside those, where they are many.
        ahead: Jobs that would take places in a rehearsal, and are not there.
    """

    scope: Scope
    identifier: str
    limit: int
    holders: tuple[Holder, ...]
    more: int = 0
    ahead: int = 0

    @property
    def held(self) -> int:
        """How many jobs hold a place."""
        return len(self.holders) + self.more

    @property
    def free_in_s(self) -> float | None:
        """Seconds until a place is likely free; None when nothing holds one
        (a limit of 0) or waiting for one job would not be enough."""
        surplus = self.held - self.limit
        waits = sorted(holder.free_in_s for holder in self.holders)
        return waits[surplus] if 0 <= surplus < len(waits) else None


def scopes(org: str, user: str, decision: str | None) -> Sequence[Slot]:
    """The scopes that a job counts in, in locking order."""
    own = [(Scope.ORG, org), (Scope.USER, user)]
    return [*own, (Scope.DECISION, decision)] if decision is not None else own


def refusal(full: Sequence[FullScope]) -> LimitReached:
    """The error for a job that found no place, naming every full scope."""
    return LimitReached(
        "; ".join(_full_words(scope) for scope in full),
        why=f"Too many active jobs. Please wait for some to complete.{_likely(full)}",
        fix=_ways_out(full),
        details={"full": [_full_json(scope) for scope in full]},
    )


def _full_words(full: FullScope) -> str:
    held, noun = full.held + full.ahead, NOUN[full.scope]
    verb = "would already have" if full.ahead else "already has"
    return (
        f"{full.scope} {full.identifier} {verb} {held} of {full.limit} "
        f"active jobs (limit per {noun})"
    )


def _likely(full: Sequence[FullScope]) -> str:
    likely = likely_free([scope.free_in_s for scope in full])
    return f" {likely}" if likely else ""


def likely_free(waits_s: Sequence[float | None]) -> str:
    """When every one of some full scopes likely has a place again; empty where
    one never has, or nobody knows."""
    known = [wait for wait in waits_s if wait is not None]
    if not known or len(known) < len(waits_s):
        return ""
    return f"A place is likely free in {_about(max(known))}."


def _about(seconds: float) -> str:
    for unit, size in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _ways_out(full: Sequence[FullScope]) -> str | None:
    holders = [short(holder.job_id) for scope in full for holder in scope.holders]
    if not holders:
        return None
    return f"wait: plinthctl watch {holders[0]}\nor free one: plinthctl cancel {holders[0]}"


def _full_json(full: FullScope) -> dict[str, object]:
    return {
        "scope": full.scope.value,
        "id": full.identifier,
        "limit": full.limit,
        "held": full.held,
        "active": [holder.job_id for holder in full.holders],
        "free_in_s": full.free_in_s,
    }


def next_look_s(roll: float) -> float:
    """Seconds until somebody who waits for a place looks again.

    Moved by up to a quarter either way, so that those who wait do not come
    together. ``roll`` in [0, 1) is the caller's random draw.
    """
    return (0.75 + 0.5 * roll) * LOOK_EVERY_S


def gave_up(refused: LimitReached) -> LimitReached:
    """The same refusal for somebody who has waited for a place, and for long enough."""
    return LimitReached(
        refused.message,
        why=f"No place came free in time. {refused.why or ''}".strip(),
        fix=refused.fix,
        details=refused.details,
    )
