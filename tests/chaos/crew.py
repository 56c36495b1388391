"""Whole workers inside the test's process, over a store that the test holds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from plinthctl.domain.expiry import Expiry, Retention
from plinthctl.domain.retries import POLICIES
from plinthctl.errors import ExitCode
from plinthctl.store import Store
from worker.calls import StoreCalls
from worker.context import Providers
from worker.supervisor import Orders, Supervisor

TYPES = ("competitor_analysis",)
SLOTS = 4


def orders(store: Store, data_dir: Path, *, burst: bool) -> Orders:
    return Orders(
        types=TYPES,
        slots=SLOTS,
        burst=burst,
        drain_s=30.0,
        name=None,
        job=None,
        expiry=Expiry(),
        retention=Retention(),
        policies=POLICIES,
        data_dir=data_dir,
        bell=lambda: None,
        schema=store.schema().needed,
        child_options=(),
        child_environ={},
        redact=str,
    )


class Hired:
    """A worker at work."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._serving = asyncio.create_task(supervisor.serve())

    async def send_home(self) -> ExitCode:
        """As two SIGTERMs do: give everything back at once and leave."""
        self._supervisor.leaving.ask()
        self._supervisor.leaving.ask()
        return await self._serving

    async def gone(self) -> ExitCode:
        """Return when it has left by itself."""
        return await self._serving


@asynccontextmanager
async def hired(
    store: Store, providers: Providers, data_dir: Path, *, burst: bool = False
) -> AsyncIterator[Hired]:
    """A worker over ``store``. The block must see it off."""
    calls = StoreCalls(store, SLOTS + 2)
    try:
        yield Hired(Supervisor(calls, providers, orders(store, data_dir, burst=burst)))
    finally:
        await asyncio.to_thread(calls.close)
