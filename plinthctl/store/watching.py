"""Everything a screen shows, from few questions in one short transaction.

Each is answered from an index over what is active, or over a window of time: however
many jobs there are, none counts or sorts them all.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, case, func, select

from plinthctl.domain.expiry import Expiry
from plinthctl.domain.views import JobView
from plinthctl.domain.watching import (
    MINUTE,
    MINUTES,
    REAPED_WITHIN,
    RECENT,
    SHOWN,
    Going,
    Look,
    Sample,
    Waiting,
)
from plinthctl.store import ends, liveness, pauses, reads, reaping, schema, slots
from plinthctl.store.tables import (
    IS_PENDING,
    IS_RECOVERY,
    IS_RUNNING,
    job_events,
    jobs,
    samples,
)
from plinthctl.store.tx import Tx
from plinthctl.store.views import jobs_with_workers, view

_COUNT: Final = func.count()


def look(tx: Tx, window: timedelta, expiry: Expiry) -> Look:
    """All of it, at one moment."""
    newest = tuple(ends.newest(tx, RECENT))
    return Look(
        at=tx.now,
        schema=schema.version(tx),
        waiting=waiting(tx, expiry),
        going=going(tx, expiry),
        created=created(tx, tx.now - window),
        ends=ends.between(tx, tx.now - max(window, REAPED_WITHIN)),
        recovered=recovered(tx, tx.now - REAPED_WITHIN),
        ended_us=ends.moments(tx, tx.now - MINUTES * MINUTE),
        last_end_at=newest[0][1] if newest else None,
        active=_active(tx),
        recent=_recent(tx, [job_id for job_id, _ in newest]),
        workers=liveness.reporting(tx),
        taken=slots.all_active(tx),
        pauses=pauses.standing(tx),
        duties_due=reaping.duties_due(tx),
        samples=sampled(tx, tx.now - MINUTES * MINUTE),
    )


def waiting(tx: Tx, expiry: Expiry) -> tuple[Waiting, ...]:
    """The pending jobs of each type that has any."""
    due = _counted(jobs.c.available_at <= tx.now)
    late = _counted(jobs.c.available_at < tx.now - expiry.pending_for)
    oldest = func.min(jobs.c.available_at)
    found = select(jobs.c.type, _COUNT, due, oldest, late).where(IS_PENDING)
    return tuple(Waiting(*_values(row)) for row in tx.execute(found.group_by(jobs.c.type)))


def going(tx: Tx, expiry: Expiry) -> tuple[Going, ...]:
    """The running jobs of each type that has any."""
    late = _counted(jobs.c.started_at < tx.now - expiry.running_for)
    found = select(jobs.c.type, _COUNT, late).where(IS_RUNNING)
    return tuple(Going(*_values(row)) for row in tx.execute(found.group_by(jobs.c.type)))


def _values(row: Row[Any]) -> tuple[Any, ...]:
    return tuple(row)


def _counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def created(tx: Tx, since: datetime, until: datetime | None = None) -> dict[str, int]:
    """How many jobs were created from then on and before ``until``, by type."""
    found = select(jobs.c.type, _COUNT.label("made")).where(jobs.c.created_at >= since)
    if until is not None:
        found = found.where(jobs.c.created_at < until)
    return {row.type: row.made for row in tx.execute(found.group_by(jobs.c.type))}


def recovered(tx: Tx, since: datetime) -> frozenset[str]:
    """The jobs that were given back from then on, because their workers were gone."""
    found = select(job_events.c.job_id).where(IS_RECOVERY, job_events.c.at >= since)
    return frozenset(tx.execute(found).scalars())


def sampled(tx: Tx, since: datetime) -> tuple[Sample, ...]:
    """The samples from then on."""
    found = select(samples.c.at, samples.c.depth, samples.c.running).where(samples.c.at >= since)
    return tuple(Sample(*_values(row)) for row in tx.execute(found))


def _active(tx: Tx) -> tuple[JobView, ...]:
    running = _viewed(tx, _first(IS_RUNNING, jobs.c.started_at, SHOWN))
    return (*running, *_viewed(tx, _first(IS_PENDING, jobs.c.available_at, SHOWN - len(running))))


def _first(where: ColumnElement[bool], since: ColumnElement[Any], at_most: int) -> Select[Any]:
    return jobs_with_workers().where(where).order_by(since).limit(at_most)


def _viewed(tx: Tx, statement: Select[Any]) -> tuple[JobView, ...]:
    return tuple(view(tx, row) for row in tx.execute(statement))


def _recent(tx: Tx, ids: list[str]) -> tuple[JobView, ...]:
    """Those that are still there, and have not been begun anew."""
    ended = {job.id: job for job in reads.by_ids(tx, ids) if job.ended}
    return tuple(ended[job_id] for job_id in dict.fromkeys(ids) if job_id in ended)
