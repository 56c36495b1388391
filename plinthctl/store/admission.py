"""Letting jobs in: all limits counted and all rows written in one transaction."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any, Final, assert_never

from sqlalchemy import Column, Select, bindparam, delete, select

from plinthctl.domain.admission import (
    Admitted,
    Conflict,
    First,
    Full,
    Known,
    LetIn,
    NoDecision,
    Outcome,
    OverBudget,
    Present,
    Rehearsed,
    Twin,
    Verdict,
    conflict,
    judged,
    no_decision,
    taken_by,
)
from plinthctl.domain.budgets import Budgets, refused
from plinthctl.domain.budgets import refusal as over_budget
from plinthctl.domain.job import SUBMITTED, JobStatus
from plinthctl.domain.limits import FullScope, Limits, Slot, refusal, scopes
from plinthctl.domain.runs import NewJob
from plinthctl.domain.views import JobView
from plinthctl.errors import BudgetSpent, LimitReached, PlinthError
from plinthctl.store import reads, spending, sweep
from plinthctl.store.rows import Told, event_row
from plinthctl.store.slots import NONE, free, full_scope, lock
from plinthctl.store.tables import decisions, job_data, job_events, job_keys, jobs
from plinthctl.store.tx import Tx

KEY_KEPT_FOR: Final = timedelta(hours=24)

_WRITTEN: Final = jobs.insert().returning(*jobs.c)


def admit(tx: Tx, job: NewJob, limits: Limits, actor: str, usual_s: Mapping[str, float]) -> bool:
    """Whether the job was made; False: one with its key and input is there already.

    Raises:
        LimitReached: with every full scope and who holds it.
        BudgetSpent: its organisation has spent what it may today.
        NotFound: no such decision.
        WrongState: its key belongs to a job with another input.
    """
    (outcome,) = admit_all(tx, [job], limits, actor, usual_s)
    if isinstance(outcome, PlinthError):
        raise outcome
    return not outcome.existing


def admit_one(
    tx: Tx, job: NewJob, limits: Limits, actor: str, usual_s: Mapping[str, float]
) -> tuple[Admitted, JobView] | PlinthError:
    """What became of a job: let in, and as it is at this moment, so that nobody has to
    ask for it who may not be answered; or the error that `admit` raises."""
    (outcome,) = admit_all(tx, [job], limits, actor, usual_s)
    if isinstance(outcome, PlinthError):
        return outcome
    found = reads.by_id(tx, outcome.job_id, usual=False)
    assert found is not None  # nobody has deleted it within this transaction
    return outcome, found


def admit_all(
    tx: Tx, batch: Sequence[NewJob], limits: Limits, actor: str, usual_s: Mapping[str, float]
) -> tuple[Outcome, ...]:
    """What became of each job, which those before it in the batch count for.

    A job that is refused has the error that `admit` raises, and stops no other.
    ``usual_s`` is each type's usual longest duration, for telling when a place
    is likely free. Asking again with the same ids finds the jobs made before.
    """
    wanted = _slots(batch)
    if tx.on_postgresql:
        lock(tx, wanted)
    sweep.make_room(tx, wanted, limits.expiry)
    verdicts = judged(batch, _known(tx, batch, limits))
    pairs = zip(batch, verdicts, strict=True)
    _insert(tx, [job for job, verdict in pairs if isinstance(verdict, LetIn)], actor)
    return _Teller(tx, limits, usual_s).outcomes(batch, verdicts)


def rehearse(
    tx: Tx,
    batch: Sequence[NewJob],
    limits: Limits,
    usual_s: Mapping[str, float],
    taken: Counter[Slot],
) -> Rehearsed:
    """What `admit_all` would say, were the places in ``taken`` taken. Writes nothing."""
    late = sweep.too_late(tx, _slots(batch), limits.expiry)
    verdicts = judged(batch, _known(tx, batch, limits, taken, late))
    ahead = taken + taken_by(batch, verdicts)
    teller = _Teller(tx, limits, usual_s, ahead)
    return Rehearsed(teller.outcomes(batch, verdicts), ahead)


def _slots(batch: Sequence[NewJob]) -> Sequence[Slot]:
    """The scopes of a batch, each once."""
    slots = (slot for job in batch for slot in scopes(job.org, job.user, job.decision))
    return list(dict.fromkeys(slots))


def _known(
    tx: Tx,
    batch: Sequence[NewJob],
    limits: Limits,
    taken: Mapping[Slot, int] = NONE,
    late: Mapping[Slot, int] = NONE,
) -> Known:
    return Known(
        there=_found(tx, jobs.c.id, [job.id for job in batch]),
        firsts=_firsts(tx, {(job.org, job.key) for job in batch if job.key is not None}),
        decisions=_found(tx, decisions.c.id, {job.decision for job in batch if job.decision}),
        free=free(tx, _slots(batch), limits, taken, late),
        spent=_spent(tx, {job.org for job in batch}, limits.budgets),
    )


def _spent(tx: Tx, orgs: Collection[str], budgets: Budgets) -> frozenset[str]:
    """Those who have used up their budgets."""
    return frozenset(org for org in orgs if refused(spending.of(tx, org, budgets), budgets))


def _found(tx: Tx, key: Column[Any], wanted: Collection[str]) -> frozenset[str]:
    """Those of the keys that a table has."""
    if not wanted:
        return frozenset()
    return frozenset(tx.execute(_those(key), {"wanted": list(wanted)}).scalars())


@cache
def _those(key: Column[Any]) -> Select[Any]:
    return select(key).where(key.in_(bindparam("wanted", expanding=True)))


def _firsts(tx: Tx, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], First]:
    """The jobs that these keys have made in the last 24 hours, by organisation and key."""
    found = {(org, key): _first(tx, org, key) for org, key in keys}
    return {key: first for key, first in found.items() if first is not None}


def _first(tx: Tx, org: str, key: str) -> First | None:
    row = tx.execute(
        select(job_keys.c.job_id, jobs.c.type, job_data.c.input)
        .join(jobs, jobs.c.id == job_keys.c.job_id)
        .join(job_data, job_data.c.job_id == job_keys.c.job_id)
        .where(job_keys.c.org == org, job_keys.c.key == key)
        .where(job_keys.c.created_at > tx.now - KEY_KEPT_FOR)
    ).one_or_none()
    return None if row is None else First(row.job_id, row.type, row.input)


class _Teller:
    """Turns verdicts into what the submitter is told. Holders of full scopes are
    read once, when the batch is written: a scope that is full stays so until then."""

    def __init__(
        self,
        tx: Tx,
        limits: Limits,
        usual_s: Mapping[str, float],
        ahead: Mapping[Slot, int] = NONE,
    ) -> None:
        self._tx = tx
        self._limits = limits
        self._usual_s = usual_s
        self._ahead = ahead
        self._refusals: dict[tuple[Slot, ...], LimitReached] = {}
        self._over: dict[str, BudgetSpent] = {}

    def outcomes(self, batch: Sequence[NewJob], verdicts: Sequence[Verdict]) -> tuple[Outcome, ...]:
        pairs = zip(batch, verdicts, strict=True)
        return tuple(self._outcome(job, verdict) for job, verdict in pairs)

    def _outcome(self, job: NewJob, verdict: Verdict) -> Outcome:
        match verdict:
            case LetIn() | Present():
                return Admitted(job.id)
            case Twin(job_id):
                return Admitted(job_id, existing=True)
            case Conflict(job_id):
                return conflict(job.key or "", job_id)
            case NoDecision():
                return no_decision(job.decision or "")
            case OverBudget():
                return self._over_budget(job.org)
            case Full(slots):
                return self._refusal(slots)
            case _:
                assert_never(verdict)

    def _over_budget(self, org: str) -> BudgetSpent:
        if org not in self._over:
            found = spending.of(self._tx, org, self._limits.budgets)
            assert found is not None  # it has a budget, since that is used up
            self._over[org] = over_budget(found)
        return self._over[org]

    def _refusal(self, slots: tuple[Slot, ...]) -> LimitReached:
        if slots not in self._refusals:
            self._refusals[slots] = refusal([self._full(slot) for slot in slots])
        return self._refusals[slots]

    def _full(self, slot: Slot) -> FullScope:
        ahead = self._ahead.get(slot, 0)
        return full_scope(self._tx, slot, self._limits.of(*slot), self._usual_s, ahead)


def _insert(tx: Tx, new: Sequence[NewJob], actor: str) -> None:
    if not new:
        return
    rows = tx.connection.execute(_WRITTEN, [_row(tx, job) for job in new]).all()
    tx.insert_all(job_data, [{"job_id": job.id, "input": job.input} for job in new])
    told = {job.id: Told(SUBMITTED, job.told, actor) for job in new}
    tx.insert_all(job_events, [event_row(tx, row, 0, told[row.id]) for row in rows])
    for job in new:
        if job.key is not None:
            _keep_key(tx, job, job.key)


def _row(tx: Tx, job: NewJob) -> dict[str, Any]:
    return {
        "id": job.id,
        "type": job.type,
        "version": job.version,
        "org": job.org,
        "user": job.user,
        "decision": job.decision,
        "key": job.key,
        "status": JobStatus.PENDING,
        "progress": 0,
        "attempt": 1,
        "round": 0,
        "losses": 0,
        "claim_token": 0,
        "event_seq": 1,
        "created_at": tx.now,
        "available_at": job.available_at or tx.now,
    }


def _keep_key(tx: Tx, job: NewJob, key: str) -> None:
    tx.execute(delete(job_keys).where(job_keys.c.org == job.org, job_keys.c.key == key))
    row = {"org": job.org, "key": key, "job_id": job.id, "created_at": tx.now}
    tx.insert_all(job_keys, [row])
