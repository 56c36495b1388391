"""Exa: news about something, or pages of the web. Contract: contracts/exa.md."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from pydantic import BaseModel

from plinthctl.domain.addresses import same_page
from plinthctl.domain.failures import FailureClass, Usage
from worker.context import Call, Hit
from worker.providers.config import Endpoint
from worker.providers.failures import status_class
from worker.providers.http import ONE_REQUEST, GuardedClient, Reply, text_of

PROVIDER: Final = "exa"
RESULTS: Final = 8  # the price is the same up to 10
TEXT_CHARS: Final = 2_000  # of a piece of news
PAGE_CHARS: Final = 4_000  # of a page that is to be quoted
NEWS_FOR: Final = timedelta(days=180)
SEARCH_USD: Final = 0.007  # where the answer does not say: exa.md section 4
READ_SHARE: Final = 4 / 5

_CONTENT_TAGS: Final = frozenset({"PROHIBITED_CONTENT", "CONTENT_FILTER_ERROR"})
_BY_STATUS: Final[Mapping[int, FailureClass]] = {
    401: FailureClass.AUTH_FAILURE,
    402: FailureClass.QUOTA_EXHAUSTED,
    403: FailureClass.AUTH_FAILURE,
    409: FailureClass.PROVIDER_UNAVAILABLE,
    **dict.fromkeys((400, 404, 422), FailureClass.INVALID_INPUT),
}
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def class_of(status: int, tag: str | None) -> FailureClass:
    """The class of an answer that is no success."""
    if status == 402 and tag == "X402_PAYMENT_REQUIRED":
        return FailureClass.AUTH_FAILURE
    if status == 403 and tag in _CONTENT_TAGS:
        return FailureClass.CONTENT_REFUSED
    return _BY_STATUS.get(status) or status_class(status)


class _Result(BaseModel):
    url: str | None = None
    title: str | None = None
    publishedDate: str | None = None
    text: str | None = None


class _Found(BaseModel):
    results: list[_Result]


def cost(reply: Reply) -> Usage:
    """What a search cost in USD: Exa's own estimate, or its price list."""
    if reply.status != 200:
        return Usage(calls=1, cost_usd=0.0) if reply.status < 500 else ONE_REQUEST
    body = reply.error_body()
    if not body:
        return ONE_REQUEST
    dollars = body.get("costDollars")
    total = dollars.get("total") if isinstance(dollars, Mapping) else None
    return Usage(calls=1, cost_usd=float(total) if isinstance(total, int | float) else SEARCH_USD)


def search_request(query: str, text_chars: int, since: date | None = None) -> dict[str, Any]:
    """The body of a search of the web; with ``since`` undated pages are not found."""
    request: dict[str, Any] = {
        "query": query,
        "type": "auto",
        "numResults": RESULTS,
        "contents": {"text": {"maxCharacters": text_chars}},
    }
    if since is not None:
        request["startPublishedDate"] = f"{since:%Y-%m-%d}T00:00:00.000Z"
    return request


def news_request(query: str, since: date) -> dict[str, Any]:
    """The body of a search of the news."""
    return {**search_request(query, TEXT_CHARS, since), "category": "news"}


class Exa:
    """Searches news and the web; a `NewsSearch` and a `WebSearch`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._client = GuardedClient(
            PROVIDER, endpoint, auth=lambda key: {"x-api-key": key}, read_share=READ_SHARE
        )

    async def close(self) -> None:
        await self._client.close()

    async def news(self, query: str, call: Call) -> list[Hit]:
        """News first, the web where there is none; [] is a valid answer.
        Raises `ProviderError`."""
        since = (datetime.now(UTC) - NEWS_FOR).date()
        async with self._client.deadline():
            found = await self._search(news_request(query, since), call)
            if found:
                return hits(found, "news")
            return hits(await self._search(search_request(query, TEXT_CHARS), call), "web")

    async def search(self, query: str, call: Call, *, since: date | None = None) -> list[Hit]:
        """Pages of the web; [] is a valid answer. Raises `ProviderError`."""
        async with self._client.deadline():
            found = await self._search(search_request(query, PAGE_CHARS, since), call)
        return hits(found, "web")

    async def _search(self, request: dict[str, Any], call: Call) -> list[_Result]:
        reply = await self._client.send("POST", "/search", call, cost=cost, body=request)
        if reply.status != 200:
            body = reply.error_body()
            tag, text = text_of(body.get("tag")), text_of(body.get("error"))
            raise self._client.refused(class_of(reply.status, tag), reply, code=tag, detail=text)
        return self._client.read(reply, _Found).results


def hits(results: Iterable[_Result], category: str) -> list[Hit]:
    """One hit a page, in Exa's order of relevance; results without a URL are dropped."""
    now = datetime.now(UTC)
    return [_hit(url, result, category, now) for url, result in _once_each(results).values()]


def _once_each(results: Iterable[_Result]) -> dict[str, tuple[str, _Result]]:
    pages: dict[str, tuple[str, _Result]] = {}
    for result in results:
        if result.url:
            pages.setdefault(same_page(result.url), (result.url, result))
    return pages


def _hit(url: str, result: _Result, category: str, now: datetime) -> Hit:
    day = _DAY.match(result.publishedDate or "")
    return Hit(
        url=url,
        title=result.title or url,
        text=result.text or "",
        category=category,
        published=day[0] if day else None,
        fetched_at=now,
    )
