"""The outside world of a worker: the real services, or a simulator of its own."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from plinthctl.settings import Mode, Settings
from plinthctl.settings.tree import Llm, Price
from worker.providers import config as providers
from worker.providers.config import Endpoint, LlmEndpoint, ProvidersConfig
from worker.simulator.process import SimulatorProcess


@dataclass(frozen=True, slots=True)
class Outside:
    """Where the providers are; ``simulator_url`` None: they are the real ones.
    ``lives``: whether a simulator of our own still does."""

    providers: ProvidersConfig
    simulator_url: str | None
    lives: Callable[[], bool] = lambda: True


@contextmanager
def outside(settings: Settings) -> Iterator[Outside]:
    """The providers while the block lasts; starts a simulator where one is needed.

    Raises:
        SimulatorFailed: it could not be started.
    """
    if settings.providers.effective_mode is Mode.LIVE:
        yield Outside(_live(settings), None)
    elif settings.simulator.url is not None:
        yield _simulated(settings.simulator.url)
    else:
        with (
            _journal(settings.simulator.journal) as journal,
            SimulatorProcess.start(journal, speed=settings.simulator.speed) as simulator,
        ):
            yield replace(_simulated(simulator.url), lives=lambda: simulator.alive)


def key_names(settings: Settings) -> tuple[str, ...]:
    """The providers that have a key; never the keys."""
    of = settings.providers
    keys = {
        "firecrawl": of.firecrawl.api_key,
        "exa": of.exa.api_key,
        "g2": of.g2.api_key,
        "llm": of.llm.api_key,
    }
    return tuple(name for name, key in keys.items() if key is not None)


def _simulated(url: str) -> Outside:
    return Outside(providers.simulated(url), url)


def _live(settings: Settings) -> ProvidersConfig:
    of = settings.providers
    return ProvidersConfig(
        firecrawl=_endpoint(of.firecrawl.base_url, of.firecrawl.timeout, of.firecrawl.api_key),
        exa=_endpoint(of.exa.base_url, of.exa.timeout, of.exa.api_key),
        g2=_endpoint(of.g2.base_url, of.g2.timeout, of.g2.api_key),
        llm=_llm(of.llm),
        allow_private_addresses=of.allow_private_addresses,
    )


def _endpoint(base_url: str, timeout: timedelta, key: SecretStr | None) -> Endpoint:
    return Endpoint(base_url, timeout.total_seconds(), key)


def _llm(llm: Llm) -> LlmEndpoint:
    return LlmEndpoint(
        llm.base_url,
        llm.timeout.total_seconds(),
        llm.api_key,
        model=llm.model or "",
        max_tokens_field=llm.max_tokens_field,
        response_format=llm.response_format,
        stream_usage=llm.stream_usage,
        temperature=llm.temperature,
        prices={model: _price(price) for model, price in llm.prices.items()},
    )


def _price(price: Price) -> providers.Price:
    cached = price.input if price.cached is None else price.cached
    return providers.Price(price.input, cached, price.output)


@contextmanager
def _journal(wanted: Path | None) -> Iterator[Path]:
    if wanted is not None:
        yield wanted
    else:
        with tempfile.TemporaryDirectory(prefix="plinthctl-simulator-") as folder:
            yield Path(folder) / "journal.jsonl"
