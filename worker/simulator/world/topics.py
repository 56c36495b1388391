"""Invented pages on whatever a search query is about, on sites that do not exist."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit

from worker.simulator.seed import Seed
from worker.simulator.world.company import host_of
from worker.simulator.world.news import Article
from worker.simulator.world.sectors import CUSTOMERS, REGIONS

MOST_WORDS: Final = 12  # of a query that become a topic, and so a part of an address
FIRST_DAY: Final = 5
DAYS_APART: Final = 70

# The sides of a market that a query may name at its end, and the pages on each.
ASPECTS: Final = {
    "market size and growth": ("market-size", "forecast"),
    "prices and cost": ("prices", "running-costs"),
    "adoption and buyers": ("adoption", "trial"),
    "suppliers and rivals": ("suppliers", "newcomers"),
    "risks and rules": ("doubts", "rules"),
}
OVERVIEW: Final = "overview"
STUDIES: Final = ("survey", "field-study", "counter-study", "figures", "experience", "criticism")
UNDATED: Final = frozenset((OVERVIEW, "guide"))
UNREAD: Final = frozenset(("suppliers",))  # of which a search engine knows no text

_SITES: Final = ("marketnotes.example", "agora-review.example", "fieldreport.example")
_AUTHORS: Final = ("Rhea Lindqvist", "Tomas Arendt", "B. Carvalho")
_PAGES: Final = {
    "market-size": (
        "{Topic}: the market grows by {percent} percent a year",
        "Buyers spent {millions} million euros on {topic} last year, {percent} percent more than "
        "the year before. Growth is expected to slow after {later}, when most large buyers will "
        "have chosen.",
    ),
    "forecast": (
        "What analysts expect of {topic}",
        "One forecast sees the spending on {topic} double within {years} years, mostly in "
        "{region}. Another is more careful, because {share} percent of buyers have postponed "
        "their purchase.",
    ),
    "prices": (
        "{Topic} get cheaper",
        "Prices of {topic} fell by {fall} percent since {before}, as cheaper makers entered the "
        "market. A typical buyer now pays {price} euros a month, support included.",
    ),
    "running-costs": (
        "The hidden cost of {topic}",
        "Training and upkeep cost more than {topic} themselves, say {share} percent of buyers. "
        "{customer} spent {days} days on the introduction, twice as many as were planned.",
    ),
    "adoption": (
        "Who uses {topic}",
        "{share} percent of {people} companies in a survey already use {topic}, and another "
        "{few} percent want to within a year. Large companies are ahead, small ones wait for "
        "proof.",
    ),
    "trial": (
        "A year of {topic} at {customer}",
        "{customer} reports {fall} percent less waste after a year with {topic}, at {sites} "
        "sites. Its staff found the reports hard to change.",
    ),
    "suppliers": (
        "Who sells {topic}",
        "Four suppliers share {share} percent of the market for {topic}, and the largest of them "
        "is at home in {region}. Their contracts run for {years} years, which buyers dislike.",
    ),
    "newcomers": (
        "New names in {topic}",
        "{few} start-ups for {topic} were founded since {before}, most of them in {region}. "
        "Only two of them earn money, an investor says.",
    ),
    "doubts": (
        "What speaks against {topic}",
        "{few} percent of buyers gave {topic} up again, most of them because of poor support. "
        "Critics call the promised savings unproven.",
    ),
    "rules": (
        "New rules for {topic}",
        "From {later} on makers of {topic} must publish their test results, which raises the "
        "cost for small ones. Buyers in {region} welcome the rule.",
    ),
    OVERVIEW: (
        "{Topic}: an overview",
        "{Topic} were a curiosity ten years ago, and are a market of {millions} million euros "
        "today. {region} leads, other regions follow.",
    ),
    "survey": (
        "{share} percent call it urgent",
        '{share} percent of {people} companies call "{topic}" an urgent matter, {few} percent '
        "more than two years ago. Only a few have a plan.",
    ),
    "field-study": (
        "A study over {years} years",
        "A study of {topic} over {years} years found a clear effect at {sites} of its sites, the "
        "strongest one in {region}. Its authors call the result robust.",
    ),
    "counter-study": (
        "Second study finds no effect",
        "A second study of {topic} found no effect that is larger than chance, although it used "
        "the same method. Its authors warn against hasty decisions.",
    ),
    "figures": (
        "The figures of the year",
        "The official figures on {topic} rose by {percent} percent, to {millions} million euros. "
        "{region} accounts for a third of them.",
    ),
    "experience": (
        "What {customer} learned",
        "{Topic} mattered in {share} percent of all cases at {customer}, its manager says. The "
        "company has changed its routines since {before}.",
    ),
    "criticism": (
        "Too much talk, say critics",
        "Critics call the talk about {topic} exaggerated, as {few} percent of the cases explain "
        "most of the damage. They ask for better data.",
    ),
    "guide": (
        "{Topic}: a guide",
        "This guide to {topic} lists {few} steps, from the first measurement to a budget. It "
        "takes no side.",
    ),
}


@dataclass(frozen=True)
class Topic:
    """What a query is about. All facts follow from its words, whatever their case."""

    words: tuple[str, ...]

    @property
    def phrase(self) -> str:
        return " ".join(self.words)

    @property
    def slug(self) -> str:
        return "-".join(self.words)

    @cached_property
    def seed(self) -> Seed:
        return Seed("topic", self.slug.lower())


def found(query: str, today: date) -> list[Article]:
    """The pages that a query finds, the most relevant first; nine out of ten are dated
    before ``today``."""
    topic, pages = _asked(query)
    return [
        _article(topic, page, None if page in UNDATED else _published(topic, page, place, today))
        for place, page in enumerate(pages)
    ]


def article_at(url: str) -> Article | None:
    """The page whose address this is; None when no invented site has it."""
    parts = urlsplit(url).path.strip("/").split("/")
    if host_of(url) not in _SITES or len(parts) != 2 or parts[1] not in _PAGES:
        return None
    return _article(Topic(tuple(parts[0].split("-"))), parts[1], None)


def _asked(query: str) -> tuple[Topic, tuple[str, ...]]:
    said = " ".join(query.split())
    for aspect, pages in ASPECTS.items():
        if said.lower().endswith(f" {aspect}"):
            return _topic(said[: -len(aspect)]), (*pages, OVERVIEW)
    return _topic(said), (*STUDIES, "guide")


def _topic(said: str) -> Topic:
    return Topic(tuple(re.findall(r"[^\W_]+", said)[:MOST_WORDS]) or ("everything",))


def _published(topic: Topic, page: str, place: int, today: date) -> date:
    age = FIRST_DAY + place * DAYS_APART + topic.seed.number(f"age {page}", 0, DAYS_APART - 1)
    return today - timedelta(days=age)


def _article(topic: Topic, page: str, published: date | None) -> Article:
    title, text = (part.format(**_words(topic, page)) for part in _PAGES[page])
    return Article(
        url=f"https://{topic.seed.pick(f'site {page}', _SITES)}/{topic.slug}/{page}",
        title=title,
        author=topic.seed.pick(f"author {page}", _AUTHORS) if published else None,
        text=f"{text} (Simulated article.)",
        published=published,
        indexed=page not in UNREAD,
    )


def _words(topic: Topic, page: str) -> dict[str, str]:
    draw, phrase = topic.seed.number, topic.phrase
    numbers = {
        "percent": draw(f"percent {page}", 4, 28),
        "share": draw(f"share {page}", 31, 78),
        "few": draw(f"few {page}", 6, 19),
        "fall": draw(f"fall {page}", 9, 35),
        "millions": draw(f"millions {page}", 40, 900),
        "people": draw(f"people {page}", 12, 90) * 10,
        "price": draw(f"price {page}", 3, 60) * 10,
        "days": draw(f"days {page}", 8, 60),
        "sites": draw(f"sites {page}", 4, 40),
        "years": draw(f"years {page}", 3, 7),
        "later": draw(f"later {page}", 2028, 2032),
        "before": draw(f"before {page}", 2019, 2024),
    }
    return {
        "topic": phrase,
        "Topic": phrase[:1].upper() + phrase[1:],
        "region": topic.seed.pick(f"region {page}", REGIONS),
        "customer": topic.seed.pick(f"customer {page}", CUSTOMERS),
        **{name: str(number) for name, number in numbers.items()},
    }
