"""The question that an `OptionAnalysis` answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from plinthctl.domain.decisions import DecisionContext, Option
from plinthctl.domain.text import one_line
from worker.pipelines.prompts.sources import (
    DATA_RULES,
    Quoted,
    composed,
    decision_block,
    feedback_block,
    fenced,
    said,
)

PROMPT_VERSION: Final = "option_analysis/1"

SYSTEM: Final = f"""\
You analyse one option of a decision for people who decide.
{DATA_RULES}
Cite with every statement the ids of the sources that show it, such as S1, and cite no
id that is not there. Where no source shows it, and your own judgement says it, leave
the list empty: that says so openly. Write no web address.

- summary: what speaks most for and against the option, in two sentences.
- pros, cons, risks: compared with its rivals; what matters for the criteria first.
- cost, effort: amounts and times only as sources name them; else what they depend on.
- scores: one for each criterion by its exact name, 0 to 10, where 10 is best for us:
  where a lower price is better, a low price scores high. No criteria: an empty list.
- confidence: how much of all this the sources show, 0 to 1.
Write plainly, in English, one statement each, without praise."""


@dataclass(frozen=True, slots=True)
class OptionQuestion:
    """All that the prompt says. ``feedback``: what was wrong with the last answer."""

    option: Option
    decision: DecisionContext
    sources: Sequence[Quoted]
    feedback: str | None


def prompt(question: OptionQuestion, marker: str) -> str:
    """The user's message. ``marker`` is drawn at random for each prompt."""
    return composed(
        said(option=question.option.name, about_it=question.option.description),
        _rivals(question),
        decision_block(question.decision),
        fenced(question.sources, marker) or NO_SOURCES,
        feedback_block(question.feedback),
    )


NO_SOURCES: Final = "There are no sources: nothing was gathered for this decision yet."


def _rivals(question: OptionQuestion) -> str:
    rivals = [one for one in question.decision.options if one.id != question.option.id]
    return "\n".join(f"Rival: {told(one)}" for one in rivals)


def told(option: Option) -> str:
    """An option in one line."""
    about = f": {one_line(option.description)}" if option.description else ""
    return f"{one_line(option.name)}{about}"
