"""Everything a screen shows, from few questions in one short transaction.

Each is answered from an index over what is active, or over a window of time: however
many jobs there are, none counts or sorts them all.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, select

from plinthctl.domain.expiry import Expiry
from plinthctl.domain.failures import EndCode
from plinthctl.domain.numbers import End
from plinthctl.domain.rollups import HOUR, Rollup, rolled_up, whole_hours
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
    depth,
)
from plinthctl.store import circuits, ends, liveness, pauses, reads, reaping, rollups, schema, slots
from plinthctl.store.tables import (
    IS_PENDING,
    IS_RECOVERY,
    IS_RUNNING,
    NOT_PARKED,
    job_ends,
    job_events,
    jobs,
    samples,
)
from plinthctl.store.tx import Tx
from plinthctl.store.views import jobs_with_workers, view

_COUNT: Final = func.count()


def look(
    tx: Tx, window: timedelta, expiry: Expiry, reaped_within: timedelta = REAPED_WITHIN
) -> Look:
    """All of it, at one moment."""
    newest = tuple(ends.newest(tx, RECENT))
    ended, made, rolled = numbers(tx, tx.now - window)
    return Look(
        at=tx.now,
        schema=schema.version(tx),
        waiting=waiting(tx, expiry),
        going=going(tx, expiry),
        created=made,
        ends=ended,
        rolled=rolled,
        reaped=reaped(tx, tx.now - reaped_within),
        ended_us=_ended_us(tx, window, ended, rolled),
        last_end_at=newest[0][1] if newest else None,
        active=_active(tx),
        recent=_recent(tx, [job_id for job_id, _ in newest]),
        workers=liveness.reporting(tx),
        taken=slots.all_active(tx),
        pauses=pauses.standing(tx),
        duties_due=reaping.duties_due(tx),
        samples=sampled(tx, tx.now - MINUTES * MINUTE),
        circuits=circuits.standing(tx),
    )


def _ended_us(
    tx: Tx, window: timedelta, ended: Sequence[End], rolled: Sequence[Rollup]
) -> tuple[int, ...]:
    """When each job of the last minutes ended; asked for only where it was not read yet."""
    if window >= MINUTES * MINUTE and not rolled:
        return tuple(one.ended_us for one in ended)
    return ends.moments(tx, tx.now - MINUTES * MINUTE)


def numbers(tx: Tx, since: datetime) -> tuple[tuple[End, ...], dict[str, int], tuple[Rollup, ...]]:
    """What ended since then, what was created, and the roll-ups that stand for the whole
    hours of a long window."""
    hours = whole_hours(since, tx.now, rollups.rolled_until(tx))
    if hours is None:
        return ends.between(tx, since), created(tx, since), ()
    first, until = hours
    rolled = rollups.between(tx, first, until)
    made = Counter(created(tx, since, first)) + Counter(created(tx, until))
    for rollup in rolled:
        made[rollup.type] += rollup.created
    return (*ends.between(tx, since, first), *ends.between(tx, until)), dict(made), rolled


def hour(tx: Tx, hour_at: datetime, made: Mapping[str, int] | None) -> tuple[Rollup, ...]:
    """What that hour comes to, from its ends; ``made``: the jobs created in it, if known."""
    until = hour_at + HOUR
    made = created(tx, hour_at, until) if made is None else made
    return rolled_up(hour_at, ends.between(tx, hour_at, until), made)


def waiting(tx: Tx, expiry: Expiry) -> tuple[Waiting, ...]:
    """The pending jobs of each type that has any."""
    due = _counted(and_(jobs.c.available_at <= tx.now, NOT_PARKED))
    late = _counted(and_(jobs.c.available_at < tx.now - expiry.pending_for, NOT_PARKED))
    oldest = func.min(case((NOT_PARKED, jobs.c.available_at)))
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


def reaped(tx: Tx, since: datetime) -> frozenset[str]:
    """The jobs that a sweep has ended or given back from then on."""
    back = select(job_events.c.job_id).where(IS_RECOVERY, job_events.c.at >= since)
    ended = select(job_ends.c.job_id).where(
        job_ends.c.ended_at >= since, job_ends.c.code.in_(list(EndCode))
    )
    return frozenset((*tx.execute(back).scalars(), *tx.execute(ended).scalars()))


def take_sample(tx: Tx, expiry: Expiry) -> None:
    """Keep how deep the queue is in this minute."""
    due, running = depth(waiting(tx, expiry), pauses.standing(tx)), going(tx, expiry)
    rollups.sample(tx, due, sum(one.running for one in running))


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
