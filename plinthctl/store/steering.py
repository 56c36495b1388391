"""What an operator does to a job: each action with its audit row."""

from typing import Any

from sqlalchemy import Row, and_, select

from plinthctl.domain.acts import Act
from plinthctl.domain.ids import short
from plinthctl.domain.job import FINAL, JobEvent, JobStatus
from plinthctl.domain.news import CANCEL_REQUESTED
from plinthctl.errors import NotFound, WrongState
from plinthctl.store import audit
from plinthctl.store.rows import Ending, Told, change, end, lock
from plinthctl.store.runs import CANCELLED_MESSAGE
from plinthctl.store.tables import IS_PENDING, IS_RUNNING, jobs
from plinthctl.store.tx import Tx


def request_cancel(tx: Tx, job_id: str, actor: str, reason: str | None) -> JobStatus:
    """Cancel a pending job at once (CANCELLED), ask a running one to stop (RUNNING).

    Asking twice changes nothing more.

    Raises:
        NotFound: no such job.
        WrongState: it has already ended.
    """
    row = lock(tx, jobs.c.id == job_id)
    if row is None:
        raise NotFound(f"no job {job_id}")
    status = JobStatus(row.status)
    if status in FINAL:
        raise WrongState(f"{short(job_id)} is already {status}", details={"status": status})
    if row.cancel_requested_at is None:
        _cancel(tx, row, actor, reason)
        _audit(tx, row, "cancel", actor, reason)
    return JobStatus.CANCELLED if status is JobStatus.PENDING else JobStatus.RUNNING


def _cancel(tx: Tx, row: Row[Any], actor: str, reason: str | None) -> None:
    data = {"reason": reason} if reason else {}
    if row.status == JobStatus.RUNNING:
        running = and_(jobs.c.id == row.id, IS_RUNNING)
        asked = Told(CANCEL_REQUESTED, data, actor)
        change(tx, running, {"cancel_requested_at": tx.now}, [asked])
        return
    ending = Ending(
        JobEvent.CANCEL,
        actor=actor,
        data=data,
        values={
            "cancel_requested_at": tx.now,
            "claim_token": jobs.c.claim_token + 1,
            "status_message": CANCELLED_MESSAGE,
        },
    )
    end(tx, and_(jobs.c.id == row.id, IS_PENDING), JobStatus.PENDING, ending)


def _audit(tx: Tx, row: Row[Any], action: str, actor: str, reason: str | None) -> None:
    status = tx.execute(select(jobs.c.status).where(jobs.c.id == row.id)).scalar_one()
    before, after = {"status": row.status}, {"status": status}
    audit.note(tx, Act(actor, action, reason), before=before, after=after, job_id=row.id)
