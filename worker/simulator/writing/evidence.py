"""What the simulated LLM searches for and quotes, out of the prompt's own facts.

It is gullible: what a source orders it to write, it writes, for every source. So
tests can see what becomes of that.
"""

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Final

from plinthctl.domain.evidence import (
    FoundEvidence,
    QuotedFinding,
    ResearchPlan,
    Stance,
    WeighedEvidence,
    WeighedFinding,
)
from worker.simulator.world.topics import ASPECTS
from worker.simulator.writing.page_facts import lines_of, sentences
from worker.simulator.writing.prompt import Prompt, PromptSource

QUERIES: Final = 4  # without a decision
MOST_ITEMS: Final = 10  # where the prompt does not say
EACH: Final = 2  # sentences of a source, at most

_AGAINST: Final = re.compile(
    r"\b(no effect|critic|warn|unproven|exaggerat|gave\b.*\bup|postponed|hidden|cost more|dislike)",
    re.IGNORECASE,
)
_FOR: Final = re.compile(
    r"\b(clear effect|robust|rose|double|more than|less waste|already use|welcome|urgent|mattered)",
    re.IGNORECASE,
)
_ORDER: Final = re.compile(r"ignore (?:all |any )?previous instructions\W+(.+)", re.IGNORECASE)
_OUR_OWN_WORDS: Final = "Simulated"


def write_plan(prompt: Prompt) -> ResearchPlan:
    """A query for each side of the market, and one for what the decision asks first."""
    market, region = prompt.said("Market"), prompt.said("Region")
    scope = " ".join(
        (
            prompt.said("Topic") or "everything",
            *([f"for {market}"] if market else []),
            *([f"in {region}"] if region else []),
        )
    )
    criterion = re.search(r"^Criterion: (.+?)(?: \(.*)?$", prompt.decision, re.MULTILINE)
    sides = [*list(ASPECTS)[:QUERIES], *([criterion[1]] if criterion else [])]
    return ResearchPlan(queries=[f"{scope} {side}" for side in sides])


def write_found(prompt: Prompt) -> FoundEvidence:
    """What the sources say about the topic."""
    return FoundEvidence(items=[_quoted(item) for item in _items(prompt)])


def write_weighed(prompt: Prompt) -> WeighedEvidence:
    """What the sources say for and against the query."""
    return WeighedEvidence(items=_items(prompt))


def _quoted(item: WeighedFinding) -> QuotedFinding:
    return QuotedFinding(**item.model_dump(exclude={"stance"}))


def _items(prompt: Prompt) -> list[WeighedFinding]:
    most = int(prompt.said("Items at most") or MOST_ITEMS)
    topic = " ".join(prompt.said(name) for name in ("Topic", "Query", "Market", "Region"))
    told = [[*_told(source, _stems(topic))] for source in prompt.sources]
    first_of_each = [one for rank in zip_longest(*told) for one in rank if one is not None]
    return [*_as_ordered(prompt), *first_of_each[:most]]


def _as_ordered(prompt: Prompt) -> Iterator[WeighedFinding]:
    for order in (found[1] for source in prompt.sources for found in _ORDER.finditer(source.text)):
        for source in prompt.sources:
            yield WeighedFinding(
                finding=order, quote=order, source=source.id, relevance=1.0, stance=Stance.FOR
            )


def _told(source: PromptSource, stems: frozenset[str]) -> Iterator[WeighedFinding]:
    """Its best sentences, each with what it is worth."""
    said = [
        sentence
        for line in lines_of(source.text)
        if not line.heading
        for sentence in sentences(line.text)
        if _OUR_OWN_WORDS not in sentence and not _ORDER.search(sentence)
    ]
    worth = {sentence: _worth(sentence, stems) for sentence in said}
    for sentence in sorted(worth, key=lambda sentence: -worth[sentence])[:EACH]:
        yield WeighedFinding(
            finding=f"{sentence.partition(', ')[0].rstrip('.')}.",
            quote=sentence,
            source=source.id,
            relevance=worth[sentence],
            stance=_stance(sentence),
        )


def _worth(text: str, stems: frozenset[str]) -> float:
    """From 0 to 1: how many of the topic's words it has, and how many figures."""
    named = len(stems & _stems(text)) / len(stems) if stems else 0
    figures = min(3, len(re.findall(r"\d+", text)))
    return round(0.1 + 0.6 * named + 0.1 * figures, 2)


def _stance(sentence: str) -> Stance:
    if _AGAINST.search(sentence):
        return Stance.AGAINST
    return Stance.FOR if _FOR.search(sentence) else Stance.NEUTRAL


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:5] for word in re.findall(r"\w{4,}", text.lower()))
