"""What is read of one job, or of the queue, in short read-only transactions."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Row, and_, bindparam, func, select

from plinthctl.domain.ids import SHORT_LENGTH, IdPrefix
from plinthctl.domain.steps import ENDED
from plinthctl.domain.views import AuditView, EventView, JobDetail, JobView
from plinthctl.store import audit
from plinthctl.store.finding import ids_like
from plinthctl.store.tables import (
    IS_PENDING,
    IS_RUNNING,
    NOT_PARKED,
    NOT_PAUSED,
    SHORT_ID,
    job_events,
    job_steps,
    jobs,
    operator_audit,
)
from plinthctl.store.tx import Tx
from plinthctl.store.views import jobs_with_workers, view, with_all

_BY_IDS: Final = jobs_with_workers().where(jobs.c.id.in_(bindparam("ids", expanding=True)))


def by_id(tx: Tx, job_id: str, *, usual: bool = True) -> JobView | None:
    """The job of that full id."""
    found = by_ids(tx, [job_id], usual=usual)
    return found[0] if found else None


def by_ids(tx: Tx, ids: Sequence[str], *, usual: bool = True) -> tuple[JobView, ...]:
    """Those of the jobs that there are, in no order; ``usual`` as in `view`."""
    return tuple(view(tx, row, usual=usual) for row in tx.execute(_BY_IDS, {"ids": ids}))


def find_ids(tx: Tx, part: str, at_most: int) -> tuple[str, ...]:
    """Ids that begin or end with ``part`` (as `ids.canonical_part` gives it)."""
    ends = SHORT_ID.op("=")(part) if len(part) == SHORT_LENGTH else None
    return ids_like(tx, jobs.c.id, IdPrefix.JOB, part, at_most, ends=ends)


def newest_of(tx: Tx, org: str, user: str) -> str | None:
    """The newest job of this user in this organisation."""
    own = select(jobs.c.id).where(jobs.c.org == org, jobs.c.user == user)
    newest: str | None = tx.execute(own.order_by(jobs.c.id.desc()).limit(1)).scalar_one_or_none()
    return newest


def running_count(tx: Tx, types: Sequence[str]) -> int:
    """Running jobs of these types."""
    running = select(func.count()).select_from(jobs).where(IS_RUNNING, jobs.c.type.in_(types))
    found: int = tx.execute(running).scalar_one()
    return found


def place_in_line(tx: Tx, job: JobView) -> int:
    """How many due jobs are claimed before this pending one, and itself."""
    before = and_(
        IS_PENDING,
        (jobs.c.available_at < job.available_at)
        | and_(jobs.c.available_at == job.available_at, jobs.c.id <= job.id),
    )
    found: int = tx.execute(select(func.count()).select_from(jobs).where(before)).scalar_one()
    return found


def detail(tx: Tx, job_id: str, *, events: bool) -> JobDetail | None:
    """A job with its input, output, steps, tries and results."""
    found = by_id(tx, job_id)
    if found is None:
        return None
    (whole,) = with_all(tx, [found])
    if not events:
        return whole
    return replace(whole, events=events_after(tx, job_id, 0), audits=audits(tx, job_id))


def line(tx: Tx, at_most: int) -> tuple[str, ...]:
    """The due jobs that are claimed next, in that order."""
    due = select(jobs.c.id).where(IS_PENDING, jobs.c.available_at <= tx.now, NOT_PAUSED, NOT_PARKED)
    first = due.order_by(jobs.c.available_at, jobs.c.id).limit(at_most)
    return tuple(tx.execute(first).scalars())


def details_by_ids(tx: Tx, ids: Sequence[str]) -> tuple[JobDetail, ...]:
    """The jobs of these full ids, in this order, with all but their events; at
    most a few hundred. What is not there is left out."""
    views = {view.id: view for view in by_ids(tx, ids)}
    return tuple(with_all(tx, [views[job_id] for job_id in ids if job_id in views]))


def step_outputs(tx: Tx, job_id: str) -> dict[str, Any]:
    """What each ended step of a job has stored, in the order in which they ended."""
    ended = select(job_steps.c.step, job_steps.c.output).where(
        job_steps.c.job_id == job_id, job_steps.c.state.in_(ENDED)
    )
    rows = tx.execute(ended.order_by(job_steps.c.ended_at, job_steps.c.step))
    return {row.step: row.output for row in rows}


def events_after(tx: Tx, job_id: str, seq: int) -> tuple[EventView, ...]:
    """The events of a job after number ``seq``, oldest first."""
    later = (
        select(job_events)
        .where(job_events.c.job_id == job_id, job_events.c.seq > seq)
        .order_by(job_events.c.seq)
    )
    return event_views(tx.execute(later))


def audits(tx: Tx, job_id: str) -> tuple[AuditView, ...]:
    """What operators did to a job, oldest first."""
    done = select(operator_audit).where(operator_audit.c.job_id == job_id)
    return tuple(audit.view(row) for row in tx.execute(done.order_by(operator_audit.c.id)))


def event_views(rows: Iterable[Row[Any]]) -> tuple[EventView, ...]:
    """Rows of ``job_events`` as people are shown them."""
    return tuple(EventView(e.seq, e.at, e.kind, e.actor, e.data) for e in rows)
