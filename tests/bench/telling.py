"""How long a change takes to reach who waits for it, from the return of its COMMIT."""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

from arq.connections import ArqRedis

from plinthctl.domain.runs import NewJob
from plinthctl.services.follow import Pace, Seen
from plinthctl.store.sqlite import utc_now
from plinthctl.wiring import Services
from tests.bench import notes, raw
from tests.bench.catalogue import FIVE_STEPS
from tests.bench.stage import DATABASES, Stage, jobs_of, stage, submit
from tests.bench.table import Figure, Spread, spread
from tests.e2e.program import wait_for

REQUIRED_S: Final = {"1 job": 0.005, "100 jobs at once": 0.050}  # at p95
ALONE: Final = 15  # jobs, one after another
ALONE_STEP_S: Final = 0.05
TOGETHER: Final = 100  # jobs at once
TOGETHER_STEP_S: Final = 1.0
WATCHED_BEFORE: Final = timedelta(seconds=2)
ARQ_ALONE: Final = 25
POLLS_S: Final = (raw.STOCK_POLL_S, raw.QUICK_POLL_S)
SLEEP_AT_LEAST_S: Final = 0.05

Seeing = tuple[str, int, float]  # a job, its event's number, the machine's clock


def figures(folder: Path) -> list[Figure]:
    with stage(folder) as at:
        alone = {database: _alone(at, database) for database in DATABASES}
        together = {database: _together(at, database) for database in DATABASES}
        with at.arq_worker("Quick"):
            arq_alone = [_arq_alone(at, poll_s) for poll_s in POLLS_S]
            arq_together = [_arq_together(at, poll_s) for poll_s in POLLS_S]
    return [
        *_figures("1 job", alone, *arq_alone),
        *_figures(f"{TOGETHER} jobs at once", together, *arq_together),
    ]


def _figures(load: str, ours: dict[str, Spread], stock: Spread, quick: Spread) -> list[Figure]:
    return [
        figure
        for database, spread in ours.items()
        for figure in (
            Figure(
                f"commit → watcher, p95, {load}, {database}",
                spread.p95_s / stock.p95_s,
                "arq's Job.result, 0.5 s poll",
                f"{spread}; against {stock} from a function's return",
                spread.p95_s <= REQUIRED_S[load],
            ),
            Figure(
                "the same",
                spread.p95_s / quick.p95_s,
                "arq's Job.result, 10 ms poll",
                f"against {quick}",
            ),
        )
    ]


def _alone(at: Stage, database: str) -> Spread:
    """One watcher, and one job at a time."""
    noted = at.folder / f"commits-alone-{database}"
    with (
        at.services(at.new_store(database)) as services,
        at.worker(services, "--types", FIVE_STEPS, **{notes.COMMITS: str(noted)}),
    ):
        jobs = jobs_of(FIVE_STEPS, ALONE, ALONE_STEP_S)
        return _spread([one for job in jobs for one in _submitted(services, job)], noted)


def _submitted(services: Services, job: NewJob) -> list[Seeing]:
    services.submit.admit(job)
    return _watched(services, [job])


def _together(at: Stage, database: str) -> Spread:
    """One watcher, and all jobs at once: it is there before they are due."""
    noted = at.folder / f"commits-together-{database}"
    words = ("--types", FIVE_STEPS, "--concurrency", str(TOGETHER))
    with (
        at.services(at.new_store(database)) as services,
        at.worker(services, *words, **{notes.COMMITS: str(noted)}),
    ):
        _submitted(services, *jobs_of(FIVE_STEPS, 1, ALONE_STEP_S))  # a worker at work
        due_at = utc_now() + WATCHED_BEFORE
        jobs = jobs_of(FIVE_STEPS, TOGETHER, TOGETHER_STEP_S, available_at=due_at)
        submit(services, jobs)
        return _spread(_watched(services, jobs), noted)


def _watched(services: Services, jobs: Sequence[NewJob]) -> list[Seeing]:
    """Every event that a watcher of these jobs sees, and when it does."""
    seen = []
    for update in services.follow.updates([job.id for job in jobs], Pace(poll_s=1.0)):
        at_s = time.monotonic()
        assert isinstance(update, Seen), update
        seen += [(one.job.id, event.seq, at_s) for one in update.news for event in one.events]
    return seen


def _spread(seen: Sequence[Seeing], noted: Path) -> Spread:
    events = {(job_id, seq): at_s for job_id, seq, at_s in seen}
    assert len(events) == len(seen), "an event came twice"
    committed = wait_for(lambda: _noted(noted, set(events)), "every commit is noted")
    first = {job_id: seq for job_id, seq, _ in reversed(seen)}
    later = {(i, seq) for i, seq in committed if i in first and seq >= first[i]}
    assert later == set(events), "an event did not come"
    return spread([at_s - committed[event] for event, at_s in events.items()])


def _noted(path: Path, events: set[notes.Event]) -> Mapping[notes.Event, float] | None:
    committed = notes.commits(path)
    return committed if committed.keys() >= events else None


def _arq_alone(at: Stage, poll_s: float) -> Spread:
    async def one_after_another(pool: ArqRedis) -> list[float]:
        return [await _result_after_s(pool, poll_s) for _ in range(ARQ_ALONE)]

    return spread(at.with_arq(one_after_another))


def _arq_together(at: Stage, poll_s: float) -> Spread:
    async def all_at_once(pool: ArqRedis) -> list[float]:
        return await asyncio.gather(*(_result_after_s(pool, poll_s) for _ in range(TOGETHER)))

    return spread(at.with_arq(all_at_once))


async def _result_after_s(pool: ArqRedis, poll_s: float) -> float:
    """Seconds from a function's return to the moment at which who waits has its result."""
    # So that the phases of the poll are sampled alike.
    sleep_s = SLEEP_AT_LEAST_S + random.uniform(0, poll_s)
    job = await pool.enqueue_job(raw.wait.__name__, sleep_s)
    assert job is not None
    returned_s: float = await job.result(poll_delay=poll_s)
    return time.monotonic() - returned_s
