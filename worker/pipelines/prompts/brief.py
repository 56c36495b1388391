"""The question that a `BriefDraft` answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from plinthctl.domain.decisions import DecisionContext
from worker.pipelines.prompts.option_analysis import NO_SOURCES, told
from worker.pipelines.prompts.sources import (
    DATA_RULES,
    Quoted,
    composed,
    decision_block,
    feedback_block,
    fenced,
    said,
)

PROMPT_VERSION: Final = "brief/1"

SYSTEM: Final = f"""\
You write a brief about a decision for people who decide.
{DATA_RULES}
Cite behind every statement the ids of the sources that show it, each in brackets of
its own: [S1][S4]. Cite no id that is not there, and write no numbers of your own in
brackets. What no source shows, leave out, or say that it is not known.

- title: what is decided, in a few words; the given title where there is one.
- markdown: 400 to 800 words in sections with ## headings: the question; each option
  with what speaks for and against it; what the evidence says, against too; what rivals
  do, where a profile says it; what is not known; the recommendation and on what it rests.
Plain Markdown: headings, paragraphs, lists. No title, no list of sources, no links, no
web addresses, no images, no HTML: readers get the sources from us.
Write plainly, in English, for the audience where one is given, without praise."""


@dataclass(frozen=True, slots=True)
class BriefQuestion:
    """All that the prompt says. ``feedback``: what was wrong with the last answer."""

    title: str | None
    audience: str | None
    decision: DecisionContext
    sources: Sequence[Quoted]
    feedback: str | None


def prompt(question: BriefQuestion, marker: str) -> str:
    """The user's message. ``marker`` is drawn at random for each prompt."""
    options = (f"Option {n}: {told(one)}" for n, one in enumerate(question.decision.options, 1))
    return composed(
        said(title=question.title, audience=question.audience),
        "\n".join(options),
        decision_block(question.decision),
        fenced(question.sources, marker) or NO_SOURCES,
        feedback_block(question.feedback),
    )
