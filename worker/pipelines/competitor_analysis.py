"""Analyse a competitor: its site, its news, its reviews; then a profile of it.

The first three steps need nothing of each other and run side by side.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from plinthctl.domain.flaws import strange_address, unknown_source
from plinthctl.domain.ids import IdPrefix
from plinthctl.domain.inputs import CompetitorAnalysisInput
from plinthctl.domain.results import CompetitorProfile, NewResult, ResultKind, Source
from plinthctl.domain.text import cut
from worker.context import Finished, StepContext, StepFunction
from worker.pipelines.parts.asking import ask, flawed, provenance, signature
from worker.pipelines.prompts.competitor_profile import (
    PROMPT_VERSION,
    SYSTEM,
    ProfileQuestion,
    missing_words,
    prompt,
)
from worker.pipelines.prompts.gathered import Gathered, kept_reviews

PAGE_CHARS: Final = 24_000
HIT_CHARS: Final = 2_000


def _input(ctx: StepContext) -> CompetitorAnalysisInput:
    assert isinstance(ctx.input, CompetitorAnalysisInput)
    return ctx.input


async def scrape_website(ctx: StepContext) -> Any:
    """The company's page as Markdown."""
    page = await ctx.providers.web.read(_input(ctx).company_url, ctx.call)
    kept = page.model_copy(update={"markdown": cut(page.markdown, PAGE_CHARS)})
    return kept.model_dump(mode="json")


async def search_news(ctx: StepContext) -> Any:
    """What is written about the company; an empty list is an answer."""
    hits = await ctx.providers.news.news(f"{_input(ctx).company_name} news", ctx.call)
    return [
        hit.model_copy(update={"text": cut(hit.text, HIT_CHARS)}).model_dump(mode="json")
        for hit in hits
    ]


async def get_reviews(ctx: StepContext) -> Any:
    """What its customers say."""
    given = _input(ctx)
    found = await ctx.providers.reviews.reviews(given.company_name, given.company_url, ctx.call)
    return kept_reviews(found).model_dump(mode="json")


async def generate_profile(ctx: StepContext) -> Any:
    """The profile, written from the sources, every citation checked."""
    gathered = Gathered.of(ctx.outputs)
    question = _question(ctx, gathered)
    written = await ask(ctx, CompetitorProfile, SYSTEM, partial(prompt, question))
    sources = [quoted.source for quoted in gathered.quoted()]
    check(written.value, sources, _input(ctx).company_url)
    return {
        "profile": _under_its_name(written.value, _input(ctx).company_name),
        "sources": [source.model_dump(mode="json") for source in sources],
        **signature(written, PROMPT_VERSION),
    }


def _question(ctx: StepContext, gathered: Gathered) -> ProfileQuestion:
    given = _input(ctx)
    return ProfileQuestion(
        company_name=given.company_name,
        company_url=given.company_url,
        sources=gathered.quoted(),
        missing=missing_words(gathered.missing()),
        decision=ctx.decision,
        feedback=ctx.feedback,
    )


def check(profile: CompetitorProfile, sources: Sequence[Source], company_url: str) -> None:
    """Every id that the profile cites is one of the sources given, and every address
    in it that of a page that was fetched.

    Raises:
        ProviderError: parse_error; its detail tells the model which are not.
    """
    given = [source.id for source in sources]
    fetched = [company_url, *(source.url for source in sources)]
    flaw = unknown_source(profile.cited(), given) or strange_address(profile.model_dump(), fetched)
    if flaw is not None:
        raise flawed(flaw)


def _under_its_name(profile: CompetitorProfile, company_name: str) -> dict[str, Any]:
    return profile.model_copy(update={"company_name": company_name}).model_dump(mode="json")


async def save_results(ctx: StepContext) -> Finished:
    """The profile's row, written with the job's end."""
    written: Mapping[str, Any] = ctx.outputs["generate-profile"]
    profile_id = ctx.new_id(IdPrefix.PROFILE)
    profile = NewResult(
        id=profile_id,
        kind=ResultKind.PROFILE,
        title=_input(ctx).company_name,
        body=written["profile"],
        provenance=provenance(written, simulated=ctx.providers.simulated),
    )
    return Finished(output={"competitor_profile_id": profile_id}, results=(profile,))


STEPS: Final[Mapping[str, StepFunction]] = {
    "scrape-website": scrape_website,
    "search-news": search_news,
    "get-reviews": get_reviews,
    "generate-profile": generate_profile,
    "save-results": save_results,
}
