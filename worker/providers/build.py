"""The providers of a worker: one client each, shared by its jobs."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from worker.context import Providers
from worker.providers.config import ProvidersConfig
from worker.providers.exa import Exa
from worker.providers.firecrawl import Firecrawl
from worker.providers.g2 import G2
from worker.providers.http import quiet_libraries
from worker.providers.llm import Llm


@asynccontextmanager
async def open_providers(config: ProvidersConfig) -> AsyncIterator[Providers]:
    """The clients, open as long as the block; nothing is sent yet."""
    quiet_libraries()
    async with AsyncExitStack() as stack:
        web, exa = Firecrawl(config.firecrawl), Exa(config.exa)
        reviews, writer = G2(config.g2), Llm(config.llm)
        for client in (web, exa, reviews, writer):
            stack.push_async_callback(client.close)
        writer.warm_up()
        yield Providers(
            web=web,
            news=exa,
            search=exa,
            reviews=reviews,
            writer=writer,
            simulated=config.simulated,
        )
