"""The openai SDK's way out, bounded as every other way out is.

The SDK stands on httpx2, a package of its own beside httpx.
"""

import functools
import ssl
from collections.abc import AsyncIterator
from typing import Final

import httpx2

from worker.providers import bounded

MAX_ANSWER_BYTES: Final = 2 * 1024 * 1024  # 16,000 tokens and a model's thoughts are far less
_STREAMED: Final = "text/event-stream"  # read event by event, each token some 300 bytes
_OF_THE_WIRE = frozenset({"content-encoding", "content-length"})


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, headers: httpx2.Headers) -> None:
        self._inner = inner
        self._encoding = headers.get("content-encoding", "")
        streamed = headers.get("content-type", "").startswith(_STREAMED)
        self._most_bytes = bounded.MAX_BODY_BYTES if streamed else MAX_ANSWER_BYTES

    def __aiter__(self) -> AsyncIterator[bytes]:
        return bounded.pieces(self._inner, self._encoding, self._most_bytes, self._most_bytes)

    async def aclose(self) -> None:
        await self._inner.aclose()


class _BoundedTransport(httpx2.AsyncHTTPTransport):
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        return httpx2.Response(
            response.status_code,
            # The body is inflated here: the headers must not ask for it again.
            headers=[(k, v) for k, v in response.headers.raw if _name(k) not in _OF_THE_WIRE],
            stream=_BoundedStream(response.stream, response.headers),
            extensions=response.extensions,
        )


def _name(raw: bytes) -> str:
    return raw.decode("latin-1").lower()


@functools.cache
def _trusted() -> ssl.SSLContext:
    # Of the operating system, as the SDK does it; reading them takes 50 ms.
    return httpx2.create_ssl_context(trust_env=False)


def bounded_client(timeout_s: float, connect_s: float) -> httpx2.AsyncClient:
    """A client without proxies, redirects or unbounded bodies."""
    return httpx2.AsyncClient(
        transport=_BoundedTransport(verify=_trusted()),
        trust_env=False,
        follow_redirects=False,
        headers={"accept-encoding": bounded.ACCEPT_ENCODING},
        timeout=httpx2.Timeout(timeout_s, connect=min(connect_s, timeout_s)),
    )
