"""A worker that holds a thousand running jobs, each of which tells its progress each second."""

import time
from pathlib import Path
from typing import Final

from plinthctl.domain.job import JobStatus
from plinthctl.domain.queries import JobQuery
from plinthctl.wiring import Services
from tests.bench.catalogue import WAITS
from tests.bench.processes import Use, use_of
from tests.bench.stage import DATABASES, Stage, jobs_of, stage, submit
from tests.bench.table import Figure
from tests.e2e.program import wait_for

JOBS: Final = 1_000
LASTS_S: Final = 3_600.0
SETTLES_S: Final = 5.0
WATCHED_S: Final = 30.0
CPU_AT_MOST: Final = 0.5  # of a core
RSS_AT_MOST_MB: Final = 250.0
CANCELS: Final = 5
CANCEL_AT_MOST_S: Final = 1.0
RUNNING: Final = JobQuery(statuses=frozenset({JobStatus.RUNNING}), limit=None)


def figures(folder: Path) -> list[Figure]:
    with stage(folder) as at:
        return [figure for name in DATABASES for figure in _figures(at, name)]


def _figures(at: Stage, database: str) -> list[Figure]:
    words = ("--types", WAITS, "--concurrency", str(JOBS))
    with at.services(at.new_store(database)) as services:
        submit(services, jobs_of(WAITS, JOBS, LASTS_S))
        with at.process(services, *words) as worker:
            wait_for(lambda: services.store.count(RUNNING) == JOBS, "all of them run")
            use_of(worker.pid, SETTLES_S)
            use = use_of(worker.pid, WATCHED_S)
            slowest_s = max(_cancelled_s(services) for _ in range(CANCELS))
    return _shown(f"{JOBS:,} running jobs, {database}", use, slowest_s)


def _cancelled_s(services: Services) -> float:
    job_id = services.store.jobs(RUNNING)[0].id
    began_s = time.monotonic()
    services.steer.cancel(job_id)
    wait_for(lambda: _has_ended(services, job_id), f"{job_id} is cancelled")
    return time.monotonic() - began_s


def _has_ended(services: Services, job_id: str) -> bool:
    found = services.store.detail(job_id)
    return found is not None and found.job.ended


def _shown(what: str, use: Use, slowest_s: float) -> list[Figure]:
    return [
        _at_most(f"{what}: CPU", use.cpu, CPU_AT_MOST, f"{use.cpu:.0%} of a core"),
        _at_most(f"{what}: memory", use.rss_mb, RSS_AT_MOST_MB, f"{use.rss_mb:.0f} MB"),
        _at_most(
            f"{what}: the slowest cancel of {CANCELS}",
            slowest_s,
            CANCEL_AT_MOST_S,
            f"{slowest_s:.2f} s",
        ),
    ]


def _at_most(what: str, found: float, at_most: float, here: str) -> Figure:
    return Figure(
        what, found / at_most, f"{at_most:g}, the most that is asked", here, found <= at_most
    )
