"""Cancelling jobs by hand, each time with its audit row."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, and_, select

from plinthctl.domain.acts import Act
from plinthctl.domain.cancel import Cancel, cancel
from plinthctl.domain.ids import short
from plinthctl.domain.job import JobEvent, JobStatus
from plinthctl.domain.news import CANCEL_REQUESTED
from plinthctl.domain.steered import Cancelling
from plinthctl.errors import NotFound, WrongState
from plinthctl.store import audit
from plinthctl.store.rows import Ending, Told, change, end, lock
from plinthctl.store.runs import CANCELLED_MESSAGE
from plinthctl.store.tables import IS_PENDING, IS_RUNNING, jobs
from plinthctl.store.tx import Tx


def request_cancel(tx: Tx, job_id: str, actor: str, reason: str | None) -> Cancelling:
    """End a pending job, ask a running one's worker to stop it, or take the job away
    from a worker that was asked before and has not answered.

    Raises:
        NotFound: no such job.
        WrongState: it has already ended.
    """
    row = there(lock(tx, jobs.c.id == job_id), job_id)
    found = _decide(tx, row)
    if found.how is not Cancel.AWAIT:
        _cancel(tx, row, found.how, actor, reason)
        act = Act(actor, "cancel", reason)
        before, after = {"status": row.status}, {"status": found.status}
        audit.note(tx, act, before=before, after=after, job_id=row.id)
    return found


def rehearse_cancel(tx: Tx, job_id: str) -> Cancelling:
    """What `request_cancel` would say; it raises the same. Writes nothing."""
    return _decide(tx, there(seen(tx, job_id), job_id))


def seen(tx: Tx, job_id: str) -> Row[Any] | None:
    """A job's row, which others may change meanwhile."""
    return tx.execute(select(*jobs.c).where(jobs.c.id == job_id)).one_or_none()


def there(row: Row[Any] | None, job_id: str) -> Row[Any]:
    """The row that was found. Raises `NotFound` where none was."""
    if row is None:
        raise NotFound(f"no job {job_id}", fix="plinthctl list", details={"id": job_id})
    return row


def _decide(tx: Tx, row: Row[Any]) -> Cancelling:
    how = cancel(JobStatus(row.status), row.cancel_requested_at, tx.now)
    if how is None:
        raise _ended_already(tx, row)
    asked_s = _seconds_since(tx, row.cancel_requested_at)
    return Cancelling(row.id, JobStatus(row.status), how, asked_s)


def _ended_already(tx: Tx, row: Row[Any]) -> WrongState:
    details = {"status": row.status, "ended_ago_s": _seconds_since(tx, row.completed_at)}
    name = short(row.id)
    return WrongState(
        f"{name} is already {row.status}", fix=f"plinthctl show {name}", details=details
    )


def _seconds_since(tx: Tx, at: Any) -> float | None:
    return None if at is None else max(0.0, (tx.now - at).total_seconds())


def _cancel(tx: Tx, row: Row[Any], how: Cancel, actor: str, reason: str | None) -> None:
    data = {"reason": reason} if reason else {}
    asked = Told(CANCEL_REQUESTED, data, actor)
    match how:
        case Cancel.ASK:
            running = and_(jobs.c.id == row.id, IS_RUNNING)
            change(tx, running, {"cancel_requested_at": tx.now}, [asked])
        case Cancel.END:
            ending = _ending(actor, data, cancel_requested_at=tx.now)
            end(tx, and_(jobs.c.id == row.id, IS_PENDING), JobStatus.PENDING, ending)
        case Cancel.TAKE_AWAY:
            # Asked for once more, so that its worker hears of it and drops what it has lost.
            ending = _ending(actor, {**data, "taken_away": True})
            running = and_(jobs.c.id == row.id, IS_RUNNING)
            end(tx, running, JobStatus.RUNNING, ending, [asked])


def _ending(actor: str, data: Mapping[str, Any], **values: Any) -> Ending:
    taken = {"claim_token": jobs.c.claim_token + 1, "status_message": CANCELLED_MESSAGE}
    return Ending(JobEvent.CANCEL, actor=actor, data=data, values={**taken, **values})
