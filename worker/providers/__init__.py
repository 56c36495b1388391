"""The outside world: one file a provider; failures become our words here."""

from worker.providers.build import open_providers
from worker.providers.config import Endpoint, LlmEndpoint, Price, ProvidersConfig, simulated

__all__ = ["Endpoint", "LlmEndpoint", "Price", "ProvidersConfig", "open_providers", "simulated"]
