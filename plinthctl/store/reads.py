"""What is read of jobs, in short read-only transactions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, func, select, true

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.ids import ALPHABET, SHORT_LENGTH, ULID_LENGTH, IdPrefix
from plinthctl.domain.job import JobStatus
from plinthctl.domain.queries import JobQuery
from plinthctl.domain.steps import StepStatus
from plinthctl.domain.views import EventView, JobDetail, JobView, StepView, TryView
from plinthctl.store import results
from plinthctl.store.tables import (
    IS_PENDING,
    IS_RUNNING,
    SHORT_ID,
    has_status,
    job_data,
    job_events,
    job_steps,
    jobs,
    step_tries,
    workers,
)
from plinthctl.store.tx import Tx, grouped

_AT_ONCE: Final = 200  # jobs whose rows are read by one statement
_LENGTH: Final = len(IdPrefix.JOB) + 1 + ULID_LENGTH


def by_id(tx: Tx, job_id: str) -> JobView | None:
    """The job of that full id."""
    row = tx.execute(_listed().where(jobs.c.id == job_id)).one_or_none()
    return None if row is None else _view(tx, row)


def by_ids(tx: Tx, ids: Sequence[str]) -> tuple[JobView, ...]:
    """Those of the jobs that there are, in no order."""
    return tuple(_view(tx, row) for row in tx.execute(_listed().where(jobs.c.id.in_(ids))))


def listed(tx: Tx, query: JobQuery) -> tuple[JobView, ...]:
    """Jobs, the newest first."""
    statement = _listed().where(_matching(query)).order_by(jobs.c.id.desc()).limit(query.limit)
    return tuple(_view(tx, row) for row in tx.execute(statement))


def count(tx: Tx, query: JobQuery) -> int:
    """How many jobs match, whatever the query's limit."""
    found: int = tx.execute(
        select(func.count()).select_from(jobs).where(_matching(query))
    ).scalar_one()
    return found


def _listed() -> Select[Any]:
    return select(
        *jobs.c, workers.c.name.label("worker_name"), workers.c.beat_at.label("worker_beat_at")
    ).outerjoin(workers, workers.c.id == jobs.c.worker_id)


def _matching(query: JobQuery) -> ColumnElement[bool]:
    wanted: list[ColumnElement[bool]] = [true()]
    if query.statuses:
        wanted.append(has_status(*query.statuses))
    if query.types:
        wanted.append(jobs.c.type.in_(query.types))
    for column, value in (
        (jobs.c.org, query.org),
        (jobs.c.user, query.user),
        (jobs.c.decision, query.decision),
    ):
        if value is not None:
            wanted.append(column == value)
    if query.created_since is not None:
        wanted.append(jobs.c.created_at >= query.created_since)
    if query.created_until is not None:
        wanted.append(jobs.c.created_at < query.created_until)
    return and_(*wanted)


def find_ids(tx: Tx, part: str, at_most: int) -> tuple[str, ...]:
    """Ids that begin or end with ``part`` (as `ids.canonical_part` gives it)."""
    begins = part if "_" in part else f"{IdPrefix.JOB}_{part}"
    # Only characters of ids: many a PostgreSQL sorts "~" before letters and digits.
    last = begins.ljust(_LENGTH, ALPHABET[-1])
    between = and_(jobs.c.id >= begins, jobs.c.id <= last)
    found = tx.execute(select(jobs.c.id).where(between).limit(at_most)).scalars().all()
    ends = tx.execute(select(jobs.c.id).where(_ends_with(part)).limit(at_most)).scalars().all()
    return tuple(sorted({*found, *ends})[:at_most])


def _ends_with(part: str) -> ColumnElement[bool]:
    if len(part) == SHORT_LENGTH:
        return SHORT_ID.op("=")(part)
    return jobs.c.id.endswith(part, autoescape=True)


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
    view = by_id(tx, job_id)
    if view is None:
        return None
    (whole,) = _details(tx, [view])
    return replace(whole, events=events_after(tx, job_id, 0)) if events else whole


def details(tx: Tx, query: JobQuery) -> tuple[JobDetail, ...]:
    """Jobs with all that belongs to them but their events, the newest first."""
    found = listed(tx, query)
    return tuple(
        whole
        for start in range(0, len(found), _AT_ONCE)
        for whole in _details(tx, found[start : start + _AT_ONCE])
    )


def _details(tx: Tx, views: Sequence[JobView]) -> Sequence[JobDetail]:
    ids = [view.id for view in views]
    data = grouped(tx, select(job_data).where(job_data.c.job_id.in_(ids)))
    rows = grouped(tx, select(job_steps).where(job_steps.c.job_id.in_(ids)))
    tries = grouped(
        tx,
        select(step_tries)
        .where(step_tries.c.job_id.in_(ids))
        .order_by(step_tries.c.round, step_tries.c.number),
    )
    made = results.of_jobs(tx, ids)
    return [
        JobDetail(
            job=view,
            input=data[view.id][0].input,
            output=data[view.id][0].output,
            error_detail=data[view.id][0].error_detail,
            steps=_steps(view, rows.get(view.id, ()), tries.get(view.id, ())),
            results=tuple(result for result in made if result.job_id == view.id),
        )
        for view in views
    ]


def events_after(tx: Tx, job_id: str, seq: int) -> tuple[EventView, ...]:
    """The events of a job after number ``seq``, oldest first."""
    later = (
        select(job_events)
        .where(job_events.c.job_id == job_id, job_events.c.seq > seq)
        .order_by(job_events.c.seq)
    )
    return event_views(tx.execute(later))


def event_views(rows: Iterable[Row[Any]]) -> tuple[EventView, ...]:
    """Rows of ``job_events`` as people are shown them."""
    return tuple(EventView(e.seq, e.at, e.kind, e.actor, e.data) for e in rows)


def _steps(
    job: JobView, rows: Sequence[Row[Any]], tries: Sequence[Row[Any]]
) -> tuple[StepView, ...]:
    by_name = {row.step: row for row in rows}
    return tuple(
        _step_view(name, by_name.get(name), [one for one in tries if one.step == name])
        for name in _names(job.type, by_name)
    )


def _names(job_type: str, rows: Mapping[str, Row[Any]]) -> Sequence[str]:
    """The steps of the type, then any that an older version of it has left."""
    known = [step.name for step in JOB_TYPES[job_type].steps] if job_type in JOB_TYPES else []
    return [*known, *sorted(rows.keys() - set(known))]


def _step_view(name: str, row: Row[Any] | None, tries: Sequence[Row[Any]]) -> StepView:
    history = tuple(_try_view(one) for one in tries)
    if row is None:
        return StepView(name, StepStatus.NEW, 0, None, None, None, history=history)
    return StepView(
        name=name,
        status=StepStatus(row.state),
        tries=row.tries,
        retry_at=row.retry_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        reason=row.reason,
        history=history,
    )


def _try_view(row: Row[Any]) -> TryView:
    return TryView(
        number=row.number,
        round=row.round,
        started_at=row.started_at,
        ended_at=row.ended_at,
        failure_class=row.failure_class,
        provider=row.provider,
        message=row.message,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        credits=row.credits,
        cost_usd=row.cost_usd,
    )


def _view(tx: Tx, row: Row[Any]) -> JobView:
    return JobView(
        id=row.id,
        type=row.type,
        status=JobStatus(row.status),
        progress=row.progress,
        status_message=row.status_message,
        step=row.step,
        org=row.org,
        user=row.user,
        decision=row.decision,
        key=row.key,
        attempt=row.attempt,
        worker=row.worker_name,
        simulated=row.simulated,
        created_at=row.created_at,
        available_at=row.available_at,
        started_at=row.started_at,
        completed_at=row.completed_at,
        heartbeat_at=row.worker_beat_at if row.status == JobStatus.RUNNING else None,
        cancel_requested_at=row.cancel_requested_at,
        error=row.error,
        event_seq=row.event_seq,
        read_at=tx.now,
    )
