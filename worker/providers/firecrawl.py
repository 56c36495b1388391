"""Firecrawl: a web page as Markdown. Contract: contracts/firecrawl.md."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, Field

from plinthctl.domain.failures import FailureClass, Usage
from plinthctl.domain.inputs import web_address
from worker.context import Call, Page, ProviderError
from worker.providers.config import Endpoint
from worker.providers.failures import status_class
from worker.providers.http import ONE_REQUEST, GuardedClient, Reply, text_of
from worker.providers.websites import about_target, host_of, target_class

PROVIDER: Final = "firecrawl"
MAX_AGE_MS: Final = 24 * 60 * 60 * 1000
READ_SHARE: Final = 8 / 9
SCRAPE_SHARE: Final = 2 / 3  # below the read's: who hangs up first loses the credit
_PERMITTED_TIMEOUT_MS: Final = (1_000, 300_000)

_BY_CODE: Final[Mapping[str, FailureClass]] = {
    "SCRAPE_DNS_RESOLUTION_ERROR": FailureClass.INVALID_INPUT,
    "SCRAPE_SSL_ERROR": FailureClass.INVALID_INPUT,
    "SCRAPE_UNSUPPORTED_FILE_ERROR": FailureClass.INVALID_INPUT,
    "SCRAPE_TIMEOUT": FailureClass.NETWORK_TIMEOUT,
    "CONCURRENCY_QUEUE_TIMEOUT": FailureClass.RATE_LIMITED,
    "UNSUPPORTED_SITE": FailureClass.CONTENT_REFUSED,
    "unsafe_domain_blocked": FailureClass.CONTENT_REFUSED,
    "SAFE_MODE_BLOCKED": FailureClass.CONTENT_REFUSED,
    "SCRAPE_MEDIA_ACCESS_DENIED": FailureClass.CONTENT_REFUSED,
    "SCRAPE_PROMPT_INJECTION_DETECTED": FailureClass.CONTENT_REFUSED,
    "THIRD_PARTY_DATA_TERMS_REQUIRED": FailureClass.CONTENT_REFUSED,
}
_BY_STATUS: Final[Mapping[int, FailureClass]] = {
    401: FailureClass.AUTH_FAILURE,
    402: FailureClass.QUOTA_EXHAUSTED,
    **dict.fromkeys((400, 404, 409, 413, 422), FailureClass.INVALID_INPUT),
}
_OF_THE_SITE: Final[Mapping[str, str]] = {
    "SCRAPE_DNS_RESOLUTION_ERROR": "The website {host} does not exist.",
    "SCRAPE_SSL_ERROR": "The website {host} has a certificate that cannot be trusted.",
    "SCRAPE_UNSUPPORTED_FILE_ERROR": "The address at {host} is a file that cannot be read.",
    "SCRAPE_SITE_ERROR": "The website {host} does not answer.",
    "SCRAPE_ALL_ENGINES_FAILED": "The website {host} could not be read; it may refuse robots.",
    "SCRAPE_TIMEOUT": "The website {host} did not answer in time.",
    "UNSUPPORTED_SITE": "Firecrawl does not read {host}.",
}
_ACCOUNT_TROUBLE: Final = re.compile(r"\bbann?ed\b|\bban\b|\bkey\b|\bIP\b", re.IGNORECASE)


def class_of(status: int, code: str | None, text: str) -> FailureClass:
    """The class of an answer that is no success; 200 is one with ``success: false``."""
    if code is not None and code in _BY_CODE:
        return _BY_CODE[code]
    if code and code.startswith("SCRAPE_PDF_"):
        return FailureClass.INVALID_INPUT
    if status == 403:
        trouble = code is None and _ACCOUNT_TROUBLE.search(text)
        return FailureClass.AUTH_FAILURE if trouble else FailureClass.CONTENT_REFUSED
    if status == 200:
        return FailureClass.PROVIDER_UNAVAILABLE
    return _BY_STATUS.get(status) or status_class(status)


def _joined(value: Any) -> Any:
    # A meta tag that a page has twice comes as a list.
    return ", ".join(map(str, value)) if isinstance(value, list) else value or ""


_Meta = Annotated[str, BeforeValidator(_joined)]


class _Metadata(BaseModel):
    title: _Meta = ""
    description: _Meta = ""
    url: str | None = None
    statusCode: int = 200


class _Data(BaseModel):
    markdown: str | None = None
    metadata: _Metadata = Field(default_factory=_Metadata)


class _Scraped(BaseModel):
    success: bool
    code: str | None = None
    error: str | None = None
    data: _Data | None = None


def cost(reply: Reply) -> Usage:
    """What a scrape cost: credits, as Firecrawl says or by its price list."""
    body = reply.error_body()
    if reply.status >= 500 or not body:
        return ONE_REQUEST
    told = _inner(_inner(body, "data"), "metadata").get("creditsUsed")
    if isinstance(told, int | float):
        return Usage(calls=1, credits=float(told))
    return Usage(calls=1, credits=1.0 if body.get("success") is True else 0.0)


def _inner(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = body.get(key)
    return value if isinstance(value, Mapping) else {}


def scrape_request(url: str, timeout_s: float) -> dict[str, Any]:
    """The body of a scrape. Firecrawl refuses any key that it does not know."""
    least, most = _PERMITTED_TIMEOUT_MS
    return {
        "url": url,
        "formats": ["markdown"],
        "onlyMainContent": True,
        "timeout": min(most, max(least, round(timeout_s * SCRAPE_SHARE * 1000))),
        "maxAge": MAX_AGE_MS,
        "origin": "plinthctl",
    }


class Firecrawl:
    """Reads web pages; a `WebReader`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._client = GuardedClient(
            PROVIDER,
            endpoint,
            auth=lambda key: {"authorization": f"Bearer {key}"},
            read_share=READ_SHARE,
        )

    async def close(self) -> None:
        await self._client.close()

    async def read(self, url: str, call: Call) -> Page:
        """The page at ``url``. Raises `ProviderError`."""
        self._check(url)
        async with self._client.deadline():
            reply = await self._client.send(
                "POST",
                "/v2/scrape",
                call,
                cost=cost,
                body=scrape_request(url, self._client.timeout_s),
            )
        return self._page(url, self._scraped(url, reply), reply)

    def _check(self, url: str) -> None:
        try:
            web_address(url)
        except ValueError as error:
            raise self._client.accused.failed(
                FailureClass.INVALID_INPUT, message=f"The address {url} {error}.", user_fault=True
            ) from None

    def _scraped(self, url: str, reply: Reply) -> _Data:
        if reply.status != 200:
            body = reply.error_body()
            raise self._refused(url, reply, text_of(body.get("code")), text_of(body.get("error")))
        answer = self._client.read(reply, _Scraped)
        if not answer.success:
            raise self._refused(url, reply, answer.code, answer.error)
        return answer.data or _Data()

    def _refused(self, url: str, reply: Reply, code: str | None, text: str | None) -> ProviderError:
        failure_class = class_of(reply.status, code, text or "")
        of_the_site = _OF_THE_SITE.get(code or "")
        return self._client.refused(
            failure_class,
            reply,
            code=code,
            detail=text,
            message=of_the_site and of_the_site.format(host=host_of(url)),
            user_fault=failure_class is FailureClass.INVALID_INPUT and _is_of_the_site(code),
        )

    def _page(self, url: str, data: _Data, reply: Reply) -> Page:
        status = data.metadata.statusCode
        failure_class = target_class(status)
        if failure_class is not None:
            raise self._client.refused(
                failure_class,
                reply,
                detail=f"{url} answered {status}",
                message=about_target(failure_class, url, status),
                user_fault=failure_class is FailureClass.INVALID_INPUT,
            )
        return Page(
            url=data.metadata.url or url,
            title=data.metadata.title,
            description=data.metadata.description,
            markdown=data.markdown or "",
            fetched_at=datetime.now(UTC),
        )


def _is_of_the_site(code: str | None) -> bool:
    return code is not None and (code in _OF_THE_SITE or code.startswith("SCRAPE_PDF_"))
