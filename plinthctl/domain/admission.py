"""Whether jobs are let in: decided for a whole batch, from what the store knows of it."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from plinthctl.domain.ids import short
from plinthctl.domain.limits import Slot, scopes
from plinthctl.domain.runs import NewJob
from plinthctl.errors import NotFound, PlinthError, WrongState

BATCH: Final = 100  # jobs admitted in one transaction: on SQLite, 25 ms of other writers' time


@dataclass(frozen=True, slots=True)
class First:
    """The job that a key has made, and what it was made of."""

    job_id: str
    type: str
    input: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of a batch, all of it at one moment.

    Attributes:
        there: Ids of the batch that are in the store.
        firsts: The jobs of its keys that are not free yet, by organisation and key.
        decisions: Those of its decisions that exist.
        free: The free places of every scope that its jobs count in; none below 0.
        spent: Its organisations that have used up their budgets.
    """

    there: frozenset[str]
    firsts: Mapping[tuple[str, str], First]
    decisions: frozenset[str]
    free: Mapping[Slot, int]
    spent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LetIn:
    """It gets its places and is written."""


@dataclass(frozen=True, slots=True)
class Present:
    """It was written before: the answer to that was lost."""


@dataclass(frozen=True, slots=True)
class Twin:
    """Its key has made this job, of the same type and input."""

    job_id: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Its key has made this job, of another type or input."""

    job_id: str


@dataclass(frozen=True, slots=True)
class NoDecision:
    """Its decision does not exist."""


@dataclass(frozen=True, slots=True)
class OverBudget:
    """Its organisation has used up its budget of the day."""


@dataclass(frozen=True, slots=True)
class Full:
    """These scopes have no place left for it."""

    slots: tuple[Slot, ...]


Verdict = LetIn | Present | Twin | Conflict | NoDecision | OverBudget | Full


@dataclass(frozen=True, slots=True)
class Admitted:
    """A job that was let in; ``existing``: the one that its key had made before."""

    job_id: str
    existing: bool = False


Outcome = Admitted | PlinthError


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What would become of a batch, and the places that would be taken then."""

    outcomes: tuple[Outcome, ...]
    taken: Counter[Slot]


def judged(batch: Sequence[NewJob], known: Known) -> tuple[Verdict, ...]:
    """What becomes of each job: on its own merits, after those before it."""
    door = _Door(known)
    return tuple(door.verdict(job) for job in batch)


class _Door:
    """What is known, kept up as one job after another is let in."""

    def __init__(self, known: Known) -> None:
        self._there = set(known.there)
        self._firsts = dict(known.firsts)
        self._decisions = known.decisions
        self._free = dict(known.free)
        self._spent = known.spent

    def verdict(self, job: NewJob) -> Verdict:
        verdict = self._before_its_slots(job) or self._by_its_slots(job)
        if isinstance(verdict, LetIn):
            self._enter(job)
        return verdict

    def _before_its_slots(self, job: NewJob) -> Verdict | None:
        if job.id in self._there:
            return Present()
        if job.key is not None and (first := self._firsts.get((job.org, job.key))):
            return Twin(first.job_id) if _alike(job, first) else Conflict(first.job_id)
        if job.decision is not None and job.decision not in self._decisions:
            return NoDecision()
        # Before its slots: to wait for a place would be in vain.
        return OverBudget() if job.org in self._spent else None

    def _by_its_slots(self, job: NewJob) -> Verdict:
        full = tuple(slot for slot in _slots(job) if self._free[slot] < 1)
        return Full(full) if full else LetIn()

    def _enter(self, job: NewJob) -> None:
        self._there.add(job.id)
        for slot in _slots(job):
            self._free[slot] -= 1
        if job.key is not None:
            self._firsts[job.org, job.key] = First(job.id, job.type, job.input)


def _slots(job: NewJob) -> Sequence[Slot]:
    return scopes(job.org, job.user, job.decision)


def _alike(job: NewJob, first: First) -> bool:
    return job.type == first.type and _canonical(job.input) == _canonical(first.input)


def _canonical(value: Any) -> str:
    # Not ==, to which 1 and true are the same.
    return json.dumps(value, sort_keys=True)


def taken_by(batch: Sequence[NewJob], verdicts: Sequence[Verdict]) -> Counter[Slot]:
    """How many places the jobs that are let in take, by scope."""
    pairs = zip(batch, verdicts, strict=True)
    new = (job for job, verdict in pairs if isinstance(verdict, LetIn))
    return Counter(slot for job in new for slot in _slots(job))


def no_decision(decision: str) -> NotFound:
    """The error for a decision that is not in the store."""
    return NotFound(
        f'no decision "{decision}"',
        fix="leave --decision out, or name one of these: plinthctl decision list",
        details={"decision": decision},
    )


def conflict(key: str, job_id: str) -> WrongState:
    """The error for a key that has made a job of another input."""
    return WrongState(
        f'the key "{key}" belongs to {short(job_id)}, which has another input',
        fix=f"use another key, or look at it: plinthctl show {short(job_id)}",
        details={"key": key, "job": job_id},
    )
