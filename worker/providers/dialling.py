"""The way out to addresses that come from data: only what was checked is dialled.

A name is looked up once, all of its addresses must be public, and the connection
goes to one of those very addresses. Nobody is asked again between look and dial, so
a name that changes its answer in between (DNS rebinding) gains nothing.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import httpx

from plinthctl.domain.networks import WEB_PORTS, is_public
from worker.providers.http import trusted

LOOK_UPS_AT_ONCE: Final = 4
ADDRESSES_TRIED: Final = 3  # of a name that has several

LookUp = Callable[[str, int], Awaitable[Sequence[str]]]
Dial = Callable[[], httpx.AsyncBaseTransport]


class NotDialled(Exception):
    """Nothing was sent."""


class NotPublic(NotDialled):
    """The name leads, or leads also, to where nothing public is."""


class NoWebPort(NotDialled):
    """The address names a port that is no website's."""


class NoSuchHost(NotDialled):
    """The name has no address."""


class NamesUnavailable(NotDialled):
    """Nobody could say whether the name has an address."""


class Names:
    """Looks names up, in threads of its own.

    A name server of a stranger may take half a minute for an answer; in asyncio's own
    threads it would hold up the look-ups of every provider.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(LOOK_UPS_AT_ONCE, thread_name_prefix="names")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """The addresses of ``host``.

        Raises:
            NotDialled: it has none, or nobody could say.
        """
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._threads, _addresses, host, port)
        except socket.gaierror as error:
            if error.errno == socket.EAI_AGAIN:
                raise NamesUnavailable(str(error)) from error
            raise NoSuchHost(str(error)) from error
        except (OSError, UnicodeError) as error:
            raise NoSuchHost(str(error)) from error
        return found

    def close(self) -> None:
        """Wait for nobody."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _addresses(host: str, port: int) -> list[str]:
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in answers))


def one_by_one() -> httpx.AsyncBaseTransport:
    """The wire: without proxies, a connection for each request."""
    # Connections are pooled by address, and one address may be many websites'.
    alone = httpx.Limits(max_keepalive_connections=0)
    return httpx.AsyncHTTPTransport(verify=trusted(), trust_env=False, limits=alone)


class PublicTransport(httpx.AsyncBaseTransport):
    """Dials public addresses only.

    Args:
        wire: What is sent over it goes to literal addresses.
        allow_private: Dial whatever the name leads to, at any port.
    """

    def __init__(
        self, look_up: LookUp, wire: httpx.AsyncBaseTransport, *, allow_private: bool
    ) -> None:
        self._look_up = look_up
        self._wire = wire
        self._allow_private = allow_private

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer. Raises `NotDialled`, or as httpx does."""
        *others, last = await self._checked(request.url)
        for address in others:
            try:
                return await self._wire.handle_async_request(_at(address, request))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._wire.handle_async_request(_at(last, request))

    async def _checked(self, url: httpx.URL) -> Sequence[str]:
        port = url.port or (443 if url.scheme == "https" else 80)
        if port not in WEB_PORTS and not self._allow_private:
            raise NoWebPort(f"port {port}")
        addresses = await self._look_up(_name(url), port)
        if not addresses:
            raise NoSuchHost("the name has no address")
        if not self._allow_private and not all(map(is_public, addresses)):
            raise NotPublic(f"leads to {', '.join(addresses)}")
        return addresses[:ADDRESSES_TRIED]


def _name(url: httpx.URL) -> str:
    """The host as name servers and certificates know it."""
    return url.raw_host.decode("ascii")


def _at(address: str, request: httpx.Request) -> httpx.Request:
    """The request as it was, Host header and certificate's name too, to that address."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={
            **request.extensions,
            "sni_hostname": _name(request.url).removesuffix("."),
        },
    )
