"""How many jobs and five-step pipelines a second one worker gets through, steps instant."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from arq.connections import ArqRedis

from tests.bench import raw
from tests.bench.catalogue import FIVE_STEPS, NOOP
from tests.bench.stage import (
    DATABASES,
    PATIENCE_S,
    POSTGRESQL,
    SQLITE,
    Stage,
    first_start,
    jobs_of,
    stage,
    submit,
    until_all_ended,
)
from tests.bench.table import Figure

CONCURRENCY: Final = 100
LOOK_EVERY_S: Final = 0.01


@dataclass(frozen=True)
class Load:
    """What is hauled: our job type, arq's function beside it, how many of them, and how
    many times the pace of arq's quick poll is asked of each database.

    Stock arq hauls fewer: its pace is its poll's, whatever their number.
    """

    what: str
    job_type: str
    count: int
    stock_count: int
    function: str
    arguments: tuple[object, ...]
    asked: Mapping[str, float]


LOADS: Final = (
    Load("no-op jobs", NOOP, 3_000, 600, raw.noop.__name__, (), {SQLITE: 1.6, POSTGRESQL: 0.8}),
    Load(
        "5-step pipelines",
        FIVE_STEPS,
        1_000,
        150,
        raw.chain.__name__,
        (1, []),
        {SQLITE: 4.0, POSTGRESQL: 1.7},
    ),
)


def figures(folder: Path) -> list[Figure]:
    with stage(folder) as at:
        return [figure for load in LOADS for figure in _figures(at, load)]


def _figures(at: Stage, load: Load) -> list[Figure]:
    ours = {database: _ours(at, load, database) for database in DATABASES}
    stock = _of_arq(at, load, "Stock", load.stock_count)
    quick = _of_arq(at, load, "Quick", load.count)
    return [
        figure
        for database, a_second in ours.items()
        for figure in (
            Figure(
                f"{load.what} a second, {database}, fsync",
                a_second / stock,
                "stock arq, 0.5 s poll, 10 at once",
                f"{a_second:.0f} against {stock:.0f}, which are kept in memory only",
            ),
            Figure(
                "the same",
                a_second / quick,
                f"arq, 10 ms poll, {CONCURRENCY} at once",
                f"against {quick:.0f}",
                a_second / quick >= load.asked[database],
                load.asked[database],
            ),
        )
    ]


def _ours(at: Stage, load: Load, database: str) -> float:
    """A second, from the first claim to the last commit."""
    words = ("--types", load.job_type, "--concurrency", str(CONCURRENCY))
    with at.services(at.new_store(database)) as services:
        submit(services, jobs_of(load.job_type, load.count))
        with at.worker(services, *words):
            ended_at = until_all_ended(services)
        began_at = first_start(services)
    assert began_at is not None
    return load.count / (ended_at - began_at).total_seconds()


def _of_arq(at: Stage, load: Load, settings: str, count: int) -> float:
    """A second, from the first start to the moment at which arq's queue is empty."""

    async def enqueue(pool: ArqRedis) -> None:
        for _ in range(count):
            await pool.enqueue_job(load.function, *load.arguments)

    at.empty_redis()
    at.with_arq(enqueue)
    with at.arq_worker(settings), at.valkey.client() as client:
        _, began_s = client.blpop([raw.BEGAN], timeout=int(PATIENCE_S))
        while client.zcard("arq:queue"):
            time.sleep(LOOK_EVERY_S)
        return count / (time.monotonic() - float(began_s))
