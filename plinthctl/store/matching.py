"""From a query to the condition that its jobs fulfil. Every value is bound."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select, true, type_coerce

from plinthctl.domain.expiry import Expiry
from plinthctl.domain.ids import canonical_part
from plinthctl.domain.job import JobStatus
from plinthctl.domain.queries import JobQuery
from plinthctl.store.tables import (
    IS_ACTIVE,
    IS_PENDING,
    IS_RUNNING,
    NOT_PARKED,
    NOT_PAUSED,
    Words,
    has_status,
    job_data,
    jobs,
)


def matching(query: JobQuery, now: datetime) -> ColumnElement[bool]:
    """What holds for the jobs that are asked for; ``now`` is the store's clock."""
    return and_(true(), *_conditions(query, now))


def _conditions(query: JobQuery, now: datetime) -> Iterator[ColumnElement[bool]]:
    if query.nothing:
        yield false()
    if query.statuses:
        yield has_status(*query.statuses)
    if query.stuck:
        yield _is_stuck(query.clocks, now)
    for column, values in (
        (jobs.c.type, query.types),
        (jobs.c.org, query.orgs),
        (jobs.c.user, query.users),
        (jobs.c.decision, query.decisions),
    ):
        if values:
            yield _is_one_of(column, values)
    if query.groups:  # and nothing, where nobody has looked for their jobs
        yield jobs.c.id.in_(query.ids)
    if query.steps:
        yield _is_at(query.steps)
    if query.created_since is not None:
        yield jobs.c.created_at >= query.created_since
    if query.created_until is not None:
        yield jobs.c.created_at < query.created_until
    yield from map(_mentions, query.words)


def _is_one_of(column: ColumnElement[Any], values: tuple[str, ...]) -> ColumnElement[bool]:
    # As Words: what is typed may hold what no database stores.
    return type_coerce(column, Words).in_(values)


def _is_at(steps: tuple[str, ...]) -> ColumnElement[bool]:
    """The job is at one of these steps, or has failed at it."""
    # One value a job, not EXISTS: for that, PostgreSQL reads all records at once.
    record = select(job_data.c.error_detail["step"].as_string())
    failed_at = record.where(job_data.c.job_id == jobs.c.id).correlate(jobs).scalar_subquery()
    failed = and_(has_status(JobStatus.FAILED), _is_one_of(failed_at, steps))
    return or_(_is_one_of(jobs.c.step, steps), failed)


def _is_stuck(clocks: Expiry, now: datetime) -> ColumnElement[bool]:
    waits = and_(IS_PENDING, jobs.c.available_at < now - clocks.pending_for, NOT_PAUSED, NOT_PARKED)
    runs = and_(IS_RUNNING, jobs.c.started_at < now - clocks.running_for)
    return and_(IS_ACTIVE, or_(waits, runs))


def _mentions(word: str) -> ColumnElement[bool]:
    told = (type_coerce(column, Words) for column in (jobs.c.status_message, jobs.c.error))
    found = [column.icontains(word, autoescape=True) for column in told]
    # All ids begin alike: only what could be a part of one is looked for in them.
    if (part := canonical_part(word)) is not None:
        found.append(jobs.c.id.contains(part, autoescape=True))
    return or_(*found)
