"""Giving back, ending and deleting: one job a transaction, each on what was seen."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    literal,
    or_,
    select,
    tuple_,
)

from plinthctl.domain.expiry import Expiry, Retention, words
from plinthctl.domain.failures import EndCode
from plinthctl.domain.job import JobEvent, JobStatus, after
from plinthctl.domain.limits import Slot, scopes
from plinthctl.domain.liveness import BackToQueue, Lost, after_loss
from plinthctl.domain.reaping import Overdue, Past
from plinthctl.domain.runs import Swept
from plinthctl.store.rows import Ending, Told, change, end, held, lock, set_data, stop_steps
from plinthctl.store.runs import CANCELLED_MESSAGE
from plinthctl.store.slots import COLUMN
from plinthctl.store.tables import (
    IS_FINAL,
    IS_PENDING,
    IS_RUNNING,
    NOT_PARKED,
    NOT_PAUSED,
    UtcTime,
    has_status,
    jobs,
    workers,
)
from plinthctl.store.tx import Tx

PURGE_FIRST: Final = 100  # jobs of the first batch
PURGE_HOLDS_S: Final = 0.025  # aimed at: so long does a batch keep other writers waiting
PURGE_AT_MOST: Final = 2_000
_FREE_OF: Final = 4  # pages, of which one may be free: it will be used before long
_PAGES_AT_ONCE: Final = 256
ENDS: Final = (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)


def recover(tx: Tx, job_id: str, token: int) -> Swept | None:
    """Give back a job whose worker is gone, on the claim that was seen.

    None: it is no longer held under that token. A job whose cancel was asked
    for ends cancelled; the third loss in a row fails it.
    """
    where = held(job_id, token)
    row = lock(tx, where)
    if row is None:
        return None
    taken_away = {"claim_token": jobs.c.claim_token + 1, "losses": row.losses + 1}
    if row.cancel_requested_at is not None:
        return _end_cancelled(tx, where, taken_away)
    match after_loss(row.losses + 1):
        case BackToQueue(wait_s, alone):
            return _give_back(tx, where, taken_away, wait_s, alone=alone)
        case Lost():
            return _end_by_rule(tx, where, JobStatus.RUNNING, EndCode.WORKER_LOST, taken_away)


def _end_cancelled(tx: Tx, where: ColumnElement[bool], values: dict[str, Any]) -> Swept | None:
    values = {**values, "status_message": CANCELLED_MESSAGE}
    row = end(tx, where, JobStatus.RUNNING, Ending(JobEvent.CANCEL, values=values))
    return None if row is None else Swept(row.id, JobEvent.CANCEL, "cancel_requested", row.type)


def _give_back(
    tx: Tx, where: ColumnElement[bool], values: dict[str, Any], wait_s: float, *, alone: bool
) -> Swept | None:
    values = {
        **values,
        "status": after(JobStatus.RUNNING, JobEvent.RECOVER),
        "available_at": tx.now + timedelta(seconds=wait_s),
        "worker_id": None,
        "started_at": None,
        "step": None,
        "status_message": "Its worker is gone; another takes it up.",
    }
    told = Told(JobEvent.RECOVER, {"wait_s": wait_s, "alone": alone})
    not_cancelled = and_(where, jobs.c.cancel_requested_at.is_(None))
    row = change(tx, not_cancelled, values, [told])
    if row is None:
        return None
    stop_steps(tx, row.id)
    return Swept(row.id, JobEvent.RECOVER, "worker_gone", row.type)


def _end_by_rule(
    tx: Tx,
    where: ColumnElement[bool],
    status: JobStatus,
    code: EndCode,
    values: dict[str, Any],
    expiry: Expiry | None = None,
) -> Swept | None:
    error = words(code, expiry or Expiry())
    event = JobEvent.LOSE if code is EndCode.WORKER_LOST else JobEvent.EXPIRE
    ending = Ending(
        event,
        code=code,
        error=error,
        data={"rule": code},
        values={**values, "status_message": None},
    )
    row = end(tx, where, status, ending)
    if row is None:
        return None
    set_data(tx, row.id, error_detail={"class": code, "message": error, "user_fault": False})
    return Swept(row.id, event, code, row.type)


# Two questions: one with OR would read the whole table in the order of its key.


def waiting_too_long(tx: Tx, expiry: Expiry) -> tuple[Overdue, ...]:
    """Jobs that have been due for too long, the oldest first."""
    waiting = _seen(jobs.c.available_at).where(_waits_too_long(tx, expiry))
    return tuple(map(_overdue, tx.execute(waiting)))


def running_too_long(tx: Tx, expiry: Expiry) -> tuple[Overdue, ...]:
    """Jobs that have run for too long, the oldest first."""
    late = jobs.c.started_at < tx.now - expiry.running_for
    return tuple(map(_overdue, tx.execute(_seen(jobs.c.started_at).where(IS_RUNNING, late))))


def _seen(since: ColumnElement[datetime]) -> Select[Any]:
    columns = (jobs.c.id, jobs.c.type, jobs.c.claim_token, jobs.c.status)
    found = select(*columns, since.label("since"), jobs.c.cancel_requested_at)
    return found.order_by(since, jobs.c.id)


def _overdue(row: Row[Any]) -> Overdue:
    asked = row.cancel_requested_at is not None
    return Overdue(row.id, row.type, row.claim_token, JobStatus(row.status), row.since, asked)


def _waits_too_long(tx: Tx, expiry: Expiry) -> ColumnElement[bool]:
    return _waits_since(tx.now - expiry.pending_for)


def _waits_since(moment: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Held back by hand, a job does not age; whoever lets it go takes that time out.
    Nor does it while it is parked: it is due anew when its provider is back."""
    return and_(IS_PENDING, jobs.c.available_at < moment, NOT_PAUSED, NOT_PARKED)


_HOLDING: Final[Select[Any]] = (
    _seen(jobs.c.available_at)
    .add_columns(jobs.c.org, jobs.c.user, jobs.c.decision)
    .where(
        _waits_since(bindparam("moment", type_=jobs.c.available_at.type)),
        or_(*(column.in_(bindparam(scope, expanding=True)) for scope, column in COLUMN.items())),
    )
)


def too_late(tx: Tx, wanted: Collection[Slot], expiry: Expiry) -> Counter[Slot]:
    """How many jobs `make_room` would end, in these scopes and the others they count in."""
    found = tx.execute(_HOLDING, _values(tx, wanted, expiry))
    return Counter(slot for job in found for slot in scopes(job.org, job.user, job.decision))


def make_room(tx: Tx, wanted: Collection[Slot], expiry: Expiry) -> None:
    """End the jobs that have been due for too long and still count in these scopes."""
    # All locked by one statement, in one order: submitters do not wait in a circle.
    holding = _HOLDING.with_for_update() if tx.on_postgresql else _HOLDING
    for seen in tx.execute(holding, _values(tx, wanted, expiry)).all():
        expire(tx, _overdue(seen), expiry)


def _values(tx: Tx, wanted: Collection[Slot], expiry: Expiry) -> dict[str, Any]:
    names = {str(scope): [n for one, n in wanted if one is scope] for scope in COLUMN}
    return {**names, "moment": tx.now - expiry.pending_for}


def expire(tx: Tx, seen: Overdue, expiry: Expiry) -> Swept | None:
    """End an overdue job if it still is as it was seen; None: it is not.

    A running job whose cancel was asked for ends cancelled.
    """
    same = and_(jobs.c.id == seen.job_id, jobs.c.claim_token == seen.token)
    taken_away = {"claim_token": jobs.c.claim_token + 1}
    if seen.status == JobStatus.PENDING:
        where, code = and_(same, _waits_too_long(tx, expiry)), EndCode.EXPIRED_IN_QUEUE
        return _end_by_rule(tx, where, JobStatus.PENDING, code, taken_away, expiry)
    asked = and_(same, IS_RUNNING, jobs.c.cancel_requested_at.is_not(None))
    if (cancelled := _end_cancelled(tx, asked, taken_away)) is not None:
        return cancelled
    code = EndCode.EXPIRED_RUNNING
    return _end_by_rule(tx, and_(same, IS_RUNNING), JobStatus.RUNNING, code, taken_away, expiry)


def purge_some(tx: Tx, retention: Retention, at_most: int) -> tuple[Past, ...]:
    """Delete so many jobs past their retention, with all that hangs on them; their
    results, ends and audit stay. Returns the deleted ones."""
    found: list[Past] = []
    for status in ENDS:
        gone = _past(status, tx.now - retention.of(status))
        some = gone.order_by(jobs.c.completed_at).limit(at_most - len(found))
        found += _as_past(tx.execute(some.with_for_update(skip_locked=True)).all())
    if found:
        tx.execute(delete(jobs).where(jobs.c.id.in_([one.job_id for one in found])))
    return tuple(found)


def forget_workers(tx: Tx, retention: Retention, at_most: int) -> int:
    """Delete so many of the workers that were retired before any job ended that is still
    kept, and that no running job names; how many."""
    holds = exists().where(IS_RUNNING, jobs.c.worker_id == workers.c.id)
    gone = select(workers.c.id).where(workers.c.retired_at < tx.now - retention.longest_for, ~holds)
    some = gone.order_by(workers.c.id).limit(at_most).with_for_update(skip_locked=True)
    ids = tx.execute(some).scalars().all()
    if ids:
        tx.execute(delete(workers).where(workers.c.id.in_(ids)))
    return len(ids)


def past(
    tx: Tx, status: JobStatus, retention: Retention, after: Past | None, at_most: int
) -> tuple[Past, ...]:
    """Jobs of a final status that `purge_some` would delete, the oldest first, behind ``after``."""
    found = _past(status, tx.now - retention.of(status))
    if after is not None:
        place = tuple_(jobs.c.completed_at, jobs.c.id)
        behind = tuple_(literal(after.ended_at, UtcTime), literal(after.job_id))
        found = found.where(place > behind)
    ordered = found.order_by(jobs.c.completed_at, jobs.c.id).limit(at_most)
    return tuple(_as_past(tx.execute(ordered).all()))


def fitting(size: int, held_s: float) -> int:
    """How many jobs the next batch of a purge has room for, by the pace of the last one."""
    return max(1, min(PURGE_AT_MOST, 2 * size, int(size * PURGE_HOLDS_S / max(held_s, 1e-6))))


def give_room_back(tx: Tx) -> bool:
    """Give some free pages of a SQLite file back to the disk, where more than a fourth
    of them are free; whether there may be more. Nothing to do on PostgreSQL."""
    if tx.on_postgresql:
        return False
    pages, free = (_number(tx, f"PRAGMA {what}") for what in ("page_count", "freelist_count"))
    if free * _FREE_OF < pages:
        return False
    # Through the driver: a row of this answer is a page, and has no columns.
    cursor = tx.connection.connection.cursor()
    cursor.execute(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})")
    return len(cursor.fetchall()) == _PAGES_AT_ONCE


def _number(tx: Tx, question: str) -> int:
    return int(tx.connection.exec_driver_sql(question).scalar_one())


def _past(status: JobStatus, before: datetime) -> Select[tuple[str, str, str, datetime]]:
    columns = select(jobs.c.id, jobs.c.type, jobs.c.status, jobs.c.completed_at)
    # IS_FINAL says nothing new, but lets SQLite see that its partial index fits.
    return columns.where(IS_FINAL, has_status(status), jobs.c.completed_at < before)


def _as_past(rows: Sequence[Row[tuple[str, str, str, datetime]]]) -> Iterator[Past]:
    return (Past(row.id, row.type, JobStatus(row.status), row.completed_at) for row in rows)
