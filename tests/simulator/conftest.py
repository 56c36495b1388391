"""A simulator that runs for the whole session, and short ways to ask it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from worker.simulator.control import SimulatorControl
from worker.simulator.journal import Journal
from worker.simulator.process import SimulatorProcess

BEARER = {"authorization": "Bearer simulated"}


class Ask:
    """Requests as our clients make them. Keyword ``headers`` replace the key."""

    def __init__(self, url: str, client: httpx.Client) -> None:
        self.url = url
        self.client = client
        self.control = SimulatorControl(url)

    def scrape(self, url: str = "https://acme.com", **more: Any) -> httpx.Response:
        headers = more.pop("headers", BEARER)
        body = {"url": url, "formats": ["markdown", "links"], **more}
        return self.post("/firecrawl/v2/scrape", body, headers)

    def search(self, query: str = "Acme Corp news", **more: Any) -> httpx.Response:
        headers = more.pop("headers", {"x-api-key": "simulated"})
        return self.post("/exa/search", {"query": query, **more}, headers)

    def g2(
        self, path: str, *params: tuple[str, str], headers: dict[str, str] = BEARER
    ) -> httpx.Response:
        address = f"{self.url}/g2/api/v2/{path}"
        return self.client.get(address, params=list(params), headers=headers)

    def complete(self, prompt: str = "Company: Acme Corp", **more: Any) -> httpx.Response:
        headers = more.pop("headers", BEARER)
        messages = [{"role": "user", "content": prompt}]
        body = {"model": "simulated-model", "messages": messages, **more}
        return self.post("/llm/v1/chat/completions", body, headers)

    def provider(self, name: str) -> httpx.Response:
        """A request of that provider that deserves a good answer."""
        match name:
            case "firecrawl":
                return self.scrape()
            case "exa":
                return self.search(contents={"text": True})
            case "g2":
                return self.g2("products/acme/reviews")
        return self.complete()

    def post(self, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
        return self.client.post(f"{self.url}{path}", json=body, headers=headers)


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    journal = tmp_path_factory.mktemp("simulator") / "journal.jsonl"
    with SimulatorProcess.start(journal, speed=0) as process:
        yield process


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=10.0) as one:
        yield one


@pytest.fixture
def ask(simulator: SimulatorProcess, client: httpx.Client) -> Iterator[Ask]:
    asking = Ask(simulator.url, client)
    yield asking
    asking.control.reset()


@pytest.fixture
def journal(simulator: SimulatorProcess) -> Journal:
    return Journal(simulator.journal)


@pytest.fixture
def own_journal(tmp_path: Path) -> Path:
    """For a simulator that a test starts for itself."""
    return tmp_path / "journal.jsonl"
