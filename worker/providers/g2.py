"""G2: what customers say of a product. Contract: contracts/g2.md."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, quote, urlsplit

from pydantic import BaseModel, Field

from plinthctl.domain.failures import FailureClass, Usage
from worker.context import Call, ProviderError, Review, ReviewSet
from worker.providers.config import Endpoint
from worker.providers.failures import status_class
from worker.providers.g2_match import Product, look_ups
from worker.providers.http import GuardedClient, Reply

PROVIDER: Final = "g2"
MEDIA_TYPE: Final = "application/vnd.api+json"
MOST_REVIEWS: Final = 50
MOST_PAGES: Final = 4  # where the server's pages are smaller than what was asked for
READ_SHARE: Final = 1 / 2

Params = list[tuple[str, str]]
Answer = TypeVar("Answer", bound=BaseModel)


def class_of(status: int, title: str, *, is_json: bool) -> FailureClass:
    """The class of an answer that is no success. G2 has no codes, only titles."""
    if status == 401:
        return FailureClass.AUTH_FAILURE
    if status in {400, 404}:
        return FailureClass.INVALID_INPUT
    if status == 403:
        return _class_of_403(title.casefold(), is_json=is_json)
    return status_class(status)


def _class_of_403(title: str, *, is_json: bool) -> FailureClass:
    if not is_json:  # the edge speaks HTML: it has blocked this address
        return FailureClass.RATE_LIMITED
    if "current plan" in title or "do not have access" in title:
        return FailureClass.QUOTA_EXHAUSTED
    return FailureClass.AUTH_FAILURE


class _Products(BaseModel):
    data: list[Product]


class _Answered(BaseModel):
    value: str | int | float | None = None


class _Attribution(BaseModel):
    text: str | None = None


class _ReviewFacts(BaseModel):
    title: str | None = None
    star_rating: float | None = None
    answers: dict[str, _Answered | None] | None = None
    url: str | None = None
    submitted_at: str | None = None
    attribution: _Attribution | None = None


class _Review(BaseModel):
    id: str
    attributes: _ReviewFacts = Field(default_factory=_ReviewFacts)


class _Links(BaseModel):
    next: str | None = None


class _Reviews(BaseModel):
    data: list[_Review]
    links: _Links = Field(default_factory=_Links)


def cost(_: Reply) -> Usage:
    """G2 is a subscription: no call has a price."""
    return Usage(calls=1, cost_usd=0.0)


class G2:
    """Finds a company's product and its reviews; a `ReviewSource`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._client = GuardedClient(
            PROVIDER,
            endpoint,
            auth=lambda key: {"authorization": f"Bearer {key}"},
            read_share=READ_SHARE,
            degrades_without_key=True,
        )

    async def close(self) -> None:
        await self._client.close()

    async def reviews(self, name: str, url: str, call: Call) -> ReviewSet:
        """Reviews of the company's product. Raises `ProviderError`."""
        async with self._client.deadline():
            product = await self._find(name, url, call)
            if product is None:
                return review_set("no_product", None, [])
            found = await self._list(product, call)
        return review_set("ok" if found else "no_reviews", product, found)

    async def _find(self, name: str, url: str, call: Call) -> Product | None:
        for look_up in look_ups(name, url):
            reply = await self._get("/api/v2/products", list(look_up.params), call)
            product = look_up.choose(self._read(reply, _Products).data)
            if product is not None:
                return product
        return None

    async def _list(self, product: Product, call: Call) -> list[_Review]:
        path = f"/api/v2/products/{quote(product.id, safe='')}/reviews"
        params: Params = [("page[size]", str(MOST_REVIEWS))]
        found: list[_Review] = []
        for _ in range(MOST_PAGES):
            page = self._read(await self._get(path, params, call), _Reviews, known_product=True)
            found += page.data
            following = next_page(page.links.next)
            if following is None or len(found) >= MOST_REVIEWS:
                break
            params = following
        return found[:MOST_REVIEWS]

    async def _get(self, path: str, params: Params, call: Call) -> Reply:
        return await self._client.send(
            "GET", path, call, cost=cost, params=params, accept=MEDIA_TYPE
        )

    def _read(self, reply: Reply, answer: type[Answer], *, known_product: bool = False) -> Answer:
        if reply.status != 200:
            raise self._refused(reply, known_product=known_product)
        return self._client.read(reply, answer)

    def _refused(self, reply: Reply, *, known_product: bool) -> ProviderError:
        body = reply.error_body()
        title = titles(body)
        failure_class = class_of(reply.status, title, is_json=bool(body))
        # Some paths hide a missing entitlement behind 404.
        hidden = known_product and reply.status == 404
        not_in_plan = failure_class is FailureClass.QUOTA_EXHAUSTED
        return self._client.refused(
            failure_class,
            reply,
            detail=title,
            message=_gap(hidden=hidden, not_in_plan=not_in_plan),
            may_degrade=hidden or not_in_plan,
        )


def _gap(*, hidden: bool, not_in_plan: bool) -> str | None:
    if not_in_plan:
        return "Reviews are not in our G2 plan."
    return "G2 shows no reviews of this product." if hidden else None


def titles(body: Mapping[str, Any]) -> str:
    """What a JSON:API error list says, in one line."""
    errors = body.get("errors")
    listed = errors if isinstance(errors, list) else []
    return "; ".join(str(e.get("title", "")) for e in listed if isinstance(e, Mapping))


def next_page(link: str | None) -> Params | None:
    """The query of the next page; None: this was the last.

    Only the query: the link is the server's choice, and the token must not
    follow it to another host.
    """
    try:
        query = urlsplit(link or "").query
    except ValueError:
        return None
    return parse_qsl(query) or None


def review_set(status: str, product: Product | None, found: Iterable[_Review]) -> ReviewSet:
    """The reviews in our words, the newest first: G2 promises no order."""
    newest = sorted(found, key=lambda r: r.attributes.submitted_at or "", reverse=True)
    facts = product.attributes if product else None
    return ReviewSet(
        status=status,
        product=facts.name if facts else None,
        url=facts.g2_url if facts else None,
        rating=facts.star_rating if facts else None,
        review_count=facts.review_count if facts else None,
        reviews=[_review(review) for review in newest],
        fetched_at=datetime.now(UTC),
    )


def _review(review: _Review) -> Review:
    facts = review.attributes
    return Review(
        id=review.id,
        url=facts.url or "",
        title=facts.title or "",
        rating=facts.star_rating,
        liked=_answer(facts, "love"),
        disliked=_answer(facts, "hate"),
        benefits=_answer(facts, "benefits"),
        submitted_at=facts.submitted_at,
        attribution=facts.attribution.text if facts.attribution else None,
    )


def _answer(facts: _ReviewFacts, question: str) -> str | None:
    answered = (facts.answers or {}).get(question)
    return str(answered.value) if answered and answered.value not in {None, ""} else None
