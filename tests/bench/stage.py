"""What the parts that measure the bell have in common: stores on both databases, a
Valkey, workers of ours and of plain arq, each a process of its own."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from arq.connections import ArqRedis, create_pool
from pydantic import SecretStr

from plinthctl.domain.admission import Admitted
from plinthctl.domain.job import ACTIVE, FINAL, JobStatus
from plinthctl.domain.liveness import WorkerMode
from plinthctl.domain.queries import JobQuery
from plinthctl.domain.runs import NewJob
from plinthctl.settings import Settings
from plinthctl.settings.tree import Database, Limits, Redis
from plinthctl.store import upgrade_store
from plinthctl.store.sqlite import utc_now
from plinthctl.wiring import Services
from tests.bench import catalogue, raw
from tests.e2e.program import Program, wait_for
from tests.nursery import Process
from tests.stores import Postgres, a_job
from tests.valkeys import Valkey

T = TypeVar("T")

SQLITE: Final = "SQLite"
POSTGRESQL: Final = "PostgreSQL"
DATABASES: Final = (SQLITE, POSTGRESQL)
NO_LIMIT: Final = 1_000_000
NOBODY: Final = "http://127.0.0.1:9"  # the providers: no step asks one
PATIENCE_S: Final = 180.0
AT_ONCE: Final = 100  # jobs that are admitted by one transaction


@dataclass
class Stage:
    """Where a part of the bench plays; ``folder`` is its own."""

    folder: Path
    valkey: Valkey
    postgres: Postgres
    _made: int = field(default=0, init=False)

    def new_store(self, database: str) -> str:
        """The URL of an empty store."""
        self._made += 1
        if database == POSTGRESQL:
            return self.postgres.new_store()
        url = f"sqlite:///{self.folder / f'{self._made}.db'}"
        upgrade_store(url)
        return url

    def services(self, url: str) -> Services:
        """What a long-lived submitter has, its limits lifted."""
        return Services(
            Settings(
                database=Database(url=SecretStr(url)),
                redis=Redis(url=SecretStr(self.valkey.url)),
                limits=Limits(org=NO_LIMIT, user=NO_LIMIT, decision=NO_LIMIT),
            )
        )

    def program(self, services: Services, **variables: str) -> Program:
        """Ours, over the same store and Valkey."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return Program(
            services.store,
            services.settings.database_url,
            NOBODY,
            home,
            launcher=("-m", "tests.bench.launcher"),
            variables={"PLINTHCTL_REDIS_URL": self.valkey.url, **variables},
        )

    @contextmanager
    def worker(self, services: Services, *words: str, **variables: str) -> Iterator[None]:
        """A worker of ours, from when it hears the bell."""
        with self.process(services, *words, **variables):
            yield

    @contextmanager
    def process(self, services: Services, *words: str, **variables: str) -> Iterator[Process]:
        """The same, and its process."""
        program = self.program(services, **variables)
        with program.worker(*words) as process:
            wait_for(lambda: hears(services), f"a worker that hears the bell: {program.log()}")
            yield process

    @contextmanager
    def arq_worker(self, settings: str) -> Iterator[subprocess.Popen[bytes]]:
        """A worker of plain arq with these settings; killed at the end."""
        with (self.folder / "arq.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "arq", f"{raw.__name__}.{settings}"],
                env={**os.environ, raw.SOCKET: str(self.valkey.socket)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def with_arq(self, work: Callable[[ArqRedis], Coroutine[Any, Any, T]]) -> T:
        """What ``work`` returns, done with a client of arq's."""

        async def inside() -> T:
            pool = await create_pool(raw.settings_for(str(self.valkey.socket)))
            try:
                return await work(pool)
            finally:
                await pool.aclose()

        return asyncio.run(inside())

    def empty_redis(self) -> None:
        """Forget all jobs of arq's."""
        with self.valkey.client() as client:
            client.flushall()


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """The stage of one part; everything on it ends with the block."""
    catalogue.register()
    with ExitStack() as stack:
        valkey = Valkey(folder)
        stack.callback(valkey.kill)
        valkey.start()
        postgres = Postgres(folder / "pg", durable=True)
        stack.callback(postgres.stop)
        yield Stage(folder, valkey, postgres)


def hears(services: Services) -> bool:
    """Whether a worker is there that is told of work."""
    return any(worker.mode is WorkerMode.BELL for worker in services.store.workers())


def jobs_of(job_type: str, count: int, step_s: float = 0.0, **values: Any) -> list[NewJob]:
    """Jobs of the bench, each of an organisation and a user of its own."""
    given = {"step_s": step_s}
    return [a_job(type=job_type, version=1, input=given, **values) for _ in range(count)]


def submit(services: Services, jobs: Sequence[NewJob]) -> None:
    """Admit jobs in bulk, and ring for them."""
    for first in range(0, len(jobs), AT_ONCE):
        for outcome in services.submit.admit_all(jobs[first : first + AT_ONCE]):
            assert isinstance(outcome, Admitted), outcome
    assert services.ringer.trouble is None


def first_start(services: Services) -> datetime | None:
    """When the first of all jobs was claimed; None: none was yet."""
    jobs = services.store.jobs(JobQuery(limit=None))
    return min((job.started_at for job in jobs if job.started_at is not None), default=None)


def since_s(began_at: datetime) -> float:
    """Seconds until now: this machine's clock is both stores'."""
    return (utc_now() - began_at).total_seconds()


def until_all_ended(services: Services) -> datetime:
    """Return when no job is active any more, and when that was; all have completed."""
    wait_for(lambda: _count(services, ACTIVE) == 0, "all jobs end", PATIENCE_S)
    ended_at = utc_now()
    assert _count(services, FINAL - {JobStatus.COMPLETED}) == 0
    return ended_at


def _count(services: Services, statuses: frozenset[JobStatus]) -> int:
    return services.store.count(JobQuery(statuses=statuses))
