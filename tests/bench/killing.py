"""Jobs that outlive their worker: 20 of 3 s at 10 at once, its worker killed after 1 s."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from arq.connections import ArqRedis

from plinthctl.domain.queries import JobQuery
from plinthctl.domain.steps import ENDED
from plinthctl.wiring import Services
from tests.bench import notes, raw
from tests.bench.catalogue import FIVE_STEPS
from tests.bench.stage import (
    DATABASES,
    PATIENCE_S,
    Stage,
    first_start,
    jobs_of,
    since_s,
    stage,
    submit,
    until_all_ended,
)
from tests.bench.table import Figure
from tests.e2e.program import wait_for

JOBS: Final = 20
JOB_S: Final = 3.0
STEPS: Final = 5
CONCURRENCY: Final = 10
KILLED_AFTER_S: Final = 1.0
REQUIRED_S: Final = 8.5  # from the start of the first job
LOOK_EVERY_S: Final = 0.02
LATER: Final = f"when its claims lapse, {raw.LAPSES_AFTER_S} s after they were made"


@dataclass(frozen=True)
class Outcome:
    """How many jobs were done after how many seconds, and how many steps began again
    whose results were stored before the kill."""

    done: int
    took_s: float
    again: int = 0

    def __str__(self) -> str:
        return f"{self.done} done after {self.took_s:.1f} s"


def figures(folder: Path) -> list[Figure]:
    with stage(folder) as at:
        ours = {database: _ours(at, database) for database in DATABASES}
        stock = _of_arq(at)
    return [_figure(database, outcome, stock) for database, outcome in ours.items()]


def _figure(database: str, ours: Outcome, stock: Outcome) -> Figure:
    return Figure(
        f"jobs done after their worker was killed, {database}",
        ours.done / stock.done,
        "stock arq, given up then",
        f"{ours}, {ours.again} stored steps again; against {stock}, the rest {LATER}",
        ours.done == JOBS and ours.took_s <= REQUIRED_S and not ours.again,
    )


def _ours(at: Stage, database: str) -> Outcome:
    starts = at.folder / f"starts-{database}"
    words = ("--types", FIVE_STEPS, "--concurrency", str(CONCURRENCY))
    with at.services(at.new_store(database)) as services:
        submit(services, jobs_of(FIVE_STEPS, JOBS, JOB_S / STEPS))
        program = at.program(services, **{notes.STARTS: str(starts)})
        with program.worker(*words) as first:
            began_at = wait_for(lambda: first_start(services), "a job starts")
            time.sleep(max(0.0, KILLED_AFTER_S - since_s(began_at)))
            first.kill()
            first.wait()
        stored = _stored(services)
        with program.worker(*words) as second:
            took_s = (until_all_ended(services) - began_at).total_seconds()
    again = stored.intersection(notes.starts(starts, second.pid))
    return Outcome(JOBS, took_s, len(again))


def _stored(services: Services) -> set[tuple[str, str]]:
    """Job and step of every step that has a stored result."""
    ids = [job.id for job in services.store.jobs(JobQuery(limit=None))]
    details = (detail for job_id in ids if (detail := services.store.detail(job_id)))
    return {(d.job.id, step.name) for d in details for step in d.steps if step.status in ENDED}


def _of_arq(at: Stage) -> Outcome:
    async def enqueue(pool: ArqRedis) -> None:
        for _ in range(JOBS):
            await pool.enqueue_job(raw.nap.__name__, JOB_S)

    at.empty_redis()
    at.with_arq(enqueue)
    with at.valkey.client() as client:
        with at.arq_worker("Stock"):
            _, said = client.blpop([raw.BEGAN], timeout=int(PATIENCE_S))
            began_s = float(said)
            time.sleep(max(0.0, began_s + KILLED_AFTER_S - time.monotonic()))
        with at.arq_worker("Stock"):
            while client.llen(raw.ENDED) < JOBS and time.monotonic() < began_s + REQUIRED_S:
                time.sleep(LOOK_EVERY_S)
            return Outcome(client.llen(raw.ENDED), time.monotonic() - began_s)
