"""The direct reader: public web pages, fetched by ourselves, where no Firecrawl key is set."""

import asyncio
from datetime import UTC, datetime
from typing import Final

from plinthctl.domain.failures import FailureClass, Usage
from plinthctl.domain.text import storable
from worker.context import Call, Page, ProviderError
from worker.providers.dialling import Dial, LookUp, Names, one_by_one
from worker.providers.direct_failures import EXPECTED, Answered, Forbidden, NotAPage, told
from worker.providers.failures import Accused
from worker.providers.fetching import Fetched, Fetcher
from worker.providers.page_text import PageText, read_html
from worker.providers.robots import Robots
from worker.providers.websites import target_class

PROVIDER: Final = "direct"
FREE: Final = Usage(calls=1, cost_usd=0.0)
MOST_PAGE_BYTES: Final = 4 * 1024 * 1024
MOST_TEXT_CHARS: Final = 200_000
READ_AT_ONCE: Final = 2  # processes

_HTML: Final = frozenset({"", "text/html", "application/xhtml+xml"})
_TEXT: Final = frozenset({"text/plain", "text/markdown", "text/x-markdown"})


class DirectReader:
    """Reads public web pages; a `WebReader`.

    Args:
        timeout_s: For a whole fetch, redirects and all.
        allow_private: Read what is in private networks, too.
        look_up: How names become addresses; None: as the system does it.
        dial: The wires to them.
    """

    def __init__(
        self,
        timeout_s: float,
        *,
        allow_private: bool,
        look_up: LookUp | None = None,
        dial: Dial = one_by_one,
    ) -> None:
        self._timeout_s = timeout_s
        self._accused = Accused(PROVIDER, None)
        self._names = Names()
        self._fetcher = Fetcher(
            look_up or self._names, dial, allow_private=allow_private, timeout_s=timeout_s
        )
        self._robots = Robots(self._fetcher)
        self._reading = asyncio.Semaphore(READ_AT_ONCE)

    async def close(self) -> None:
        self._names.close()

    async def read(self, url: str, call: Call) -> Page:
        """The page at ``url``. Raises `ProviderError`."""
        try:
            return await self._page(url, call)
        except EXPECTED as error:
            raise self._failed(url, error) from error

    async def _page(self, url: str, call: Call) -> Page:
        self._fetcher.check(url)
        async with asyncio.timeout(self._timeout_s):
            if not await self._robots.permit(url, lambda: call.spend(FREE)):
                raise Forbidden(url)
            async with self._fetcher.fetch(url, lambda: call.spend(FREE)) as fetched:
                check(fetched)
                body = await fetched.body(MOST_PAGE_BYTES)
        text = await self._text(fetched, body)
        return Page(
            url=fetched.url,
            title=text.title,
            description=text.description,
            markdown=text.markdown,
            fetched_at=datetime.now(UTC),
            provider=PROVIDER,
        )

    async def _text(self, fetched: Fetched, body: bytes) -> PageText:
        if fetched.media_type in _TEXT:
            text = body.decode("utf-8", "replace")[:MOST_TEXT_CHARS]
            return PageText("", "", str(storable(text)))
        async with self._reading:
            return await read_html(body, fetched.charset)

    def _failed(self, url: str, error: Exception) -> ProviderError:
        failure = told(url, error)
        return self._accused.failed(
            failure.failure_class,
            message=failure.message,
            detail=f"{type(error).__name__}: {error}",
            http_status=failure.status,
            provider_code=failure.code,
            user_fault=failure.failure_class is FailureClass.INVALID_INPUT,
        )


def check(fetched: Fetched) -> None:
    """Whether a body is worth reading.

    Raises:
        Answered: the website said that there is no page.
        NotAPage: it is something else.
    """
    if target_class(fetched.status) is not None:
        raise Answered(fetched.url, fetched.status)
    if fetched.media_type not in _HTML | _TEXT:
        raise NotAPage(fetched.media_type)
