"""The one way in which a job's row changes: with its events, in one transaction.

Every change raises ``event_seq`` by the number of its events in the same UPDATE,
so that a job's history is dense; every end writes its row of ``job_ends``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Update,
    and_,
    bindparam,
    case,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from plinthctl.domain.job import JobEvent, JobStatus, after
from plinthctl.domain.news import News
from plinthctl.store.tables import (
    IS_RUNNING,
    job_data,
    job_ends,
    job_events,
    job_steps,
    jobs,
    step_tries,
)
from plinthctl.store.tx import Tx

_OF_JOB: Final[BindParameter[str]] = bindparam("of_job")
_ENDED_STEPS: Final = select(job_steps.c.step, job_steps.c.started_at, job_steps.c.ended_at).where(
    job_steps.c.job_id == _OF_JOB, job_steps.c.ended_at.is_not(None)
)
_OF_ROUND: Final[BindParameter[int]] = bindparam("of_round")
_UNTOLD: Final = and_(
    step_tries.c.calls > 0, step_tries.c.cost_usd.is_(None), step_tries.c.credits.is_(None)
)
_INTERRUPTED: Final = (
    exists()
    .where(job_steps.c.job_id == _OF_JOB, job_steps.c.started_at.is_not(None))
    .where(job_steps.c.ended_at.is_(None))
)
# One row for each end: a retry by hand begins another round, whose end has its own.
_COST: Final = select(
    func.coalesce(func.sum(step_tries.c.cost_usd), 0.0).label("known_usd"),
    func.coalesce(func.sum(case((_UNTOLD, 1), else_=0)), 0).label("untold"),
    _INTERRUPTED.label("interrupted"),
).where(step_tries.c.job_id == _OF_JOB, step_tries.c.round == _OF_ROUND)
_STOP_STEPS: Final = (
    update(job_steps)
    .where(job_steps.c.job_id == _OF_JOB, job_steps.c.state == "running")
    .values(state="waiting", retry_at=None)
)


@dataclass(frozen=True, slots=True)
class Told:
    """An event to be told: its kind (a `JobEvent` or a step's), who did it, and
    what a reader of the history wants to know."""

    kind: str
    data: Mapping[str, Any] = field(default_factory=dict)
    actor: str | None = None


def held(job_id: str | BindParameter[str], token: int | BindParameter[int]) -> ColumnElement[bool]:
    """The job is running, and under this claim.

    The token, not the worker's name, guards the write: a worker that stalled and
    woke up has the same name, but its job may be another's by now.
    """
    return and_(jobs.c.id == job_id, jobs.c.claim_token == token, IS_RUNNING)


def lock(tx: Tx, where: ColumnElement[bool]) -> Row[Any] | None:
    """The job that ``where`` holds for, which nobody else changes meanwhile."""
    statement = select(*jobs.c).where(where)
    if tx.on_postgresql:  # SQLite has one writer, and this is it
        statement = statement.with_for_update()
    return tx.execute(statement).one_or_none()


def change(
    tx: Tx,
    where: ColumnElement[bool],
    values: Mapping[str, Any],
    told: Sequence[Told],
    given: Mapping[str, Any] | None = None,
) -> Row[Any] | None:
    """Change the job that ``where`` holds for and tell its events; ``given`` are the
    values of what is bound in either.

    Returns the changed row, or None: no such job, and nothing was changed.
    """
    row = tx.execute(changing(where, values), {**(given or {}), "told": len(told)}).one_or_none()
    if row is not None:
        tell(tx, row, told)
    return row


def changing(where: ColumnElement[bool], values: Mapping[str, Any]) -> ReturningUpdate[Any]:
    """The UPDATE of the job that ``where`` holds for, as `changed` runs it."""
    seq = jobs.c.event_seq + bindparam("told")
    return update(jobs).where(where).values(event_seq=seq, **values).returning(*jobs.c)


def changed(
    tx: Tx, statement: ReturningUpdate[Any], given: Mapping[str, Any], told: Sequence[Told]
) -> Row[Any] | None:
    """See `change`; with a statement that is a constant, and the values it is given."""
    rows = tx.rows(statement, {**given, "told": len(told)})
    for row in rows:
        tell(tx, row, told)
    return rows[0] if rows else None


def tell(tx: Tx, row: Row[Any], told: Sequence[Told]) -> None:
    """Write the events that ``row.event_seq`` already counts."""
    tx.insert_all(job_events, [event_row(tx, row, i, one) for i, one in enumerate(reversed(told))])


def event_row(tx: Tx, row: Row[Any], from_last: int, told: Told) -> dict[str, Any]:
    """The row of the event that is ``from_last`` before the job's newest, which is
    news once the transaction is committed."""
    seq = row.event_seq - from_last
    tx.news.append(News(row.id, row.type, seq, told.kind, row.worker_id, row.available_at, tx.now))
    return {
        "job_id": row.id,
        "seq": seq,
        "at": tx.now,
        "kind": told.kind,
        "actor": told.actor,
        "token": row.claim_token,
        "data": {"progress": row.progress, **told.data},
    }


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job ends: the event, its error's code and text, the record behind
    it, who did it, and what else to set in its row."""

    event: JobEvent
    code: str | None = None
    error: str | None = None
    actor: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)


def end(
    tx: Tx,
    where: ColumnElement[bool],
    status: JobStatus,
    ending: Ending,
    before: Sequence[Told] = (),
) -> Row[Any] | None:
    """End the ``status`` job that ``where`` holds for; None: there is none.

    ``before`` are events told ahead of the last one.
    """
    values = end_values(after(status, ending.event), tx.now, ending.code, ending.error)
    told = [*before, Told(ending.event, ending.data, ending.actor)]
    row = change(tx, where, {**values, **ending.values}, told)
    if row is not None:
        note_end(tx, row)
    return row


def end_values(
    status: JobStatus, at: Any, code: str | None = None, error: str | None = None
) -> dict[str, Any]:
    """What every end sets in the job's row."""
    return {
        "status": status,
        "completed_at": at,
        "step": None,
        "error_code": code,
        "error": error,
        "parked": None,
    }


def note_end(tx: Tx, row: Row[Any]) -> None:
    """What every end brings beside the job's row: its steps stop, its `job_ends`."""
    stop_steps(tx, row.id)
    tx.insert_all(job_ends, [_end_row(tx, row)])


def stop_steps(tx: Tx, job_id: str) -> None:
    """No step of the job runs any longer; whoever claims it starts them again."""
    tx.rows(_STOP_STEPS, {"of_job": job_id})


def _end_row(tx: Tx, row: Row[Any]) -> dict[str, Any]:
    return {
        "job_id": row.id,
        "token": row.claim_token,
        "type": row.type,
        "org": row.org,
        "status": row.status,
        "code": row.error_code,
        "created_at": row.created_at,
        "started_at": row.started_at,
        "ended_at": tx.now,
        "step_times": _step_times(tx, row.id),
        "cost_usd": _cost_usd(tx, row),
        "quality": row.quality,
    }


def _step_times(tx: Tx, job_id: str) -> dict[str, float]:
    """Seconds of every ended step's last try."""
    return {
        row.step: max(0.0, (row.ended_at - row.started_at).total_seconds())
        for row in tx.rows(_ENDED_STEPS, {"of_job": job_id})
        if row.started_at is not None
    }


def _cost_usd(tx: Tx, job: Row[Any]) -> float | None:
    """What the tries since the last retry by hand cost; None when that is unknown of
    one of them, or a step was stopped while it may have called somebody."""
    (cost,) = tx.rows(_COST, {"of_job": job.id, "of_round": job.round})
    return None if cost.untold or cost.interrupted else float(cost.known_usd)


def set_data(tx: Tx, job_id: str, **values: Any) -> None:
    """Write the job's output or the record of its error."""
    given = {f"new_{name}": value for name, value in values.items()}
    tx.rows(_set_data(tuple(values)), {"of_job": job_id, **given})


@cache
def _set_data(names: tuple[str, ...]) -> Update:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return update(job_data).where(job_data.c.job_id == _OF_JOB).values(values)
