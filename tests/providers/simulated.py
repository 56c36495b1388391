"""The simulator as the outside world of a test, and one try in it."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

import pytest

from plinthctl.domain.failures import Failure
from tests.providers.loopback import Try
from worker.context import ProviderError, Providers
from worker.providers import ProvidersConfig, open_providers, simulated
from worker.simulator.control import SimulatorControl
from worker.simulator.journal import Journal
from worker.simulator.process import SimulatorProcess

Work = Callable[[Providers], Awaitable[object]]


class World:
    """A running simulator without pauses, and the providers that reach it."""

    def __init__(self, process: SimulatorProcess) -> None:
        self.control = SimulatorControl(process.url)
        self.journal = Journal(process.journal)
        self.config = simulated(process.url)

    def within(self, timeout_s: float) -> ProvidersConfig:
        """The configuration with another time limit for every provider."""
        usual = self.config
        return replace(
            usual,
            firecrawl=replace(usual.firecrawl, timeout_s=timeout_s),
            exa=replace(usual.exa, timeout_s=timeout_s),
            g2=replace(usual.g2, timeout_s=timeout_s),
            llm=replace(usual.llm, timeout_s=timeout_s),
        )

    def run(self, work: Work, config: ProvidersConfig | None = None) -> object:
        """What ``work`` returns, given open providers."""

        async def opened() -> object:
            async with open_providers(config or self.config) as providers:
                return await work(providers)

        return asyncio.run(opened())

    def failure(self, work: Work, config: ProvidersConfig | None = None) -> Failure:
        """The failure that ``work`` ends in."""
        with pytest.raises(ProviderError) as caught:
            self.run(work, config)
        return caught.value.failure


@pytest.fixture(scope="session")
def simulator_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    journal = tmp_path_factory.mktemp("simulator") / "journal"
    with SimulatorProcess.start(journal, speed=0) as process:
        yield process


@pytest.fixture
def world(simulator_process: SimulatorProcess) -> Iterator[World]:
    world = World(simulator_process)
    yield world
    world.control.reset()


@pytest.fixture
def attempt() -> Try:
    """A try with a request id of its own, by which the journal tells it apart."""
    return Try(request_id=f"job_{secrets.token_hex(8)}:step:1")
