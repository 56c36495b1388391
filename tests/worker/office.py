"""A whole worker inside the test's process: real store, real loop, real simulator."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

from plinthctl.domain.limits import Limits
from plinthctl.domain.views import JobDetail
from plinthctl.errors import ExitCode
from plinthctl.store import Store
from tests.chaos.crew import SLOTS, orders
from tests.e2e.program import wait_for
from tests.stores import a_job
from worker.calls import StoreCalls
from worker.providers import open_providers
from worker.providers.config import ProvidersConfig, simulated
from worker.supervisor import Supervisor

T = TypeVar("T")

GONE_WITHIN_S: Final = 30.0


class Desk:
    """A worker at work, and the store it works on."""

    def __init__(self, store: Store, supervisor: Supervisor) -> None:
        self.store = store
        self.supervisor = supervisor
        self._serving = asyncio.create_task(supervisor.serve())

    def wake(self) -> None:
        """As SIGCONT does: beat and call the roll at once."""
        self.supervisor.answers().awake()

    async def sees(self, wanted: Callable[[], T | None], what: str) -> T:
        """What ``wanted`` returns, as soon as that is something; the worker goes on."""
        return await asyncio.to_thread(wait_for, wanted, what)

    async def ended(self, job_id: str) -> JobDetail:
        """The job, as soon as it has ended."""
        return await self.sees(lambda: d if (d := self.detail(job_id)).job.ended else None, "ends")

    def detail(self, job_id: str) -> JobDetail:
        found = self.store.detail(job_id, events=True)
        assert found is not None
        return found

    async def gone(self) -> ExitCode:
        """Return when it has left by itself."""
        async with asyncio.timeout(GONE_WITHIN_S):
            return await self._serving

    async def send_home(self) -> ExitCode:
        """As two SIGTERMs do."""
        for _ in range(2):
            self.supervisor.answers().leave()
        return await self.gone()


@asynccontextmanager
async def at_work(
    store: Store, outside: str | ProvidersConfig, data_dir: Path, **changed: Any
) -> AsyncIterator[Desk]:
    """A worker with these orders changed; sent home at the end, unless it has left.

    ``outside`` is where its providers are: a simulator's address, or all of it.
    """
    calls = StoreCalls(store, SLOTS + 2)
    wanted = replace(orders(store, data_dir, burst=False), **changed)
    config = simulated(outside) if isinstance(outside, str) else outside
    try:
        async with open_providers(config) as providers:
            desk = Desk(store, Supervisor(calls, providers, wanted))
            try:
                yield desk
            finally:
                await desk.send_home()
    finally:
        await asyncio.to_thread(calls.close)


def submitted(store: Store) -> str:
    """The id of a competitor analysis that was just accepted."""
    job = a_job()
    assert store.admit(job, Limits(), "ana", {})
    return job.id


def of_kind(detail: JobDetail, kind: str) -> list[dict[str, Any]]:
    """What the events of a kind say, in their order."""
    return [event.data for event in detail.events if event.kind == kind]


def status_of(detail: JobDetail, step: str) -> str:
    return next(one.status.value for one in detail.steps if one.name == step)
