"""Where the providers are and what opens them: plain values, made by the wiring."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import SecretStr

from plinthctl.domain.circuits import PROVIDERS, digest

SIMULATED_KEY: Final = "simulated"
SIMULATED_MODEL: Final = "simulated-model"
JSON_SCHEMA: Final = "json_schema"
JSON_OBJECT: Final = "json_object"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One provider's address.

    Attributes:
        base_url: Without the paths of the contract; a trailing slash is fine.
        api_key: None is not configured, which is told when a step needs it.
        timeout_s: For a whole try, from the first byte sent to the last read.
    """

    base_url: str
    timeout_s: float
    api_key: SecretStr | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """USD for one million tokens; ``cached_usd`` is for input read from a cache."""

    input_usd: float
    cached_usd: float
    output_usd: float


@dataclass(frozen=True, slots=True)
class LlmEndpoint(Endpoint):
    """An OpenAI-compatible server; ``base_url`` holds the ``/v1``.

    Attributes:
        model: Required; an empty one is told when a step needs it.
        max_tokens_field: ``max_completion_tokens``, or ``max_tokens`` for servers
            that know only that.
        response_format: How the server is told of an answer's schema: ``json_schema``,
            or in the prompt, with ``json_object`` beside it or with nothing (``none``).
        stream_usage: Whether a streamed answer is asked for its tokens; some servers
            refuse the question, and then its cost is unknown.
        temperature: None is not sent: some models refuse it.
        prices: By the name of the model.
    """

    model: str = ""
    max_tokens_field: str = "max_completion_tokens"
    response_format: str = JSON_SCHEMA
    stream_usage: bool = True
    temperature: float | None = None
    prices: Mapping[str, Price] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProvidersConfig:
    """The outside world of a worker. The defaults are the public services.

    Attributes:
        allow_private_addresses: Addresses that come from data may lead into private
            networks. Those of the endpoints are ours, and may anyway.

    The time limits are contracts/error-classification.md section 1.
    """

    firecrawl: Endpoint = Endpoint("https://api.firecrawl.dev", 45.0)
    exa: Endpoint = Endpoint("https://api.exa.ai", 25.0)
    g2: Endpoint = Endpoint("https://data.g2.com", 20.0)
    llm: LlmEndpoint = LlmEndpoint("https://api.openai.com/v1", 60.0)
    simulated: bool = False
    allow_private_addresses: bool = False

    def digests(self, salt: str) -> dict[str, str]:
        """By what the keys are known; who has none is left out."""
        ends = {name: getattr(self, name) for name in PROVIDERS}
        keys: dict[str, SecretStr | None] = {name: end.api_key for name, end in ends.items()}
        return {
            name: digest(key.get_secret_value(), salt)
            for name, key in keys.items()
            if key is not None
        }


def simulated(url: str) -> ProvidersConfig:
    """The configuration that reaches the simulator at ``url``, with usual limits."""
    root, key, usual = url.rstrip("/"), SecretStr(SIMULATED_KEY), ProvidersConfig()
    return ProvidersConfig(
        firecrawl=Endpoint(f"{root}/firecrawl", usual.firecrawl.timeout_s, key),
        exa=Endpoint(f"{root}/exa", usual.exa.timeout_s, key),
        g2=Endpoint(f"{root}/g2", usual.g2.timeout_s, key),
        llm=LlmEndpoint(f"{root}/llm/v1", usual.llm.timeout_s, key, model=SIMULATED_MODEL),
        simulated=True,
    )
