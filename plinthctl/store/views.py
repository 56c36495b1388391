"""From rows to what is shown of jobs."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, Select, and_, bindparam, not_, select

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.circuits import provider_in
from plinthctl.domain.failures import Usage
from plinthctl.domain.job import JobStatus
from plinthctl.domain.numbers import OF_LATE, usual_s
from plinthctl.domain.quality import Quality
from plinthctl.domain.steps import StepStatus
from plinthctl.domain.views import JobDetail, JobView, ResultView, StepView, TryView
from plinthctl.store import ends, results
from plinthctl.store.tables import (
    IS_PENDING,
    NOT_PAUSED,
    job_data,
    job_events,
    job_steps,
    jobs,
    step_tries,
    workers,
)
from plinthctl.store.tx import Tx, grouped


def jobs_with_workers() -> Select[Any]:
    """The rows that `view` reads: jobs, each with what is shown of its worker."""
    return select(
        *jobs.c,
        workers.c.name.label("worker_name"),
        workers.c.beat_at.label("worker_beat_at"),
        and_(IS_PENDING, not_(NOT_PAUSED)).label("paused"),
    ).outerjoin(workers, workers.c.id == jobs.c.worker_id)


def view(tx: Tx, row: Row[Any], *, usual: bool = True) -> JobView:
    """A job as lists show it; with what is ``usual`` of its type, which is a statement more."""
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
        paused=bool(row.paused),
        error_code=row.error_code,
        round=row.round,
        usual_s=usual_of(tx, row.type) if usual else None,
        parked=provider_in(row.parked) if row.parked else None,
        quality=Quality(row.quality) if row.quality else None,
        quality_reason=row.quality_reason,
    )


def usual_of(tx: Tx, job_type: str) -> tuple[float, float] | None:
    """From and to, in seconds, what jobs of a type have taken of late; None: too few have."""
    if job_type not in tx.usual_s:
        tx.usual_s[job_type] = usual_s(ends.durations_of_late(tx, job_type, OF_LATE))
    return tx.usual_s[job_type]


_FIRSTS: Final = select(job_events.c.job_id, job_events.c.data).where(
    job_events.c.job_id.in_(bindparam("ids", expanding=True)), job_events.c.seq == 1
)


def with_all(tx: Tx, views: Sequence[JobView]) -> tuple[JobDetail, ...]:
    """The same jobs with all that belongs to them but their events."""
    ids = [view.id for view in views]
    data = grouped(tx, select(job_data).where(job_data.c.job_id.in_(ids)))
    rows = grouped(tx, select(job_steps).where(job_steps.c.job_id.in_(ids)))
    tries = grouped(
        tx,
        select(step_tries)
        .where(step_tries.c.job_id.in_(ids))
        .order_by(step_tries.c.round, step_tries.c.number),
    )
    made = _by_job(results.of_jobs(tx, ids))
    firsts = {row.job_id: row.data for row in tx.execute(_FIRSTS, {"ids": ids})}
    return tuple(
        JobDetail(
            job=view,
            input=data[view.id][0].input,
            output=data[view.id][0].output,
            error_detail=data[view.id][0].error_detail,
            steps=_steps(view, rows.get(view.id, ()), tries.get(view.id, ())),
            results=tuple(made[view.id]),
            made_from=firsts.get(view.id, {}).get("from"),
        )
        for view in views
    )


def _by_job(made: Sequence[ResultView]) -> Mapping[str, Sequence[ResultView]]:
    groups: dict[str, list[ResultView]] = defaultdict(list)
    for result in made:
        groups[result.job_id].append(result)
    return groups


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
        usage=Usage(
            row.calls,
            row.input_tokens,
            row.cached_tokens,
            row.output_tokens,
            row.credits,
            row.cost_usd,
        ),
    )
