"""How many jobs a second are submitted, one at a time and in bulk."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
import pysqlite3  # type: ignore[import-untyped]
from arq.connections import ArqRedis
from sqlalchemy import event
from sqlalchemy.engine import Engine, make_url

from plinthctl.wiring import Services
from tests.bench import raw
from tests.bench.catalogue import NOOP
from tests.bench.stage import DATABASES, Stage, jobs_of, stage, submit
from tests.bench.table import Figure

ROUNDS: Final = 5
SINGLES: Final = 200
BULK: Final = 2_000
SINGLE_TIMES: Final = 0.7
BULK_TIMES: Final = 8.0
FRAMES: Final = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")  # of transactions
AS_OURS: Final = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL")


@dataclass(frozen=True)
class Said:
    """One statement as the driver was given it; ``many``: with several rows at once."""

    statement: str
    values: Any
    many: bool


Submitted = list[list[Said]]  # by job


@dataclass(frozen=True)
class Round:
    """Jobs a second."""

    single: float
    bare: float
    bulk: float
    arq: float


def figures(folder: Path) -> list[Figure]:
    with stage(folder) as at:
        return [figure for name in DATABASES for figure in _figures(at, name)]


def _figures(at: Stage, database: str) -> list[Figure]:
    rounds = [_round(at, database) for _ in range(ROUNDS)]
    single, bare, bulk, arq = (
        statistics.median(getattr(one, name) for one in rounds)
        for name in ("single", "bare", "bulk", "arq")
    )
    return [
        Figure(
            f"submits a second, one at a time, {database}",
            single / bare,
            "the driver with the same statements, and arq's enqueue",
            f"{single:.0f} against {bare:.0f}",
            single / bare >= SINGLE_TIMES,
            SINGLE_TIMES,
        ),
        Figure(
            f"submits a second, in bulk, {database}",
            bulk / arq,
            "arq's enqueue, one at a time",
            f"{bulk:.0f} against {arq:.0f}",
            bulk / arq >= BULK_TIMES,
            BULK_TIMES,
        ),
    ]


def _round(at: Stage, database: str) -> Round:
    with at.services(at.new_store(database)) as services:
        said = _listened(services)
        single = _singles(services)
        bulk = _rate(BULK, lambda: submit(services, jobs_of(NOOP, BULK)))
    url = at.new_store(database)
    bare = at.with_arq(lambda pool: _bare(pool, url, said))
    return Round(single, bare, bulk, at.with_arq(_enqueued))


def _rate(count: int, act: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    act()
    return count / (time.perf_counter() - began_s)


def _singles(services: Services) -> float:
    jobs = jobs_of(NOOP, SINGLES)

    def one_by_one() -> None:
        for job in jobs:
            services.submit.admit(job)

    return _rate(SINGLES, one_by_one)


def _listened(services: Services) -> Submitted:
    """What is said to the driver for each of some jobs."""
    found = []
    for job in jobs_of(NOOP, SINGLES):
        with _overheard() as said:
            services.submit.admit(job)
        found.append(said)
    return found


@contextmanager
def _overheard() -> Iterator[list[Said]]:
    said: list[Said] = []

    def hear(_c: Any, _cursor: Any, statement: str, values: Any, _x: Any, many: bool) -> None:
        if not statement.startswith(FRAMES):
            said.append(Said(statement, values, many))

    event.listen(Engine, "before_cursor_execute", hear)
    yield said
    event.remove(Engine, "before_cursor_execute", hear)


async def _bare(pool: ArqRedis, url: str, submitted: Submitted) -> float:
    """The same statements without us, a transaction a job, and an enqueue of arq's."""
    connection = _connected(url)
    begin = () if url.startswith("postgresql") else (Said("BEGIN IMMEDIATE", (), many=False),)
    cursor = connection.cursor()
    began_s = time.perf_counter()
    for said in submitted:
        _transact(cursor, [*begin, *said])
        connection.commit()
        await pool.enqueue_job(raw.noop.__name__)
    took_s = time.perf_counter() - began_s
    connection.close()
    return len(submitted) / took_s


def _transact(cursor: Any, said: Sequence[Said]) -> None:
    for one in said:
        (cursor.executemany if one.many else cursor.execute)(one.statement, one.values)
        if cursor.description and not one.many:
            cursor.fetchall()


def _connected(url: str) -> Any:
    if url.startswith("postgresql"):
        plain = make_url(url).set(drivername="postgresql")
        return psycopg.connect(plain.render_as_string(hide_password=False))
    connection = pysqlite3.connect(make_url(url).database, isolation_level=None)
    for pragma in AS_OURS:
        connection.execute(pragma)
    return connection


async def _enqueued(pool: ArqRedis) -> float:
    began_s = time.perf_counter()
    for _ in range(BULK):
        await pool.enqueue_job(raw.noop.__name__)
    return BULK / (time.perf_counter() - began_s)
