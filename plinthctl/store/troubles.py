"""What went wrong with jobs, for telling who failed of the same thing.

Nothing is kept for it: the newest failed jobs of a window are read, and those active ones
that try again.
"""

from datetime import datetime

from sqlalchemy import and_, select

from plinthctl.domain.fingerprint import cause_of_end, cause_of_try
from plinthctl.domain.groups import Trouble
from plinthctl.domain.job import JobStatus
from plinthctl.domain.steps import StepStatus
from plinthctl.store.tables import IS_ACTIVE, has_status, job_data, job_steps, jobs, step_tries
from plinthctl.store.tx import Tx

_GOES_ON = job_steps.c.state.in_([StepStatus.WAITING, StepStatus.RUNNING])


def failed(tx: Tx, since: datetime | None, at_most: int) -> tuple[Trouble, ...]:
    """The jobs that have failed since then and were not retried, the newest first."""
    found = (
        select(
            jobs.c.id,
            jobs.c.type,
            jobs.c.org,
            jobs.c.error_code,
            jobs.c.error,
            jobs.c.completed_at,
            job_data.c.error_detail,
        )
        .join(job_data, job_data.c.job_id == jobs.c.id)
        .where(has_status(JobStatus.FAILED))
        .order_by(jobs.c.completed_at.desc())
        .limit(at_most)
    )
    if since is not None:
        found = found.where(jobs.c.completed_at >= since)
    return tuple(
        Trouble(
            row.id,
            row.type,
            row.org,
            JobStatus.FAILED,
            cause_of_end(row.error_code or "", row.error, row.error_detail),
            row.completed_at,
        )
        for row in tx.execute(found)
    )


def trying_again(tx: Tx, since: datetime | None, at_most: int) -> tuple[Trouble, ...]:
    """The active jobs of which a try has failed since then, and is made again; each with
    its last failed try."""
    same_step = and_(
        job_steps.c.job_id == step_tries.c.job_id, job_steps.c.step == step_tries.c.step
    )
    found = (
        select(jobs.c.id, jobs.c.type, jobs.c.org, jobs.c.status, *step_tries.c)
        .join(step_tries, step_tries.c.job_id == jobs.c.id)
        .join(job_steps, same_step)
        .where(IS_ACTIVE, jobs.c.attempt > 1, _GOES_ON)
        .where(step_tries.c.round == jobs.c.round, step_tries.c.failure_class.is_not(None))
        .order_by(step_tries.c.ended_at.desc())
        .limit(at_most)
    )
    if since is not None:
        found = found.where(step_tries.c.ended_at >= since)
    last: dict[str, Trouble] = {}
    for row in tx.execute(found):
        cause = cause_of_try(row.failure_class, row.provider, row.step, row.message, row.detail)
        status = JobStatus(row.status)
        newest = Trouble(row.id, row.type, row.org, status, cause, row.ended_at)
        last.setdefault(row.id, newest)
    return tuple(last.values())
