"""Search for evidence on a query, and weigh it: what speaks for it, what against."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from plinthctl.domain.evidence import WeighedEvidence
from plinthctl.domain.inputs import EvidenceSearchInput
from worker.context import Finished, StepContext, StepFunction
from worker.pipelines.parts.asking import ask, signature
from worker.pipelines.parts.evidence import NOTHING_TO_READ, checked, saved
from worker.pipelines.parts.searching import search_all
from worker.pipelines.parts.sources import Collected, with_text
from worker.pipelines.prompts.weighed_evidence import (
    PROMPT_VERSION,
    SYSTEM,
    WeighingQuestion,
    prompt,
)


def _input(ctx: StepContext) -> EvidenceSearchInput:
    assert isinstance(ctx.input, EvidenceSearchInput)
    return ctx.input


async def search_sources(ctx: StepContext) -> Any:
    """What the web says on the query, with the text that the search brings."""
    given = _input(ctx)
    hits = await search_all(ctx, [given.query], given.since)
    return with_text(hits, ctx.step).stored()


async def weigh_evidence(ctx: StepContext) -> Any:
    """What the sources say, how relevant it is and for which side, every quote checked."""
    sources = Collected.of(ctx.outputs["search-sources"]).sources
    if not sources:
        return dict(NOTHING_TO_READ)
    given = _input(ctx)
    question = WeighingQuestion(
        query=given.query,
        since=given.since,
        max_items=given.max_items,
        sources=sources,
        decision=ctx.decision,
        feedback=ctx.feedback,
    )
    written = await ask(ctx, WeighedEvidence, SYSTEM, partial(prompt, question))
    return {
        **checked(written.value.items, sources, given.max_items),
        **signature(written, PROMPT_VERSION),
    }


async def save_results(ctx: StepContext) -> Finished:
    """The items' rows, written with the job's end."""
    return saved(ctx, "search-sources", "weigh-evidence")


STEPS: Final[Mapping[str, StepFunction]] = {
    "search-sources": search_sources,
    "weigh-evidence": weigh_evidence,
    "save-results": save_results,
}
