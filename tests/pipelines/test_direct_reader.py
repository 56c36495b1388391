"""Live without a Firecrawl key: both steps that read pages do it directly."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from tests.pipelines.harness import Run
from tests.providers.websites import PUBLIC, Names, Said, Wire, html
from worker.context import Hit, ProviderError, Warned
from worker.pipelines.parts.sources import Collected
from worker.providers import ProvidersConfig, open_providers
from worker.providers.config import Endpoint
from worker.providers.direct import DirectReader
from worker.providers.firecrawl import Firecrawl

MOMENT = datetime(2026, 11, 24, tzinfo=UTC)
ACME = "<html><title>Acme</title><body><h1>Acme</h1><p>Acme makes heavy anvils.</p></body></html>"


def reading(world, pages, work):
    """What ``work`` returns, given providers whose pages are on the wire of the test."""
    hosts = {address.partition("/")[0] for address in pages}
    names = Names({host: [[PUBLIC]] for host in hosts})

    async def opened(providers):
        reader = DirectReader(5.0, allow_private=False, look_up=names, dial=lambda: Wire(pages))
        try:
            return await work(replace(providers, web=reader))
        finally:
            await reader.close()

    return world.run(opened)


@pytest.mark.parametrize(
    ("config", "reader"),
    [
        pytest.param(ProvidersConfig(), DirectReader, id="live, without a key"),
        pytest.param(ProvidersConfig(simulated=True), Firecrawl, id="simulated"),
        pytest.param(
            ProvidersConfig(firecrawl=Endpoint("https://a.example", 1.0, SecretStr("key"))),
            Firecrawl,
            id="with a key",
        ),
    ],
)
def test_who_reads_pages(config, reader):
    async def opened():
        async with open_providers(config) as providers:
            return type(providers.web)

    assert asyncio.run(opened()) is reader


def test_a_companys_website_is_scraped_directly_and_its_source_says_so(world):
    run = Run(
        "competitor_analysis", {"company_name": "Acme Corp", "company_url": "https://acme.com"}
    )
    finished = reading(world, {"acme.com/": html(ACME)}, run.all_steps)
    page = run.outputs["scrape-website"]
    assert (page["provider"], page["title"]) == ("direct", "Acme")
    assert "Acme makes heavy anvils." in page["markdown"]
    assert {s.provider for s in finished.results[0].provenance.sources} >= {"direct", "exa"}
    assert [usage.cost_usd for usage in run.spent["scrape-website"]] == [0.0, 0.0]


def test_a_company_that_has_no_website_ends_its_step(world):
    run = Run("competitor_analysis", {"company_name": "Acme", "company_url": "https://acme.com"})
    with pytest.raises(ProviderError, match=r"The page https://acme.com does not exist \(404\)"):
        reading(world, {"acme.com/": Said(404)}, lambda p: run.step("scrape-website", p))


def test_sources_are_read_directly_and_those_that_cannot_be_are_left_out(world):
    run = Run("market_research", {"topic": "anvils"})
    urls = ["https://acme.com/", "https://gone.example/", "http://inside.example:6379/"]
    hits = [
        Hit(url=url, title="t", text="", category="web", published=None, fetched_at=MOMENT)
        for url in urls
    ]
    run.outputs["search-sources"] = [hit.model_dump(mode="json") for hit in hits]
    pages = {"acme.com/": html(ACME), "gone.example/": Said(410)}
    read = reading(world, pages, lambda p: run.step("read-sources", p))
    [source] = read["sources"]
    assert (source["source"]["provider"], source["source"]["url"]) == ("direct", urls[0])
    told = list(Collected.of(read).warnings("read-sources"))
    assert told == [
        Warned(
            "read-sources",
            f"{urls[1]} could not be used. The page {urls[1]} does not exist (410).",
        ),
        Warned(
            "read-sources",
            f"{urls[2]} could not be used. "
            f"The address {urls[2]} names a port that websites do not have.",
        ),
    ]
