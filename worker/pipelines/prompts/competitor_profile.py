"""The question that a `CompetitorProfile` answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from plinthctl.domain.decisions import DecisionContext
from plinthctl.domain.results import SourceKind
from worker.pipelines.prompts.sources import (
    RULES,
    Quoted,
    composed,
    decision_block,
    feedback_block,
    fenced,
    said,
)

PROMPT_VERSION: Final = "competitor_profile/2"

SYSTEM: Final = f"""\
You are an analyst. You write the profile of a competitor for people who decide.
{RULES}

- summary: what the company does, for whom, in two sentences.
- positioning: whom it serves and against what, as its own words show.
- offerings, pricing: only what the sources name; prices as they write them.
- strengths and weaknesses: from the sources, not from general knowledge.
- recent_news: from sources of kind news or web, the newest first.
- customers: from sources of kind review; rating and review_count are the
  averages that the sources give. Without reviews: null, null and empty lists.
- meaning_for_us: what it means for the decision above the sources, against its
  criteria; an empty list where no decision is given.
Write plainly, in English, one statement a claim, without praise and without web
addresses."""


@dataclass(frozen=True, slots=True)
class ProfileQuestion:
    """All that the prompt says.

    Attributes:
        missing: What could not be had, as words for the model.
        feedback: What was wrong with the last answer.
    """

    company_name: str
    company_url: str
    sources: Sequence[Quoted]
    missing: Sequence[str]
    decision: DecisionContext | None
    feedback: str | None


def prompt(question: ProfileQuestion, marker: str) -> str:
    """The user's message. ``marker`` is drawn at random for each prompt."""
    return composed(
        said(company=question.company_name, website=question.company_url),
        decision_block(question.decision),
        *question.missing,
        fenced(question.sources, marker),
        feedback_block(question.feedback),
    )


def missing_words(kinds: Sequence[SourceKind]) -> tuple[str, ...]:
    """What to say of sources that could not be had."""
    words = {
        SourceKind.NEWS: "There is no news: the search failed. Leave recent_news empty.",
        SourceKind.REVIEW: (
            "There are no reviews: they could not be had. "
            "Leave rating and review_count null, praised and criticised empty."
        ),
    }
    return tuple(words[kind] for kind in kinds if kind in words)
