"""The control endpoint's client, for tests and for the curious."""

import json
from collections.abc import Mapping
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit


class SimulatorControl:
    """Tells a running simulator how to misbehave. Providers: firecrawl, exa, g2, llm."""

    def __init__(self, url: str) -> None:
        self._url = url

    def fault(
        self,
        provider: str,
        fault: str,
        *,
        times: int = 1,
        retry_after: float | str | None = None,
        retry_after_ms: int | None = None,
        retry_after_text: int | None = None,
        after_s: float = 0.0,
        request_id: str | None = None,
    ) -> None:
        """Misbehave at the provider's next ``times`` calls; see `Fault`.

        Raises:
            ValueError: the provider has no such fault.
        """
        order = {
            "provider": provider,
            "fault": fault,
            "times": times,
            "retry_after": retry_after,
            "retry_after_ms": retry_after_ms,
            "retry_after_text": retry_after_text,
            "after_s": after_s,
            "request_id": request_id,
        }
        self._send("POST", "faults", order)

    def clear_faults(self) -> None:
        self._send("DELETE", "faults")

    def known_faults(self) -> dict[str, list[str]]:
        """The names of the faults of each provider."""
        known: dict[str, list[str]] = self._send("GET", "faults")
        return known

    def hold(self, provider: str, *, times: int | None = None) -> None:
        """Keep its next calls open until `release`; ``times`` None: all of them."""
        self._send("POST", "hold", {"provider": provider, "times": times})

    def release(self, provider: str | None = None) -> None:
        """Answer the held calls of one provider or of all."""
        self._send("POST", "release", {"provider": provider})

    def set_pages(self, pages: Mapping[str, str]) -> None:
        """Markdown by address, in place of what would be invented."""
        self._send("PUT", "pages", dict(pages))

    def clear_pages(self) -> None:
        self._send("DELETE", "pages")

    def reset(self) -> None:
        """No faults, no holds, no pages."""
        self.clear_faults()
        self.release()
        self.clear_pages()

    def _send(self, method: str, what: str, body: Any = None) -> Any:
        connection = HTTPConnection(urlsplit(self._url).netloc, timeout=10)
        try:
            connection.request(method, f"/control/{what}", json.dumps(body) if body else None)
            answer = connection.getresponse()
            said = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != 200:
            raise ValueError(said["error"])
        return said
