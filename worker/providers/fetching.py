"""Fetching a page from an address that comes from data, redirect by redirect."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx

from plinthctl import __version__
from plinthctl.domain.inputs import web_address
from worker.providers import bounded
from worker.providers.dialling import (
    Dial,
    LookUp,
    NoSuchHost,
    NotPublic,
    NoWebPort,
    PublicTransport,
)

MOST_REDIRECTS: Final = 5
CONNECT_S: Final = 5.0
AGENT: Final = "plinthctl"
HEADERS: Final = {
    # As robots say it; what names no Mozilla is often turned away unseen.
    "user-agent": f"Mozilla/5.0 (compatible; {AGENT}/{__version__})",
    "accept": "text/html,application/xhtml+xml,text/plain;q=0.9,*/*;q=0.1",
    "accept-encoding": bounded.ACCEPT_ENCODING,
}
_WEB: Final = ("http", "https")


class BadAddress(Exception):
    """An address that is not asked; the text says why, after the address."""


class NoWayOn(Exception):
    """A redirect that is not followed; ``reason`` says why, after the website."""

    def __init__(self, reason: str, detail: str | None = None) -> None:
        super().__init__(detail or reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came from ``url``, the last address of all. ``body`` is read if it is wanted."""

    url: str
    status: int
    media_type: str
    charset: str | None
    response: httpx.Response

    async def body(self, most_bytes: int) -> bytes:
        """The whole body.

        Raises:
            TooLarge, CutShort, httpx.HTTPError: it has no end, or came to none.
        """
        encoding = self.response.headers.get("content-encoding", "")
        return await bounded.whole(self.response.aiter_raw(), encoding, most_bytes)


class Fetcher:
    """Asks websites, without keys, and without memory from one page to the next.

    Args:
        allow_private: Ask any http(s) address, in private networks too.
        timeout_s: For each wait for a website; how long all may take is the caller's.
    """

    def __init__(
        self, look_up: LookUp, dial: Dial, *, allow_private: bool, timeout_s: float
    ) -> None:
        self._look_up = look_up
        self._dial = dial
        self._allow_private = allow_private
        self._timeout = httpx.Timeout(timeout_s, connect=min(CONNECT_S, timeout_s))

    @asynccontextmanager
    async def fetch(self, url: str, sent: Callable[[], None]) -> AsyncIterator[Fetched]:
        """What is at ``url``, after at most 5 redirects, open as long as the block.

        ``sent`` is called once for each request that was sent.

        Raises:
            BadAddress, NotDialled, httpx.InvalidURL: nothing was sent.
            NoWayOn: it led on to where nothing was sent.
            httpx.HTTPError: it was not, or not well, answered.
        """
        cookies = httpx.Cookies()  # of this one page; some redirect for ever without
        async with self._transport() as transport:
            for redirects in range(MOST_REDIRECTS + 1):
                with _told_of_redirects(redirects, url):
                    response = await _answer(transport, self._request(url, cookies), sent)
                try:
                    following = _following(url, response)
                    if following is None:
                        yield _fetched(url, response)
                        return
                    cookies.extract_cookies(response)
                    url = following
                finally:
                    await response.aclose()
        raise NoWayOn("redirects without an end")

    def check(self, url: str) -> None:
        """Raises `BadAddress` where nobody would be asked."""
        try:
            if self._allow_private:
                _any_web_address(url)
            else:
                web_address(url)
        except ValueError as error:
            raise BadAddress(str(error)) from None

    def _transport(self) -> PublicTransport:
        return PublicTransport(self._look_up, self._dial(), allow_private=self._allow_private)

    def _request(self, url: str, cookies: httpx.Cookies) -> httpx.Request:
        self.check(url)
        waits = {"timeout": self._timeout.as_dict()}
        return httpx.Request("GET", url, headers=HEADERS, cookies=cookies, extensions=waits)


@contextmanager
def _told_of_redirects(redirects: int, url: str) -> Iterator[None]:
    """What is wrong with an address that a website chose is told of that website."""
    try:
        yield
    except (BadAddress, NotPublic, NoSuchHost, NoWebPort, httpx.InvalidURL) as error:
        if redirects == 0:
            raise
        raise NoWayOn("redirects to an address that cannot be read", f"{url} {error}") from error


def _any_web_address(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in _WEB or not parts.hostname or not url.isprintable():
        raise ValueError("is not an http(s) address")
    if "@" in parts.netloc:
        raise ValueError("has a user name or password in it; leave them out")


async def _answer(
    transport: PublicTransport, request: httpx.Request, sent: Callable[[], None]
) -> httpx.Response:
    # Not through httpx's own client: it reads each redirect, and fails on its address.
    try:
        response = await transport.handle_async_request(request)
    except httpx.HTTPError:
        sent()
        raise
    sent()
    response.request = request
    return response


def _following(url: str, response: httpx.Response) -> str | None:
    """Where the answer sends on to; None: nowhere."""
    location = response.headers.get("location")
    if not 300 <= response.status_code < 400 or location is None:
        return None
    try:
        following = str(urljoin(url, location))
        secret, open_ = urlsplit(url).scheme == "https", urlsplit(following).scheme == "http"
    except ValueError:
        raise NoWayOn("redirects to an address that is none") from None
    if secret and open_:
        raise NoWayOn("redirects to an address without encryption")
    return following


def _fetched(url: str, response: httpx.Response) -> Fetched:
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    charset = response.charset_encoding
    return Fetched(url, response.status_code, media_type, charset, response)
