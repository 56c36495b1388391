"""What completed jobs of a type took and cost, step by step."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, select

from plinthctl.domain.costs import of_tries
from plinthctl.domain.failures import Usage
from plinthctl.domain.foresight import PastRun
from plinthctl.store.tables import HAS_COMPLETED, job_ends, jobs, step_tries
from plinthctl.store.tx import Tx


def completed(tx: Tx, job_type: str, at_most: int) -> tuple[PastRun, ...]:
    """The newest completed jobs of a type that nobody has retried by hand."""
    whole = (
        select(job_ends.c.job_id, job_ends.c.started_at, job_ends.c.ended_at, job_ends.c.step_times)
        .join(jobs, jobs.c.id == job_ends.c.job_id)
        .where(HAS_COMPLETED, job_ends.c.type == job_type, jobs.c.round == 0)
        .order_by(job_ends.c.ended_at.desc())
        .limit(at_most)
    )
    ends = tx.execute(whole).all()
    tries = _by_job_and_step(
        tx.execute(select(step_tries).where(step_tries.c.job_id.in_([end.job_id for end in ends])))
    )
    return tuple(
        PastRun(
            max(0.0, (end.ended_at - end.started_at).total_seconds()),
            end.step_times,
            {step: of_tries(used) for step, used in tries[end.job_id].items()},
        )
        for end in ends
    )


def _by_job_and_step(rows: Iterable[Row[Any]]) -> dict[str, dict[str, list[Usage]]]:
    found: dict[str, dict[str, list[Usage]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        used = Usage(row.calls, credits=row.credits, cost_usd=row.cost_usd)
        found[row.job_id][row.step].append(used)
    return found
