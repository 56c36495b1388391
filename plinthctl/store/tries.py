"""Tries of steps, counted by provider."""

from datetime import datetime

from sqlalchemy import distinct, func, select, union

from plinthctl.domain.splits import ProviderPart
from plinthctl.store.tables import IS_ACTIVE, job_ends, jobs, step_tries
from plinthctl.store.tx import Tx


def failed(tx: Tx, since: datetime) -> tuple[ProviderPart, ...]:
    """Failed tries since then by provider and class, the most frequent first, of the jobs
    that have ended since or are active: tries themselves are not found by time."""
    ended = select(job_ends.c.job_id).where(job_ends.c.ended_at >= since)
    active = select(jobs.c.id).where(IS_ACTIVE)
    count = func.count()
    found = (
        select(
            step_tries.c.provider,
            step_tries.c.failure_class,
            count.label("tries"),
            func.count(distinct(step_tries.c.job_id)).label("hit"),
            func.max(step_tries.c.ended_at).label("last_at"),
        )
        .where(
            step_tries.c.job_id.in_(union(ended, active)),
            step_tries.c.ended_at >= since,
            step_tries.c.provider.is_not(None),
            step_tries.c.failure_class.is_not(None),
        )
        .group_by(step_tries.c.provider, step_tries.c.failure_class)
        .order_by(count.desc(), step_tries.c.provider, step_tries.c.failure_class)
    )
    return tuple(
        ProviderPart(row.provider, row.failure_class, row.tries, row.hit, row.last_at)
        for row in tx.execute(found)
    )
