"""Write a brief about a decision, streamed, its every citation checked and numbered."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from plinthctl.domain.briefs import (
    Brief,
    BriefDraft,
    finished,
    flaw_of,
    numbered,
    share_written,
)
from plinthctl.domain.ids import IdPrefix
from plinthctl.domain.inputs import BriefGenerationInput
from plinthctl.domain.results import NewResult, ResultKind
from plinthctl.domain.text import cut, one_line
from worker.context import Finished, StepContext, StepFunction
from worker.pipelines.parts.asking import ask_streamed, flawed, provenance, signature
from worker.pipelines.parts.gathering import Items, gather
from worker.pipelines.prompts.brief import PROMPT_VERSION, SYSTEM, BriefQuestion, prompt

TITLE_CHARS: Final = 200
READ: Final = (ResultKind.ANALYSIS, ResultKind.EVIDENCE, ResultKind.PROFILE)


def _input(ctx: StepContext) -> BriefGenerationInput:
    assert isinstance(ctx.input, BriefGenerationInput)
    return ctx.input


async def gather_decision(ctx: StepContext) -> Any:
    """The decision with its criteria and options, and what was gathered for it."""
    return (await gather(ctx, READ)).stored()


async def write_brief(ctx: StepContext) -> Any:
    """The draft, written from the items, every citation checked."""
    items, given = Items.of(ctx.outputs["gather-decision"]), _input(ctx)
    question = BriefQuestion(
        given.title, given.audience, items.decision, items.sources, ctx.feedback
    )
    written = await ask_streamed(
        ctx,
        BriefDraft,
        SYSTEM,
        partial(prompt, question),
        heard=lambda chars: ctx.reached(share_written(chars)),
    )
    if flaw := flaw_of(written.value, items.ids, items.addresses):
        raise flawed(flaw)
    return {"draft": written.value.model_dump(mode="json"), **signature(written, PROMPT_VERSION)}


async def number_citations(ctx: StepContext) -> Any:
    """The whole brief: its citations numbered by their first use, and its sources."""
    items = Items.of(ctx.outputs["gather-decision"])
    draft = BriefDraft.model_validate(ctx.outputs["write-brief"]["draft"])
    text = numbered(draft.markdown)
    given = {one.source.id: one.source for one in items.sources}
    sources = [
        given[cited].model_copy(update={"id": str(number)})
        for number, cited in enumerate(text.cited, 1)
    ]
    title = cut(one_line(_input(ctx).title or draft.title or items.decision.title), TITLE_CHARS)
    whole = finished(title, text.markdown, sources, simulated=ctx.providers.simulated)
    return {
        "title": title,
        "markdown": whole,
        "sources": [source.model_dump(mode="json") for source in sources],
    }


async def save_results(ctx: StepContext) -> Finished:
    """The brief's row, written with the job's end."""
    items = Items.of(ctx.outputs["gather-decision"])
    whole: Mapping[str, Any] = ctx.outputs["number-citations"]
    brief_id = ctx.new_id(IdPrefix.BRIEF)
    body = Brief(markdown=whole["markdown"], audience=_input(ctx).audience)
    brief = NewResult(
        id=brief_id,
        kind=ResultKind.BRIEF,
        title=whole["title"],
        body=body.model_dump(mode="json"),
        provenance=provenance(
            {**ctx.outputs["write-brief"], "sources": whole["sources"]},
            simulated=ctx.providers.simulated,
        ),
    )
    return Finished(output={"brief_id": brief_id}, results=(brief,), warnings=items.warnings)


STEPS: Final[Mapping[str, StepFunction]] = {
    "gather-decision": gather_decision,
    "write-brief": write_brief,
    "number-citations": number_citations,
    "save-results": save_results,
}
