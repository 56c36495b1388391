"""How many transitions of running jobs a second a store takes, steps instant."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.failures import Usage
from plinthctl.domain.limits import Limits
from plinthctl.domain.runs import (
    Advance,
    Answer,
    Change,
    ClaimedJob,
    Complete,
    Shown,
    StepEnd,
    TryRecord,
)
from plinthctl.domain.steps import StepStatus
from plinthctl.store import Store, open_store, upgrade_store, writer
from tests.bench.table import Figure
from tests.stores import Postgres, a_job, a_worker

JOBS: Final = 240
THREADS: Final = 32
BATCH: Final = 10
TYPE: Final = "competitor_analysis"
STEPS: Final = tuple(step.name for step in JOB_TYPES[TYPE].steps)


def figures(folder: Path) -> list[Figure]:
    grouped = _on_sqlite(folder / "grouped.db", at_once=writer.GROUP_AT_MOST, threads=THREADS)
    single = _on_sqlite(folder / "single.db", at_once=1, threads=THREADS)
    together, in_turn = _on_postgresql(folder)
    return [
        _figure("SQLite", grouped, single, "one transaction a write"),
        _figure("PostgreSQL", together, in_turn, "one write after another"),
    ]


def _figure(where: str, fast: float, slow: float, against: str) -> Figure:
    here = f"{fast:.0f} a second against {slow:.0f}"
    return Figure(f"claims and transitions, {where}", fast / slow, against, here)


def _on_sqlite(path: Path, *, at_once: int, threads: int) -> float:
    usual, writer.GROUP_AT_MOST = writer.GROUP_AT_MOST, at_once  # type: ignore[misc]
    try:
        return _a_second(f"sqlite:///{path}", threads)
    finally:
        writer.GROUP_AT_MOST = usual  # type: ignore[misc]


def _on_postgresql(folder: Path) -> tuple[float, float]:
    server = Postgres(folder / "pg", durable=True)
    try:
        return _a_second(server.new_database(), THREADS), _a_second(server.new_database(), 1)
    finally:
        server.stop()


def _a_second(url: str, threads: int) -> float:
    """Transitions a second: claims, step ends with the next starts, and ends."""
    upgrade_store(url)
    store = open_store(url)
    worker = a_worker(slots=JOBS)
    store.register(worker)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: store.admit(a_job(), Limits(), "bench", {}), range(JOBS)))
        began = time.perf_counter()
        claimed = pool.map(lambda _: store.claim(worker.id, [TYPE], BATCH), range(JOBS // BATCH))
        jobs = [job for batch in claimed for job in batch]
        written = sum(pool.map(lambda job: _run(store, job), jobs))
        took_s = time.perf_counter() - began
    store.close()
    assert written == len(jobs) * len(STEPS)
    return (written + JOBS // BATCH) / took_s


def _run(store: Store, job: ClaimedJob) -> int:
    changes: list[Change] = []
    for step, following in pairwise(STEPS):
        starts = (following,) if following not in job.started else ()
        changes.append(_advance(job, step, starts))
    changes.append(Complete(job.id, job.token, _done(STEPS[-1]), {}))
    return sum(store.apply(change) is Answer.HELD for change in changes)


def _advance(job: ClaimedJob, step: str, starts: tuple[str, ...]) -> Advance:
    shown = Shown(50, step, "…", 1)
    return Advance(job.id, job.token, shown, _done(step), starts)


def _done(step: str) -> StepEnd:
    now = datetime.now(UTC)
    tried = TryRecord(1, 0, now, now, Usage())
    return StepEnd(step, StepStatus.DONE, tried, output={"text": "x" * 2_000})
