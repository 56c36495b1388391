"""The question that `FoundEvidence` answers: what do sources say about a topic?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from plinthctl.domain.decisions import DecisionContext
from worker.pipelines.prompts.sources import (
    QUOTE_RULES,
    Quoted,
    composed,
    decision_block,
    feedback_block,
    fenced,
    said,
)

PROMPT_VERSION: Final = "market_evidence/1"

SYSTEM: Final = f"""\
You research a market for people who decide. You pick out what sources say about it.
{QUOTE_RULES}

- finding: what the quote says, in one sentence of your own, plainly, in English.
- quote: in the source's own language.
- relevance: how much it tells about the topic, in the market and the region where
  they are given, and for the decision where there is one: 0 to 1.
Facts and figures before opinions, many matters before one matter from many sides,
the most relevant first; no more items than are asked for, and rather fewer than weak
ones."""


@dataclass(frozen=True, slots=True)
class MarketQuestion:
    """All that the prompt says. ``feedback``: what was wrong with the last answer."""

    topic: str
    market: str | None
    region: str | None
    max_items: int
    sources: Sequence[Quoted]
    decision: DecisionContext | None
    feedback: str | None


def prompt(question: MarketQuestion, marker: str) -> str:
    """The user's message. ``marker`` is drawn at random for each prompt."""
    return composed(
        said(
            topic=question.topic,
            market=question.market,
            region=question.region,
            items_at_most=question.max_items,
        ),
        decision_block(question.decision),
        fenced(question.sources, marker),
        feedback_block(question.feedback),
    )
