"""Analyse one option of a decision: for, against, and how it does by each criterion."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from plinthctl.domain.analyses import OptionAnalysis, analysed, cited_by, flaw_of
from plinthctl.domain.decisions import DecisionContext, Option, named_option
from plinthctl.domain.ids import IdPrefix
from plinthctl.domain.inputs import OptionAnalysisInput
from plinthctl.domain.results import NewResult, ResultKind
from worker.context import Finished, StepContext, StepFunction
from worker.pipelines.parts.asking import ask, flawed, provenance, signature
from worker.pipelines.parts.gathering import Items, gather, wrong_input
from worker.pipelines.prompts.option_analysis import (
    PROMPT_VERSION,
    SYSTEM,
    OptionQuestion,
    prompt,
)

READ: Final = (ResultKind.EVIDENCE, ResultKind.PROFILE)


def _option(ctx: StepContext, decision: DecisionContext) -> Option:
    assert isinstance(ctx.input, OptionAnalysisInput)
    found = named_option(decision, ctx.input.option)
    if found is None:
        raise wrong_input(f'The decision has no option "{ctx.input.option}".')
    return found


async def gather_context(ctx: StepContext) -> Any:
    """The decision with its criteria and options, and what was gathered for it."""
    items = await gather(ctx, READ)
    _option(ctx, items.decision)
    return items.stored()


async def analyze_option(ctx: StepContext) -> Any:
    """The analysis, written from the items, every citation and score checked."""
    items = Items.of(ctx.outputs["gather-context"])
    option, criteria = _option(ctx, items.decision), items.decision.criteria
    question = OptionQuestion(option, items.decision, items.sources, ctx.feedback)
    written = await ask(ctx, OptionAnalysis, SYSTEM, partial(prompt, question))
    if flaw := flaw_of(written.value, criteria, items.ids, items.addresses):
        raise flawed(flaw)
    cited = set(cited_by(written.value))
    return {
        "analysis": analysed(written.value, option, criteria).model_dump(mode="json"),
        "sources": [
            one.source.model_dump(mode="json") for one in items.sources if one.source.id in cited
        ],
        **signature(written, PROMPT_VERSION),
    }


async def save_results(ctx: StepContext) -> Finished:
    """The analysis's row, written with the job's end."""
    items = Items.of(ctx.outputs["gather-context"])
    option = _option(ctx, items.decision)
    written: Mapping[str, Any] = ctx.outputs["analyze-option"]
    analysis_id = ctx.new_id(IdPrefix.ANALYSIS)
    analysis = NewResult(
        id=analysis_id,
        kind=ResultKind.ANALYSIS,
        title=option.name,
        body=written["analysis"],
        provenance=provenance(written, simulated=ctx.providers.simulated),
        option_id=option.id,
    )
    return Finished(
        output={"option_analysis_id": analysis_id}, results=(analysis,), warnings=items.warnings
    )


STEPS: Final[Mapping[str, StepFunction]] = {
    "gather-context": gather_context,
    "analyze-option": analyze_option,
    "save-results": save_results,
}
