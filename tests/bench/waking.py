"""How long an idle worker takes to start a job, from before its submission to its step."""

import asyncio
import random
import time
from pathlib import Path
from typing import Any, Final

from arq.connections import ArqRedis

from plinthctl.services.orders import Order, prepare
from plinthctl.wiring import Services
from tests.bench import raw
from tests.bench.catalogue import NOOP
from tests.bench.stage import DATABASES, PATIENCE_S, Stage, stage
from tests.bench.table import Figure, Spread, spread
from tests.e2e.program import wait_for

SAMPLES: Final = 100
ARQ_SAMPLES: Final = 60
# Jittered, so that the phases of every poll are sampled alike.
PAUSE_S: Final = (0.02, 0.22)
LOOKS_AFTER_S: Final = 0.1  # whoever looks takes the processor from what is measured
REQUIRED: Final = 1 / 80  # of stock arq's, at p95
REQUIRED_S: Final = 0.005


def figures(folder: Path) -> list[Figure]:
    with stage(folder) as ours:
        spreads = {database: _ours(ours, database) for database in DATABASES}
        stock = _of_arq(ours, "Stock", raw.STOCK_POLL_S)
        quick = _of_arq(ours, "Quick", raw.QUICK_POLL_S)
    return [
        figure
        for database, spread in spreads.items()
        for figure in _figures(database, spread, stock, quick)
    ]


def _figures(database: str, ours: Spread, stock: Spread, quick: Spread) -> list[Figure]:
    what = f"submit → start, p95, {database}"
    to_stock, to_quick = ours.p95_s / stock.p95_s, ours.p95_s / quick.p95_s
    here = f"{ours}; against {stock}"
    kept = to_stock <= REQUIRED and ours.p95_s <= REQUIRED_S
    return [
        Figure(what, to_stock, "stock arq, 0.5 s poll", here, kept, REQUIRED),
        Figure("the same", to_quick, "arq, 10 ms poll", f"against {quick}"),
    ]


def _ours(at: Stage, database: str) -> Spread:
    with at.services(at.new_store(database)) as services, at.worker(services, "--types", NOOP):
        return spread([_once_s(services) for _ in range(SAMPLES)])


def _once_s(services: Services) -> float:
    time.sleep(random.uniform(*PAUSE_S))
    job = prepare(Order(NOOP), unix_ms=time.time_ns() // 1_000_000, random=random.randbytes(10))
    asked_s = time.monotonic()
    services.submit.admit(job)
    time.sleep(LOOKS_AFTER_S)  # the step itself notes when it began
    return _began_s(services, job.id) - asked_s


def _began_s(services: Services, job_id: str) -> float:
    def output() -> dict[str, Any] | None:
        found = services.store.detail(job_id)
        return None if found is None else found.output

    return wait_for(output, f"{job_id} ends")["began_s"]


def _of_arq(at: Stage, settings: str, poll_s: float) -> Spread:
    async def series(pool: ArqRedis) -> list[float]:
        await _began_in_arq_s(pool)  # the first one waits for the worker's process
        return [await _once_in_arq_s(pool, poll_s) for _ in range(ARQ_SAMPLES)]

    at.empty_redis()
    with at.arq_worker(settings):
        return spread(at.with_arq(series))


async def _once_in_arq_s(pool: ArqRedis, poll_s: float) -> float:
    await asyncio.sleep(random.uniform(0, poll_s))
    asked_s = time.monotonic()
    return await _began_in_arq_s(pool) - asked_s


async def _began_in_arq_s(pool: ArqRedis) -> float:
    await pool.enqueue_job(raw.began.__name__)
    came: Any = pool.blpop([raw.BEGAN], timeout=int(PATIENCE_S))
    _, began_s = await came
    return float(began_s)
