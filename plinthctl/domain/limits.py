"""How many jobs may be active, for whom, and when a place comes free."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from plinthctl.domain.ids import short
from plinthctl.errors import LimitReached


class Scope(StrEnum):
    """Whom a limit binds. The order is the order in which locks are taken."""

    ORG = "org"
    USER = "user"
    DECISION = "decision"


NOUN: Final = {Scope.ORG: "organization", Scope.USER: "user", Scope.DECISION: "decision"}


@dataclass(frozen=True, slots=True)
class Limits:
    """Active jobs allowed per scope, and the exceptions by name."""

    org: int = 5
    user: int = 3
    decision: int = 2
    named: Mapping[tuple[Scope, str], int] = field(default_factory=dict)

    def of(self, scope: Scope, identifier: str) -> int:
        """How many jobs this organisation, user or decision may have active."""
        general = {Scope.ORG: self.org, Scope.USER: self.user, Scope.DECISION: self.decision}
        return self.named.get((scope, identifier), general[scope])


@dataclass(frozen=True, slots=True)
class Holder:
    """An active job that holds a place: its id, its type's usual longest
    duration and, if it runs, for how long it has run (seconds)."""

    job_id: str
    usual_s: float
    ran_s: float | None

    @property
    def free_in_s(self) -> float:
        """Seconds until this job has likely ended, never below 0."""
        return max(0.0, self.usual_s - (self.ran_s or 0.0))


@dataclass(frozen=True, slots=True)
class FullScope:
    """A scope without a free place, and who holds its places."""

    scope: Scope
    identifier: str
    limit: int
    holders: tuple[Holder, ...]

    @property
    def free_in_s(self) -> float | None:
        """Seconds until a place is likely free; None when nothing holds one
        (a limit of 0) or waiting for one job would not be enough."""
        surplus = len(self.holders) - self.limit
        waits = sorted(holder.free_in_s for holder in self.holders)
        return waits[surplus] if 0 <= surplus < len(waits) else None


def scopes(org: str, user: str, decision: str | None) -> Sequence[tuple[Scope, str]]:
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
    held, noun = len(full.holders), NOUN[full.scope]
    return (
        f"{full.scope} {full.identifier} already has {held} of {full.limit} "
        f"active jobs (limit per {noun})"
    )


def _likely(full: Sequence[FullScope]) -> str:
    waits = [scope.free_in_s for scope in full]
    if any(wait is None for wait in waits):
        return ""
    return f" A place is likely free in {max(w for w in waits if w is not None):.0f} s."


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
        "active": [holder.job_id for holder in full.holders],
        "free_in_s": full.free_in_s,
    }
