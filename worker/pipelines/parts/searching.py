"""Searching the web for several things at the same time: one page once."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from itertools import zip_longest
from typing import Any, Final

from pydantic import TypeAdapter

from plinthctl.domain.addresses import same_page
from plinthctl.domain.inputs import is_web_address
from worker.context import Hit, ProviderError, StepContext
from worker.pipelines.parts.together import gravest, together

MOST_HITS: Final = 20  # what fits into a prompt, and is not too much for one reader

_HITS: Final = TypeAdapter(list[Hit])


async def search_all(
    ctx: StepContext, queries: Sequence[str], since: date | None = None
) -> list[Hit]:
    """What the queries find: one page once, the best of each query first; [] is a
    valid answer. With ``since`` only what says that it is of that day or later.

    Raises:
        ProviderError: one of the searches has failed.
    """
    search = ctx.providers.search.search
    calls = [partial(search, query, ctx.call, since=since) for query in queries]
    found = await together(calls, at_once=max(1, len(calls)))
    if failures := [one for one in found if isinstance(one, ProviderError)]:
        raise gravest(failures)
    hits = merged([one for one in found if not isinstance(one, ProviderError)])
    return [hit for hit in hits if is_usable(hit, since)][:MOST_HITS]


def merged(found: Sequence[Sequence[Hit]]) -> list[Hit]:
    """The hits of several searches, rank by rank, one page once; a page that came with
    its text and without has it."""
    pages: dict[str, Hit] = {}
    for hit in (hit for rank in zip_longest(*found) for hit in rank if hit is not None):
        page = same_page(hit.url)
        if page not in pages or (hit.text and not pages[page].text):
            pages[page] = hit
    return list(pages.values())


def is_usable(hit: Hit, since: date | None) -> bool:
    """Whether a hit is a page of the web, and new enough; one without a date is not
    known to be."""
    dated = since is None or (hit.published is not None and hit.published >= since.isoformat())
    return dated and is_web_address(hit.url)


def stored(hits: list[Hit]) -> Any:
    """Hits as a step's output keeps them."""
    return _HITS.dump_python(hits, mode="json")


def hits_of(output: Any) -> list[Hit]:
    """Hits from a step's output."""
    return _HITS.validate_python(output)
