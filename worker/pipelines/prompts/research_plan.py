"""The question that a `ResearchPlan` answers."""

from dataclasses import dataclass
from typing import Final

from plinthctl.domain.decisions import DecisionContext
from worker.pipelines.prompts.sources import composed, decision_block, feedback_block, said

PROMPT_VERSION: Final = "research_plan/1"

SYSTEM: Final = """\
You plan a market research for people who decide. Write 3 to 5 search queries for a
web search engine that understands plain language.

- Each query looks at another side of the topic: size and growth, prices, who buys
  and why, suppliers and rivals, risks and rules; what counts for the decision first,
  where one is given.
- Each names the topic, and the market and the region where they are given: the
  search engine knows nothing else.
- No operators, no quotation marks, at most 15 words."""


@dataclass(frozen=True, slots=True)
class PlanQuestion:
    """All that the prompt says. ``feedback``: what was wrong with the last answer."""

    topic: str
    market: str | None
    region: str | None
    decision: DecisionContext | None
    feedback: str | None


def prompt(question: PlanQuestion) -> str:
    """The user's message. It holds no text from outside, and so no fence."""
    return composed(
        said(topic=question.topic, market=question.market, region=question.region),
        decision_block(question.decision),
        feedback_block(question.feedback),
    )
