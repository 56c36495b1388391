"""Which product on G2 is the company's. Pure.

Source: contracts/g2.md section 2, the matching rule.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from pydantic import BaseModel, Field

SHORTEST_QUERY: Final = 2  # G2 answers 400 to less
PRODUCTS: Final = 10


class ProductFacts(BaseModel):
    """What G2 says of a product; every part may be missing."""

    name: str = ""
    domain: str | None = None
    g2_url: str | None = None
    review_count: int | None = None
    star_rating: float | None = None


class Product(BaseModel):
    """A product on G2."""

    id: str
    attributes: ProductFacts = Field(default_factory=ProductFacts)


Choose = Callable[[Sequence[Product]], Product | None]


@dataclass(frozen=True, slots=True)
class LookUp:
    """One way to find the product: the filter to send, and whom to believe."""

    params: tuple[tuple[str, str], ...]
    choose: Choose


def look_ups(name: str, url: str) -> tuple[LookUp, ...]:
    """The ways to find a company's product, the surest first."""
    host = host_of(url)
    ways = (
        ("filter[public_detail_url_cont][]", host, lambda found: _of_domain(found, host)),
        ("filter[product_name_eq]", name, most_reviewed),
        ("filter[query]", name, lambda found: _top_hit(found, name)),
    )
    return tuple(
        LookUp(((key, value), ("page[size]", str(PRODUCTS))), choose)
        for key, value, choose in ways
        if len(value) >= SHORTEST_QUERY
    )


def host_of(url: str) -> str:
    """The host of an address without its ``www.``; empty where there is none."""
    return _bare(urlsplit(url).hostname or "")


def _bare(host: str) -> str:
    return host.strip().rstrip(".").casefold().removeprefix("www.")


def most_reviewed(found: Sequence[Product]) -> Product | None:
    """The product with the most reviews; the first of equals."""
    return max(found, key=lambda product: product.attributes.review_count or 0, default=None)


def _of_domain(found: Sequence[Product], host: str) -> Product | None:
    return most_reviewed([p for p in found if _is_of_domain(host, p.attributes.domain)])


def _is_of_domain(host: str, domain: str | None) -> bool:
    bare = _bare(domain or "")
    # shop.acme.com is acme.com's; a domain without a dot would own everything.
    return "." in bare and (host == bare or host.endswith(f".{bare}"))


def _top_hit(found: Sequence[Product], name: str) -> Product | None:
    wanted = _words(name)
    top = found[0] if found else None
    return top if top and wanted and f" {wanted} " in f" {_words(top.attributes.name)} " else None


def _words(name: str) -> str:
    return " ".join(re.findall(r"\w+", name.casefold()))
