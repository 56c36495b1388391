"""Retrying jobs by hand: the same job, a new round, its stored steps kept."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, and_, delete, select

from plinthctl.domain.acts import Act
from plinthctl.domain.budgets import Budgets, refused
from plinthctl.domain.budgets import refusal as over_budget
from plinthctl.domain.catalog import job_type
from plinthctl.domain.ids import short
from plinthctl.domain.job import JobEvent, JobStatus, after
from plinthctl.domain.limits import Limits, Slot, refusal, scopes
from plinthctl.domain.pauses import holding
from plinthctl.domain.restart import RETRYABLE, Restart, Start, fails_again, restart
from plinthctl.domain.steered import Retried
from plinthctl.domain.steps import StepState, StepStatus
from plinthctl.errors import WrongState
from plinthctl.store import audit, pauses, slots, spending, sweep
from plinthctl.store.rows import Told, change, lock, set_data
from plinthctl.store.steering import seen, there
from plinthctl.store.tables import has_status, job_steps, jobs
from plinthctl.store.tx import Tx


def retry(
    tx: Tx, job_id: str, start: Start, act: Act, limits: Limits, usual_s: Mapping[str, float]
) -> Retried:
    """Put a failed or cancelled job back in the queue, if its limits have room.

    ``usual_s`` is each type's usual longest duration, for telling when a place is
    likely free.

    Raises:
        NotFound: no such job.
        WrongState: it has not failed, nor was it cancelled; or an older version of
            its type has made its results, and it is not to begin afresh.
        UsageError: it has no such step.
        LimitReached: with every full scope and who holds its places.
        BudgetSpent: its organisation has spent what it may today.
    """
    if tx.on_postgresql:
        # Before the job itself is locked, as everybody who counts does.
        slots.lock(tx, _slots(there(seen(tx, job_id), job_id)))
    row = there(lock(tx, jobs.c.id == job_id), job_id)
    retried = _decide(tx, row, start)
    _require_budget(tx, row.org, limits.budgets)
    sweep.make_room(tx, retried.slots, limits.expiry)
    _require_room(tx, retried.slots, limits, usual_s)
    _begin_round(tx, row, retried, start, act)
    before, now = {"status": row.status}, {"status": retried.status}
    audit.note(tx, act, before=before, after=now, job_id=row.id)
    return retried


def rehearse(
    tx: Tx,
    job_id: str,
    start: Start,
    limits: Limits,
    usual_s: Mapping[str, float],
    taken: Mapping[Slot, int],
) -> Retried:
    """What `retry` would say, were the places in ``taken`` taken; it raises the same.
    Writes nothing."""
    row = there(seen(tx, job_id), job_id)
    retried = _decide(tx, row, start)
    _require_budget(tx, row.org, limits.budgets)
    late = sweep.too_late(tx, retried.slots, limits.expiry)
    _require_room(tx, retried.slots, limits, usual_s, taken, late)
    return retried


def _slots(row: Row[Any]) -> tuple[Slot, ...]:
    return tuple(scopes(row.org, row.user, row.decision))


def _require_budget(tx: Tx, org: str, budgets: Budgets) -> None:
    found = spending.of(tx, org, budgets)
    if found is not None and refused(found, budgets):
        raise over_budget(found)


def _require_room(
    tx: Tx,
    wanted: Sequence[Slot],
    limits: Limits,
    usual_s: Mapping[str, float],
    taken: Mapping[Slot, int] = slots.NONE,
    late: Mapping[Slot, int] = slots.NONE,
) -> None:
    free = slots.free(tx, wanted, limits, taken, late)
    full = [slot for slot in wanted if free[slot] < 1]
    if full:
        told = (
            slots.full_scope(tx, slot, limits.of(*slot), usual_s, taken.get(slot, 0))
            for slot in full
        )
        raise refusal(list(told))


def _decide(tx: Tx, row: Row[Any], start: Start) -> Retried:
    status, kind = JobStatus(row.status), job_type(row.type)
    if status not in RETRYABLE:
        raise _not_now(row)
    if row.version != kind.version and not start.fresh:
        raise _outdated(row, kind.version)
    found = restart(kind, _board(tx, row.id), start)
    return Retried(
        job_id=row.id,
        type=row.type,
        was=status,
        restart=found,
        round=row.round + 1,
        slots=_slots(row),
        fresh=start.fresh,
        paused=bool(holding(pauses.standing(tx), row.type)),
        fails_again=fails_again(status, row.error_code),
    )


def _not_now(row: Row[Any]) -> WrongState:
    name = short(row.id)
    return WrongState(
        f"{name} is {row.status}: only failed and cancelled jobs can be retried",
        fix=f"plinthctl show {name}",
        details={"status": row.status},
    )


def _outdated(row: Row[Any], version: int) -> WrongState:
    name = short(row.id)
    return WrongState(
        f"{name} has results of version {row.version} of {row.type}, which is at {version}",
        why="they may mean something else to its steps now",
        fix=f"plinthctl retry {name} --fresh",
        details={"status": row.status, "version": row.version, "needed": version},
    )


def _board(tx: Tx, job_id: str) -> dict[str, StepState]:
    rows = tx.execute(select(job_steps).where(job_steps.c.job_id == job_id))
    return {row.step: StepState(StepStatus(row.state), row.tries, row.retry_at) for row in rows}


def _begin_round(tx: Tx, row: Row[Any], retried: Retried, start: Start, act: Act) -> None:
    values = {
        "status": after(retried.was, JobEvent.RETRY_BY_HAND),
        "round": retried.round,
        "claim_token": jobs.c.claim_token + 1,
        "losses": 0,
        "attempt": 1,
        "available_at": tx.now,
        "started_at": None,
        "completed_at": None,
        "cancel_requested_at": None,
        "worker_id": None,
        "error_code": None,
        "error": None,
        "step": None,
        "status_message": None,
        **({"progress": 0, "version": job_type(row.type).version} if start.fresh else {}),
    }
    same = and_(jobs.c.id == row.id, has_status(retried.was))
    told = Told(JobEvent.RETRY_BY_HAND, _told(retried.restart, start, act), act.operator)
    change(tx, same, values, [told])
    _forget_steps(tx, row.id, retried.restart)
    set_data(tx, row.id, output=None, error_detail=None)


def _told(found: Restart, start: Start, act: Act) -> Mapping[str, Any]:
    return {
        "kept": list(found.kept),
        "dropped": list(found.dropped),
        "resumes_at": list(found.resumes_at),
        "fresh": start.fresh,
        **({"from": start.from_step} if start.from_step else {}),
        **({"reason": act.reason} if act.reason else {}),
    }


def _forget_steps(tx: Tx, job_id: str, found: Restart) -> None:
    """All but what is kept: their failed tries no longer count. `step_tries` has them."""
    others = job_steps.c.step.not_in(found.kept)
    tx.execute(delete(job_steps).where(job_steps.c.job_id == job_id, others))
