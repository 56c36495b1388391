"""The competitor profile that the simulated LLM writes, of the prompt's own facts."""

import re
from collections import defaultdict
from collections.abc import Iterable
from statistics import fmean
from typing import Final

from plinthctl.domain.results import (
    Claim,
    CompetitorProfile,
    CustomerVoice,
    NewsItem,
    Offering,
    PricePoint,
)
from worker.simulator.writing import page_facts
from worker.simulator.writing.page_facts import Line, first_sentences
from worker.simulator.writing.prompt import Prompt, PromptSource

_BAD_NEWS: Final = re.compile(
    r"apolog|outage|without service|delay|recall|lawsuit|breach|raises prices|lay(s|ing)? off|"
    r"weaker|loses|closes",
    re.IGNORECASE,
)
_GOOD_NEWS: Final = re.compile(
    r"raises|opens|chooses|signs|wins|adds|launch|grow|record|partner|does well", re.IGNORECASE
)
_EMPTY_WORDS: Final = frozenset(
    ("which", "what", "that", "this", "with", "should", "would", "will", "from", "have", "does")
)
MOST_TOPICS: Final = 3
MOST_VOICES: Final = 3
MOST_NEWS: Final = 8


def write_profile(prompt: Prompt) -> CompetitorProfile:
    """A profile in which every claim names the sources that it was taken from."""
    site = [(source, page_facts.lines_of(source.text)) for source in prompt.of_kind("website")]
    reviews = prompt.of_kind("review")
    praised, criticised = _voices(reviews, "liked"), _voices(reviews, "disliked")
    written = _written_about(prompt)
    return CompetitorProfile(
        company_name=prompt.company or "The company",
        summary=_summary(prompt, site),
        positioning=_positioning(site),
        offerings=_offerings(site),
        pricing=_pricing(site),
        strengths=[*praised[:2], *_told(written, _GOOD_NEWS, _BAD_NEWS)][:4],
        weaknesses=[*criticised[:2], *_told(written, _BAD_NEWS)][:4],
        recent_news=_recent(prompt.of_kind("news")),
        customers=_customers(reviews, praised, criticised),
        meaning_for_us=_meaning(prompt),
    )


Site = list[tuple[PromptSource, list[Line]]]


def _summary(prompt: Prompt, site: Site) -> Claim:
    for source, lines in site:
        for text in page_facts.paragraphs(lines):
            return Claim(text=first_sentences(text), sources=[source.id])
    for source in prompt.sources:
        if source.title:
            return Claim(text=f"Known so far by title only: {source.title}.", sources=[source.id])
    return Claim(text=f"No source says what {prompt.company} does.", sources=[])


def _positioning(site: Site) -> Claim | None:
    for source, lines in site:
        said = [
            part for text in page_facts.paragraphs(lines) for part in page_facts.sentences(text)
        ]
        for sentence in sorted(said[1:], key=lambda s: not s.startswith("Built for")):
            if re.search(r"\b(built for|instead of|to replace|unlike|made for)\b", sentence, re.I):
                return Claim(text=sentence, sources=[source.id])
        if names := page_facts.customers(lines):
            return Claim(text=f"Names as customers: {', '.join(names)}.", sources=[source.id])
    return None


def _offerings(site: Site) -> list[Offering]:
    return [
        Offering(name=name, description=does or "No description given.", sources=[source.id])
        for source, lines in site
        for name, does in page_facts.offerings(lines)
    ][:8]


def _pricing(site: Site) -> list[PricePoint]:
    return [
        PricePoint(plan=plan, price=price, sources=[source.id])
        for source, lines in site
        for plan, price in page_facts.prices(lines)
    ][:8]


def _written_about(prompt: Prompt) -> list[PromptSource]:
    """News, and only those pages of the web that name the company."""
    first_word = (prompt.company.split() or [""])[0].lower()
    pages = [s for s in prompt.of_kind("web") if first_word in f"{s.title} {s.text}".lower()]
    return [*prompt.of_kind("news"), *pages]


def _told(
    sources: Iterable[PromptSource],
    wanted: re.Pattern[str],
    not_wanted: re.Pattern[str] | None = None,
) -> list[Claim]:
    titles = [(source, source.title) for source in sources if wanted.search(source.title)]
    return [
        Claim(text=f"{title.rstrip('.')}.", sources=[source.id])
        for source, title in titles
        if not_wanted is None or not not_wanted.search(title)
    ]


def _recent(news: list[PromptSource]) -> list[NewsItem]:
    newest_first = sorted(news, key=lambda source: source.published or "", reverse=True)
    return [
        NewsItem(headline=source.title, date=source.published, sources=[source.id])
        for source in newest_first[:MOST_NEWS]
        if source.title
    ]


def _voices(reviews: list[PromptSource], field: str) -> list[Claim]:
    """What was said most often first, with everyone who said it."""
    said: defaultdict[str, list[str]] = defaultdict(list)
    for source in reviews:
        if text := source.field(field):
            said[text].append(source.id)
    often = sorted(said.items(), key=lambda item: -len(item[1]))
    return [Claim(text=text, sources=ids) for text, ids in often[:MOST_VOICES]]


def _customers(
    reviews: list[PromptSource], praised: list[Claim], criticised: list[Claim]
) -> CustomerVoice:
    ratings = [r for s in reviews if (r := _number(s.field("rating"))) is not None]
    told = [r for s in reviews if (r := _number(s.field("average rating"))) is not None]
    counts = [c for s in reviews if (c := _number(s.field("review count"))) is not None]
    mean = round(fmean(ratings), 1) if ratings else None
    count = int(counts[0]) if counts else len(reviews)
    return CustomerVoice(
        rating=told[0] if told else mean,
        review_count=count if reviews else None,
        praised=praised,
        criticised=criticised,
    )


def _number(text: str | None) -> float | None:
    found = re.match(r"\d+(\.\d+)?", text or "")
    return float(found[0]) if found else None


def _meaning(prompt: Prompt) -> list[Claim]:
    """What the sources say about each criterion, or else about the decision's title."""
    title = prompt.decision.partition("\n")[0].strip()
    topics = re.findall(r"^Criterion: (.+?)(?: \(.*)?$", prompt.decision, re.MULTILINE) or [title]
    claims = [claim for topic in topics if (claim := _said_about(topic, prompt)) is not None]
    return claims[:MOST_TOPICS]


def _said_about(topic: str, prompt: Prompt) -> Claim | None:
    words = set(re.findall(r"[a-z]{4,}", topic.lower())) - _EMPTY_WORDS
    stems = {word[:5] for word in words}
    for source in prompt.sources:
        for line in page_facts.lines_of(source.text):
            quotable = not line.heading and "|" not in line.text
            if quotable and any(stem in line.text.lower() for stem in stems):
                said = re.sub(r"^(liked|disliked|benefits): ", "", line.text).replace("**", "")
                return Claim(text=f"On “{topic}”: {first_sentences(said, 1)}", sources=[source.id])
    return None
