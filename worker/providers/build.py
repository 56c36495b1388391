"""The providers of a worker: one client each, shared by its jobs."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from worker.context import Providers
from worker.providers.config import ProvidersConfig
from worker.providers.direct import DirectReader
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
        web, exa = _web_reader(config), Exa(config.exa)
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


def _web_reader(config: ProvidersConfig) -> Firecrawl | DirectReader:
    # Without a key, pages are fetched by ourselves; a simulator's world has none to fetch.
    if config.firecrawl.api_key is not None or config.simulated:
        return Firecrawl(config.firecrawl)
    return DirectReader(config.firecrawl.timeout_s, allow_private=config.allow_private_addresses)
