"""G2's products and their reviews. Source: contracts/g2.md."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from worker.simulator.apis.g2_shapes import product, review
from worker.simulator.apis.g2_troubles import TROUBLES, error
from worker.simulator.faults import Trouble
from worker.simulator.wire import JSON_API, Reply, Request, json_reply
from worker.simulator.world.company import Company, company_at, company_named
from worker.simulator.world.reviews import average, reviews

DEFAULT_PAGE: Final = 25
MAX_PAGE: Final = 250
SHORTEST_QUERY: Final = 2

_ARRAY_FILTERS: Final = frozenset(
    [
        "public_detail_url_cont",
        "public_detail_url",
        "slug",
        "product_id",
        "category_id",
        "star_rating",
        "company_segment",
        "nps_score",
        "country",
        "region",
        "industry",
        "role",
    ]
)
_NAME_FILTERS: Final = ("product_name_eq", "product_name_cont", "query")
_PLAIN_FILTERS: Final = frozenset(
    (*_NAME_FILTERS, "vendor_name", "review_count_gteq", "updated_at_gt", "updated_at_lt")
)
_OTHERS: Final = frozenset(
    ("fields[products]", "fields[reviews]", "include", "page[size]", "page[after]", "page[before]")
)

Query = Sequence[tuple[str, str]]


class Refused(Exception):
    """The request deserves this reply."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


class G2:
    """One product a company, named like it."""

    name = "g2"
    troubles: Mapping[str, Trouble] = TROUBLES

    def __init__(self, key: str, today: date) -> None:
        self._key = key
        self._today = today
        self._by_id: dict[str, Company] = {}

    def about(self, request: Request) -> str:
        named = [value for key, value in request.query if key.startswith("filter[")]
        path = re.fullmatch(r"/api/v2/products/([^/]+)(/reviews)?", request.path)
        which = path[1] if path else (named or [""])[0]
        return self._by_id[which].slug if which in self._by_id else which

    def answer(self, request: Request) -> Reply:
        try:
            self._check(request)
            return self._route(request)
        except Refused as refused:
            return refused.reply

    def _check(self, request: Request) -> None:
        if request.bearer != self._key:
            raise Refused(error(401, "Bad Credentials"))
        if request.method != "GET":
            raise Refused(error(404, "Not Found"))
        for key, value in request.query:
            _check_parameter(key, value)

    def _route(self, request: Request) -> Reply:
        match request.path.removeprefix("/api/v2/").split("/"):
            case ["products"]:
                return self._products(request)
            case ["products", which]:
                shape = self._product(self._company(which))
                return json_reply(200, {"data": shape}, JSON_API)
            case ["products", which, "reviews"]:
                return self._reviews(request, self._company(which))
        raise Refused(error(404, "Not Found"))

    def _company(self, which: str) -> Company:
        """By an id that was given out, or by slug.

        Raises:
            Refused: it is an id of nothing.
        """
        if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", which):
            if which not in self._by_id:
                raise Refused(error(404, "Not Found"))
            return self._by_id[which]
        return company_named(which.replace("-", " ").title())

    def _products(self, request: Request) -> Reply:
        company = _wanted(request.query)
        found = [self._product(company)] if company else []
        return _page(request, found)

    def _product(self, company: Company) -> dict[str, Any]:
        given = reviews(company, self._today)
        shape = product(company, len(given), average(given))
        self._by_id[shape["id"]] = company
        return shape

    def _reviews(self, request: Request, company: Company) -> Reply:
        given = reviews(company, self._today)
        about: dict[str, Any] = {"name": company.name, "slug": company.slug}
        about |= {"review_count": len(given), "star_rating": average(given)}
        shapes = [review(company, one) for one in given]
        return _page(request, shapes, products=[about])


def _wanted(query: Query) -> Company | None:
    """The company that the filters name; None where they name none, or one whose
    website does not exist."""
    for key, value in query:
        match = re.fullmatch(r"filter\[(\w+)\](?:\[\])?", key)
        name = match[1] if match else ""
        if name.startswith("public_detail_url"):
            address = value if "://" in value else f"https://{value}"
            return None if value.rstrip("/").endswith(".invalid") else company_at(address)
        if name in (*_NAME_FILTERS, "slug"):
            return company_named(value.replace("-", " ").title() if name == "slug" else value)
    return None


def _check_parameter(key: str, value: str) -> None:
    match = re.fullmatch(r"filter\[(\w+)\](\[.*\])?", key)
    if match is None:
        if key not in _OTHERS:
            raise Refused(error(400, f"Invalid parameter: {key}"))
        if key == "page[size]" and not (value.isdigit() and 1 <= int(value) <= MAX_PAGE):
            raise Refused(error(400, f"Invalid parameter: page[size] must be 1..{MAX_PAGE}"))
        return
    _check_filter(match[1], match[2], value)


def _check_filter(name: str, bracket: str | None, value: str) -> None:
    if name in _ARRAY_FILTERS:
        if bracket != "[]":
            raise Refused(error(400, f"Invalid parameter: filter[{name}] must be an array"))
    elif name not in _PLAIN_FILTERS or bracket:
        raise Refused(error(400, f"Invalid parameter: filter[{name}]{bracket or ''}"))
    if name == "query" and len(value) < SHORTEST_QUERY:
        raise Refused(error(400, f"query size cannot be less than {SHORTEST_QUERY}"))


def _page(request: Request, shapes: list[dict[str, Any]], **meta: Any) -> Reply:
    asked = dict(request.query)
    size = int(asked.get("page[size]", DEFAULT_PAGE))
    start = _start(asked.get("page[after]"))
    shown, rest = shapes[start : start + size], shapes[start + size :]
    after = _next(request, start + size) if rest else None
    body = {
        "data": shown,
        "links": {"self": f"https://data.g2.com{request.target}", "next": after, "prev": None},
        "meta": {"record_count": len(shapes), "aggregates": [], **meta},
    }
    return json_reply(200, body, JSON_API)


def _next(request: Request, start: int) -> str:
    """The next page's address on the real host, as the service would write it."""
    cursor = base64.urlsafe_b64encode(f"after {start}".encode()).decode()
    kept = [(key, value) for key, value in request.query if key != "page[after]"]
    query = urlencode([*kept, ("page[after]", cursor)])
    return f"https://data.g2.com{request.path}?{query}"


def _start(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("after "))
    except (binascii.Error, ValueError):
        raise Refused(error(400, "Invalid parameter: page[after]")) from None
