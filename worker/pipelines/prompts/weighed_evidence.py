"""The question that `WeighedEvidence` answers: what speaks for and against something?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
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

PROMPT_VERSION: Final = "weighed_evidence/1"

SYSTEM: Final = f"""\
You weigh evidence for people who decide. You pick out what sources say on a query,
whichever side it helps.
{QUOTE_RULES}

- finding: what the quote says, in one sentence of your own, plainly, in English.
- quote: in the source's own language.
- relevance: how much it tells about the query, and for the decision where there is
  one: 0 to 1.
- stance: for, when the quote supports what the query claims or hopes for; against,
  when it contradicts or doubts it; neutral, when it does neither, or when the query
  takes no side.
Look for both sides. Measurements and numbers before opinions, the most relevant
first; no more items than are asked for, and rather fewer than weak ones."""


@dataclass(frozen=True, slots=True)
class WeighingQuestion:
    """All that the prompt says. ``feedback``: what was wrong with the last answer."""

    query: str
    since: date | None
    max_items: int
    sources: Sequence[Quoted]
    decision: DecisionContext | None
    feedback: str | None


def prompt(question: WeighingQuestion, marker: str) -> str:
    """The user's message. ``marker`` is drawn at random for each prompt."""
    return composed(
        said(
            query=question.query,
            published_since=question.since,
            items_at_most=question.max_items,
        ),
        decision_block(question.decision),
        fenced(question.sources, marker),
        feedback_block(question.feedback),
    )
