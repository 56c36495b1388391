"""The openai SDK's way out, bounded as every other way out is.

The SDK stands on httpx2, a package of its own beside httpx.
"""

import functools
import ssl
from collections.abc import AsyncIterator

import httpx2

from worker.providers import bounded

_OF_THE_WIRE = frozenset({"content-encoding", "content-length"})


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, encoding: str) -> None:
        self._inner = inner
        self._encoding = encoding

    def __aiter__(self) -> AsyncIterator[bytes]:
        return bounded.pieces(self._inner, self._encoding)

    async def aclose(self) -> None:
        await self._inner.aclose()


class _BoundedTransport(httpx2.AsyncHTTPTransport):
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        encoding = response.headers.get("content-encoding", "")
        return httpx2.Response(
            response.status_code,
            # The body is inflated here: the headers must not ask for it again.
            headers=[(k, v) for k, v in response.headers.raw if _name(k) not in _OF_THE_WIRE],
            stream=_BoundedStream(response.stream, encoding),
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
