"""What a worker's memory is after a hundred thousand jobs, beside after a thousand."""

from pathlib import Path
from typing import Final

from plinthctl.wiring import Services
from tests.bench.catalogue import NOOP
from tests.bench.hauling import CONCURRENCY
from tests.bench.processes import rss_mb
from tests.bench.stage import SQLITE, jobs_of, stage, submit, until_all_ended
from tests.bench.table import Figure

FEW: Final = 1_000
MANY: Final = 100_000
AT_ONCE: Final = 2_000  # submitted, then run: a queue that grows is not the worker's memory
TIMES: Final = 1.1


def figures(folder: Path) -> list[Figure]:
    words = ("--types", NOOP, "--concurrency", str(CONCURRENCY))
    with (
        stage(folder) as at,
        at.services(at.new_store(SQLITE)) as services,
        at.process(services, *words) as worker,
    ):
        _run(services, FEW)
        few_mb = rss_mb(worker.pid)
        _run(services, MANY - FEW)
        many_mb = rss_mb(worker.pid)
    times = many_mb / few_mb
    here = f"{many_mb:.0f} MB after {MANY:,} jobs, {few_mb:.0f} MB after {FEW:,}"
    return [Figure("a worker's memory", times, f"after {FEW:,}", here, times <= TIMES, TIMES)]


def _run(services: Services, count: int) -> None:
    for first in range(0, count, AT_ONCE):
        submit(services, jobs_of(NOOP, min(AT_ONCE, count - first)))
        until_all_ended(services)
