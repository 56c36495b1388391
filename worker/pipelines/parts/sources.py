"""From search hits to sources: each with its text and a number, or left out with a reason."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from pydantic import TypeAdapter

from plinthctl.domain.addresses import same_page
from plinthctl.domain.failures import Failure, FailureClass
from plinthctl.domain.inputs import is_web_address
from plinthctl.domain.text import cut
from worker.context import Hit, ProviderError, StepContext, Warned
from worker.pipelines.parts.together import mildest, together
from worker.pipelines.prompts.sources import Quoted, from_hit, numbered

SOURCE_CHARS: Final = 6_000
READS_AT_ONCE: Final = 4  # the smaller plans have few browsers: firecrawl.md section 7

_SOURCES: Final = TypeAdapter(tuple[Quoted, ...])
# Bounded, and without brackets inside: a page of brackets costs no square of its length.
_IMAGE: Final = re.compile(r"!\[[^\[\]]{0,1000}\]\([^()]{0,2000}\)")
_LINK: Final = re.compile(r"\[([^\[\]]{0,1000})\]\([^()]{0,2000}\)")


@dataclass(frozen=True, slots=True)
class Collected:
    """The sources of a job, and the pages that it goes without, with the reason by
    their address."""

    sources: tuple[Quoted, ...]
    left_out: Mapping[str, str]

    def stored(self) -> dict[str, Any]:
        """As a step's output keeps it."""
        return {
            "sources": _SOURCES.dump_python(self.sources, mode="json"),
            "left_out": dict(self.left_out),
        }

    @classmethod
    def of(cls, output: Mapping[str, Any]) -> "Collected":
        """From a step's output."""
        return cls(_SOURCES.validate_python(output["sources"]), output["left_out"])

    def warnings(self, step: str) -> Iterator[Warned]:
        """What the user should know of what is missing; pages of one fate together."""
        reasons: dict[str, list[str]] = {}
        for url, reason in self.left_out.items():
            reasons.setdefault(reason, []).append(url)
        for reason, urls in reasons.items():
            what = cut(urls[0], 200) if len(urls) == 1 else f"{len(urls)} pages"
            yield Warned(step, f"{what} could not be used. {reason}")


async def read_all(ctx: StepContext, hits: Sequence[Hit], found_in: str) -> Collected:
    """The hits as sources, found in that step; what came without a text is read.

    Raises:
        ProviderError: there are hits, and none of them could be read.
    """
    calls = [partial(_read, ctx, hit, found_in) for hit in hits]
    return _collected(hits, await together(calls, READS_AT_ONCE))


def with_text(hits: Sequence[Hit], found_in: str) -> Collected:
    """The hits as sources, found in that step; what came without a text is left out.

    Raises:
        ProviderError: there are hits, and none has a text.
    """
    missing = _no_text(FailureClass.PROVIDER_UNAVAILABLE, "exa", "The search brought no text.")
    found = [from_hit(hit, found_in) if hit.text.strip() else missing for hit in hits]
    return _collected(hits, found)


async def _read(ctx: StepContext, hit: Hit, found_in: str) -> Quoted:
    quoted = from_hit(hit, found_in)
    if hit.text.strip():
        return quoted
    page = await ctx.providers.web.read(hit.url, ctx.call)
    if not page.markdown.strip():
        raise _no_text(FailureClass.INVALID_INPUT, page.provider, "The page has no text.")
    fetched = {
        "url": page.url if is_web_address(page.url) else hit.url,
        "provider": page.provider,
        "step": ctx.step,
        "fetched_at": page.fetched_at,
    }
    return Quoted(quoted.source.model_copy(update=fetched), page.markdown)


def _collected(hits: Sequence[Hit], found: Sequence[Quoted | ProviderError]) -> Collected:
    """One source for each page that has become one; redirects may lead to the same."""
    failures = {
        hit.url: one for hit, one in zip(hits, found, strict=True) if isinstance(one, ProviderError)
    }
    pages = {same_page(one.source.url): one for one in found if isinstance(one, Quoted)}
    if failures and not pages:
        raise _none_left(list(failures.values()))
    sources = [replace(one, text=readable(one.text)) for one in pages.values()]
    reasons = {url: error.failure.message for url, error in failures.items()}
    return Collected(numbered(sources), reasons)


def readable(markdown: str) -> str:
    """The text that a model reads and quotes: without addresses, and not too long."""
    beginning = markdown[: 4 * SOURCE_CHARS]
    return cut(_LINK.sub(r"\1", _IMAGE.sub("", beginning)), SOURCE_CHARS)


def _no_text(failure_class: FailureClass, provider: str, message: str) -> ProviderError:
    return ProviderError(Failure(failure_class, message, provider=provider))


def _none_left(failures: Sequence[ProviderError]) -> ProviderError:
    failure = mildest(failures).failure
    if len(failures) == 1:
        return ProviderError(failure)
    told = f"None of the {len(failures)} pages that were found could be used. {failure.message}"
    return ProviderError(replace(failure, message=told))
