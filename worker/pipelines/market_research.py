"""Research a market: queries, their sources, and what those say, word for word."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from plinthctl.domain.evidence import FoundEvidence, ResearchPlan
from plinthctl.domain.inputs import MarketResearchInput
from plinthctl.domain.text import cut, one_line
from worker.context import Finished, StepContext, StepFunction
from worker.pipelines.parts.asking import ask, signature, unusable
from worker.pipelines.parts.evidence import NOTHING_TO_READ, checked, saved
from worker.pipelines.parts.searching import hits_of, search_all, stored
from worker.pipelines.parts.sources import Collected, read_all
from worker.pipelines.prompts import market_evidence, research_plan
from worker.pipelines.prompts.market_evidence import MarketQuestion
from worker.pipelines.prompts.research_plan import PlanQuestion

LEAST_QUERIES: Final = 3
MOST_QUERIES: Final = 5
QUERY_CHARS: Final = 300


def _input(ctx: StepContext) -> MarketResearchInput:
    assert isinstance(ctx.input, MarketResearchInput)
    return ctx.input


async def plan_queries(ctx: StepContext) -> Any:
    """What to search for: 3 to 5 queries."""
    given = _input(ctx)
    question = PlanQuestion(given.topic, given.market, given.region, ctx.decision, ctx.feedback)
    written = await ask(
        ctx, ResearchPlan, research_plan.SYSTEM, lambda _marker: research_plan.prompt(question)
    )
    return {
        "queries": usable_queries(written.value.queries),
        **signature(written, research_plan.PROMPT_VERSION),
    }


def usable_queries(written: Sequence[str]) -> list[str]:
    """The first 5 different queries.

    Raises:
        ProviderError: parse_error; there are fewer than 3.
    """
    once = {query.casefold(): query for query in map(one_line, written) if query}
    if len(once) < LEAST_QUERIES:
        wanted = f"{LEAST_QUERIES} to {MOST_QUERIES} different queries"
        raise unusable("too_few_queries", f"{wanted} are wanted, not {len(once)}.")
    return [cut(query, QUERY_CHARS) for query in once.values()][:MOST_QUERIES]


async def search_sources(ctx: StepContext) -> Any:
    """What the queries find, searched at the same time, one page once."""
    return stored(await search_all(ctx, ctx.outputs["plan-queries"]["queries"]))


async def read_sources(ctx: StepContext) -> Any:
    """The sources' texts; only what the search brought no text for is read."""
    hits = hits_of(ctx.outputs["search-sources"])
    return (await read_all(ctx, hits, "search-sources")).stored()


async def extract_evidence(ctx: StepContext) -> Any:
    """What the sources say about the topic, every quote checked."""
    sources = Collected.of(ctx.outputs["read-sources"]).sources
    if not sources:
        return dict(NOTHING_TO_READ)
    given = _input(ctx)
    question = MarketQuestion(
        topic=given.topic,
        market=given.market,
        region=given.region,
        max_items=given.max_items,
        sources=sources,
        decision=ctx.decision,
        feedback=ctx.feedback,
    )
    written = await ask(
        ctx, FoundEvidence, market_evidence.SYSTEM, partial(market_evidence.prompt, question)
    )
    return {
        **checked(written.value.items, sources, given.max_items),
        **signature(written, market_evidence.PROMPT_VERSION),
    }


async def save_results(ctx: StepContext) -> Finished:
    """The items' rows, written with the job's end."""
    return saved(ctx, "read-sources", "extract-evidence")


STEPS: Final[Mapping[str, StepFunction]] = {
    "plan-queries": plan_queries,
    "search-sources": search_sources,
    "read-sources": read_sources,
    "extract-evidence": extract_evidence,
    "save-results": save_results,
}
