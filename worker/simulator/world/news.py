"""Invented articles about a company, in papers that do not exist."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlsplit

from worker.simulator.world.company import Company, company_named, host_of
from worker.simulator.world.sectors import CITIES, REGIONS

_PAPERS: Final = (
    "fieldwire.example",
    "tradeledger.example",
    "morningdispatch.example",
    "sectorbrief.example",
)
_AUTHORS: Final = ("Mara Quill", "Jonas Veld", "Ines Aldana", "T. Okafor")

_GOOD: Final = {
    "opens-office": (
        "{name} opens an office in {city}",
        "{name} will hire {hires} people in {city} to be nearer to customers in {region}.",
    ),
    "signs-customer": (
        "{customer} chooses {name}",
        "{customer} will use {offering} at {sites} sites, after a trial of six months.",
    ),
    "new-offering": (
        "{name} adds {offering} to its range",
        "{offering} {does}. It is part of every plan from Team upwards.",
    ),
    "funding": (
        "{name} raises {millions} million to grow in {region}",
        "The round is led by existing investors; {name} wants to double its sales in {region}.",
    ),
}
_BAD: Final = {
    "outage": (
        "{name} apologises for a morning without service",
        "{offering} was unavailable for four hours. {name} blamed a failed update.",
    ),
    "price-rise": (
        "{name} raises prices by {percent} percent",
        "Existing customers pay more from their next renewal. Some call the notice too short.",
    ),
    "delay": (
        "{name} delays {offering} for {region}",
        "The launch moves by two quarters, because translations are not ready.",
    ),
}
_WEB: Final = {
    "overview": (
        "{name}: an independent overview",
        "{name} offers {makes} for {serves}. Its best known product is {offering}.",
    ),
    "comparison": (
        "Five tools for {serves}, compared",
        "{name} does well on ease of use; reporting is its weaker side.",
    ),
}


@dataclass(frozen=True, slots=True)
class Article:
    """``published`` is None for pages that bear no date; of a page that is not
    ``indexed``, a search engine knows the address and not the text."""

    url: str
    title: str
    author: str | None
    text: str
    published: date | None
    indexed: bool = True


def news(company: Company, today: date) -> list[Article]:
    """Four articles of the last 80 days before ``today``, three of them kind."""
    topics = company.seed.some("good news", list(_GOOD), 3)
    topics.insert(1, company.seed.pick("bad news", list(_BAD)))
    return [_dated(company, topic, place, today) for place, topic in enumerate(topics)]


def web(company: Company) -> list[Article]:
    """Pages without a date that mention the company."""
    return [_article(company, topic, None) for topic in _WEB]


def article_at(url: str) -> Article | None:
    """The article whose address this is; None when no invented paper has it."""
    parts = urlsplit(url).path.strip("/").split("/")
    if host_of(url) not in _PAPERS or len(parts) != 2 or parts[1] not in _ALL:
        return None
    return _article(company_named(parts[0].replace("-", " ").title()), parts[1], None)


def _dated(company: Company, topic: str, place: int, today: date) -> Article:
    age = timedelta(days=2 + place * 19 + company.seed.number(f"age {topic}", 0, 18))
    return _article(company, topic, today - age)


def _article(company: Company, topic: str, published: date | None) -> Article:
    title, text = (part.format(**_words(company, topic)) for part in _ALL[topic])
    return Article(
        url=f"https://{company.seed.pick(f'paper {topic}', _PAPERS)}/{company.slug}/{topic}",
        title=title,
        author=company.seed.pick(f"author {topic}", _AUTHORS) if published else None,
        text=f"{text} (Simulated article.)",
        published=published,
    )


def _words(company: Company, topic: str) -> dict[str, str]:
    seed = company.seed
    offering, does = seed.pick(f"offering of {topic}", company.offerings)
    return {
        "name": company.brand,
        "makes": company.sector.makes,
        "serves": company.sector.serves,
        "offering": offering,
        "does": does,
        "customer": company.customers[0],
        "city": seed.pick("new city", [city for city in CITIES if city != company.city]),
        "region": seed.pick(f"region of {topic}", REGIONS),
        "hires": str(seed.number("hires", 2, 9) * 5),
        "sites": str(seed.number("sites", 4, 60)),
        "millions": str(seed.number("millions", 3, 40)),
        "percent": str(seed.number("percent", 4, 15)),
    }


_ALL: Final = _GOOD | _BAD | _WEB
