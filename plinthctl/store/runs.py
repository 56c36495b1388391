"""What a running job's worker may change: one transaction a transition.

Every change carries the claim's token. Each may be asked again after a lost
answer: what is there already, with this token, counts as done.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, assert_never

from sqlalchemy import Integer, Row, and_, bindparam, case, select, update

from plinthctl.domain.circuits import provider_in
from plinthctl.domain.job import FINAL, JobEvent, JobStatus, after
from plinthctl.domain.runs import (
    Advance,
    Answer,
    Cancelled,
    Change,
    Complete,
    Fail,
    PutBack,
    Shown,
    StepEnd,
    TryRecord,
)
from plinthctl.domain.steps import ENDED, StepStatus
from plinthctl.store import circuits, results
from plinthctl.store.claims import start_steps
from plinthctl.store.rows import (
    Ending,
    Told,
    change,
    changed,
    changing,
    end,
    end_values,
    held,
    lock,
    note_end,
    set_data,
    stop_steps,
)
from plinthctl.store.tables import job_steps, jobs, step_tries
from plinthctl.store.tx import Tx

CANCELLED_MESSAGE = "Cancelled on request."

_HELD: Final = held(bindparam("of_job"), bindparam("of_token"))
_NOT_CANCELLED: Final = and_(_HELD, jobs.c.cancel_requested_at.is_(None))
_NEW_PROGRESS: Final = bindparam("new_progress", type_=Integer)
_SHOWN: Final[dict[str, Any]] = {
    # Progress never falls, whatever a late writer believes.
    "progress": case((jobs.c.progress > _NEW_PROGRESS, jobs.c.progress), else_=_NEW_PROGRESS),
    "step": bindparam("new_step"),
    "status_message": bindparam("new_message"),
    "attempt": bindparam("new_attempt"),
}
_NO_LOSS: Final = {"losses": 0}  # a stored step ends a row of lost workers
_ADVANCE: Final = changing(_HELD, _SHOWN)
_ADVANCE_WITH_STEP: Final = changing(_HELD, _SHOWN | _NO_LOSS)
_COMPLETE: Final = changing(
    _NOT_CANCELLED,
    {
        **end_values(after(JobStatus.RUNNING, JobEvent.COMPLETE), bindparam("now")),
        "progress": 100,
        "status_message": None,
        "simulated": bindparam("new_simulated"),
        "quality": bindparam("new_quality"),
        "quality_reason": bindparam("new_quality_reason"),
    },
)
_END_STEP: Final = (
    update(job_steps)
    .where(job_steps.c.job_id == bindparam("of_job"), job_steps.c.step == bindparam("of_step"))
    .values(
        state=bindparam("new_state"),
        tries=job_steps.c.tries + bindparam("more_tries"),
        retry_at=bindparam("new_retry_at"),
        ended_at=bindparam("new_ended_at"),
        reason=bindparam("new_reason"),
        output=bindparam("new_output"),
    )
)


def apply(tx: Tx, wanted: Change, *, again: bool) -> Answer:
    """Make the change if its token still holds the job, and say what became of it.

    ``again``: the answer to an earlier ask was lost, so look first whether the
    change is there already.
    """
    if again and (answer := _already(tx, wanted)) is not None:
        return answer
    if isinstance(wanted, PutBack) and wanted.sign is not None:
        # What it waits for is decided by what its own try has shown.
        circuits.note(tx, wanted.sign, wanted.job_id)
        return _applied(tx, wanted)
    answer = _applied(tx, wanted)
    if not isinstance(wanted, Cancelled) and wanted.sign is not None and answer is not Answer.LOST:
        circuits.note(tx, wanted.sign, wanted.job_id)
    return answer


def _applied(tx: Tx, wanted: Change) -> Answer:
    match wanted:
        case Advance():
            return _advance(tx, wanted)
        case PutBack():
            return _put_back(tx, wanted)
        case Complete():
            return _complete(tx, wanted)
        case Fail():
            return _fail(tx, wanted)
        case Cancelled():
            return _cancelled(tx, wanted.job_id, wanted.token)
    assert_never(wanted)


def _advance(tx: Tx, wanted: Advance) -> Answer:
    told = [*_told_of(wanted.ended), *_told_of_starts(wanted.starts)]
    statement = _ADVANCE_WITH_STEP if _stores_step(wanted.ended) else _ADVANCE
    row = changed(tx, statement, _of(wanted) | _shown(wanted.shown), told)
    if row is None:
        return Answer.LOST
    _end_step(tx, row, wanted.ended)
    start_steps(tx, row.id, row.claim_token, wanted.starts)
    return Answer.HELD if row.cancel_requested_at is None else Answer.CANCEL_ASKED


def _put_back(tx: Tx, wanted: PutBack) -> Answer:
    due_at, parked = _due_again(tx, wanted)
    values = {
        **_SHOWN,
        **(_NO_LOSS if _stores_step(wanted.ended) else {}),
        "status": after(JobStatus.RUNNING, wanted.event),
        "available_at": due_at,
        "parked": parked,
        "worker_id": None,
        "started_at": None,
    }
    told = [*_told_of(wanted.ended), Told(wanted.event, _until(wanted, due_at))]
    row = change(tx, _NOT_CANCELLED, values, told, _of(wanted) | _shown(wanted.shown))
    if row is None:
        return _cancelled(tx, wanted.job_id, wanted.token, wanted.ended)
    _end_step(tx, row, wanted.ended)
    stop_steps(tx, row.id)
    return Answer.HELD


def _due_again(tx: Tx, wanted: PutBack) -> tuple[datetime, str | None]:
    """When the job is due, and the circuit it waits for: one that has closed meanwhile
    keeps nobody."""
    if wanted.parked is None:
        return wanted.available_at or tx.now, None
    due_at = circuits.due_again(tx, wanted.parked, behind=wanted.sign is not None)
    return (tx.now, None) if due_at is None else (due_at, wanted.parked)


def _until(wanted: PutBack, due_at: datetime) -> dict[str, Any]:
    if wanted.parked is not None:
        return {"provider": provider_in(wanted.parked)}
    return {"until": due_at.isoformat()} if wanted.available_at else {}


def _complete(tx: Tx, wanted: Complete) -> Answer:
    told = [*_told_of(wanted.ended), Told(JobEvent.COMPLETE)]
    given = {
        "now": tx.now,
        "new_simulated": _simulated(wanted),
        "new_quality": wanted.judgement.quality if wanted.judgement else None,
        "new_quality_reason": wanted.judgement.reason if wanted.judgement else None,
    }
    row = changed(tx, _COMPLETE, _of(wanted) | given, told)
    if row is None:
        return _cancelled(tx, wanted.job_id, wanted.token, wanted.ended)
    _end_step(tx, row, wanted.ended)
    note_end(tx, row)
    set_data(tx, row.id, output=wanted.output)
    results.insert(tx, row, wanted.results)
    return Answer.HELD


def _simulated(wanted: Complete) -> bool | None:
    """Whether any result is; None: there is no result to tell from."""
    made = [result.provenance.simulated for result in wanted.results]
    return any(made) if made else None


def _fail(tx: Tx, wanted: Fail) -> Answer:
    where = and_(held(wanted.job_id, wanted.token), jobs.c.cancel_requested_at.is_(None))
    code = wanted.tried.failure.failure_class if wanted.tried.failure else None
    row = lock(tx, where)
    if row is None:
        return _cancelled(tx, wanted.job_id, wanted.token, wanted)
    _end_last(tx, row, wanted)
    ending = Ending(
        JobEvent.FAIL,
        code=code,
        error=wanted.error,
        data={"error": wanted.error},
        values={"status_message": None},
    )
    end(tx, where, JobStatus.RUNNING, ending, _told_of(wanted))
    set_data(tx, row.id, error_detail=wanted.detail)
    return Answer.HELD


def _charge(tx: Tx, job_id: str, step: str, ended_at: datetime) -> None:
    failed = and_(job_steps.c.job_id == job_id, job_steps.c.step == step)
    values = {"tries": job_steps.c.tries + 1, "ended_at": ended_at}
    tx.execute(update(job_steps).where(failed).values(values))


def _cancelled(tx: Tx, job_id: str, token: int, last: StepEnd | Fail | None = None) -> Answer:
    """End the job as cancelled, if that was asked for; what its last step brought,
    or cost, stays."""
    asked = and_(held(job_id, token), jobs.c.cancel_requested_at.is_not(None))
    row = lock(tx, asked)
    if row is None:
        return Answer.LOST
    _end_last(tx, row, last)
    ending = Ending(JobEvent.CANCEL, values={"status_message": CANCELLED_MESSAGE})
    end(tx, asked, JobStatus.RUNNING, ending, _told_of(last))
    return Answer.CANCELLED


def _end_last(tx: Tx, row: Row[Any], last: StepEnd | Fail | None) -> None:
    """Write a step's end before its job's, which sums step times and costs up."""
    if isinstance(last, Fail):
        _record_try(tx, row.id, row.claim_token, last.step, last.tried)
        _charge(tx, row.id, last.step, last.tried.ended_at)
    else:
        _end_step(tx, row, last)


def _of(wanted: Change) -> dict[str, Any]:
    return {"of_job": wanted.job_id, "of_token": wanted.token}


def _shown(shown: Shown) -> dict[str, Any]:
    return {
        "new_progress": shown.progress,
        "new_step": shown.step,
        "new_message": shown.message,
        "new_attempt": shown.attempt,
    }


def _stores_step(ended: StepEnd | None) -> bool:
    return ended is not None and ended.status in ENDED


def _end_step(tx: Tx, row: Row[Any], ended: StepEnd | None) -> None:
    if ended is None:
        return
    given = {
        "of_job": row.id,
        "of_step": ended.step,
        "new_state": ended.status,
        "more_tries": 0 if ended.tried.failure is None else 1,
        "new_retry_at": ended.retry_at,
        "new_ended_at": ended.tried.ended_at,
        "new_reason": ended.reason,
        "new_output": ended.output,
    }
    tx.rows(_END_STEP, given)
    _record_try(tx, row.id, row.claim_token, ended.step, ended.tried)


def _record_try(tx: Tx, job_id: str, token: int, step: str, tried: TryRecord) -> None:
    failure, usage = tried.failure, tried.usage
    row: dict[str, Any] = {
        "job_id": job_id,
        "step": step,
        "round": tried.round,
        "number": tried.number,
        "token": token,
        "started_at": tried.started_at,
        "ended_at": tried.ended_at,
        "calls": usage.calls,
        "input_tokens": usage.input_tokens,
        "cached_tokens": usage.cached_tokens,
        "output_tokens": usage.output_tokens,
        "credits": usage.credits,
        "cost_usd": usage.cost_usd,
    }
    if failure is not None:
        row |= {
            "failure_class": failure.failure_class,
            "provider": failure.provider,
            "http_status": failure.http_status,
            "provider_code": failure.provider_code,
            "request_id": failure.request_id,
            "message": failure.message,
            "detail": failure.detail,
        }
    tx.insert_new(step_tries, row)


def _told_of(ended: StepEnd | Fail | None) -> Sequence[Told]:
    if ended is None:
        return ()
    if isinstance(ended, Fail):
        return (Told("step_failed", _try_data(ended.step, ended.tried)),)
    kinds = {
        StepStatus.DONE: "step_done",
        StepStatus.DEGRADED: "step_degraded",
        StepStatus.WAITING: "step_failed",
    }
    data = dict(_try_data(ended.step, ended.tried))
    if ended.reason is not None:
        data["reason"] = ended.reason
    if ended.retry_at is not None:
        data["retry_at"] = ended.retry_at.isoformat()
    return (Told(kinds[ended.status], data),)


def _try_data(step: str, tried: TryRecord) -> Mapping[str, Any]:
    data: dict[str, Any] = {"step": step, "try": tried.number}
    if tried.failure is not None:
        data |= {"class": tried.failure.failure_class, "message": tried.failure.message}
    return data


def _told_of_starts(names: Sequence[str]) -> Sequence[Told]:
    return tuple(Told("step_started", {"step": name}) for name in names)


def _already(tx: Tx, wanted: Change) -> Answer | None:
    """What an earlier ask for this change has brought; None: nothing."""
    row = tx.execute(
        select(jobs.c.status, jobs.c.claim_token, jobs.c.cancel_requested_at).where(
            jobs.c.id == wanted.job_id
        )
    ).one_or_none()
    if row is None or row.claim_token != wanted.token:
        return Answer.LOST
    status = JobStatus(row.status)
    if status in FINAL:  # with my token: it was I who ended it
        return Answer.CANCELLED if status is JobStatus.CANCELLED else Answer.HELD
    if status is JobStatus.PENDING:
        return Answer.HELD if isinstance(wanted, PutBack) else Answer.LOST
    if isinstance(wanted, Advance) and _advanced(tx, wanted):
        return Answer.HELD if row.cancel_requested_at is None else Answer.CANCEL_ASKED
    return None


def _advanced(tx: Tx, wanted: Advance) -> bool:
    if wanted.ended is not None:
        return _has_try(tx, wanted, wanted.ended)
    running = and_(
        job_steps.c.job_id == wanted.job_id,
        job_steps.c.step.in_(wanted.starts),
        job_steps.c.token == wanted.token,
        job_steps.c.state == StepStatus.RUNNING,
    )
    return len(tx.execute(select(job_steps.c.step).where(running)).all()) == len(wanted.starts)


def _has_try(tx: Tx, wanted: Advance, ended: StepEnd) -> bool:
    mine = and_(
        step_tries.c.job_id == wanted.job_id,
        step_tries.c.step == ended.step,
        step_tries.c.round == ended.tried.round,
        step_tries.c.number == ended.tried.number,
        step_tries.c.token == wanted.token,
    )
    return tx.execute(select(step_tries.c.number).where(mine)).first() is not None
