"""Briefs: Markdown whose every citation points at something that was gathered.

The model cites by the ids that it was given, such as [S3]; readers see numbers in
the order of their first use, and a list of sources.
"""

import math
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from plinthctl.domain.flaws import Flaw, strange_address, unknown_source
from plinthctl.domain.results import Source, SourceKind, WrittenModel
from plinthctl.domain.text import one_line

USUAL_CHARS: Final = 2_000  # after so many, two thirds of the way are gone

SIMULATED_NOTE: Final = (
    "> **Simulated.** No real provider was asked: nothing in this brief is to be relied on."
)

# A citation stands in brackets of whatever shape. Figures alone are one, too: a model
# that numbers its sources by itself has invented the numbers.
_BRACKETED: Final = re.compile(r"[\[【]([^\[\]【】\n]{1,200})[\]】]|\(([^()\n]{1,200})\)")
_ID: Final = re.compile(r"[Ss]\d+")
_HAS_ID: Final = re.compile(r"(?<!\w)\^?[Ss]\d+(?!\w)")
_FIGURES: Final = re.compile(r"\^?\d+(?:[\s,;–-]+\^?\d+)*")
_BETWEEN: Final = re.compile(r"(?:[\s,;&]|\band\b)+")
_MARKUP: Final = re.compile(r"\]\(|^\s*\[[^\]\n]+\]:|<[A-Za-z/!?]", re.MULTILINE)
_FIRST_TITLE: Final = re.compile(r"\A\s*# [^\n]*\n?")
_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>])")
_MADE_HERE: Final = {
    SourceKind.PROFILE: "competitor profile",
    SourceKind.ANALYSIS: "option analysis",
}


class BriefDraft(WrittenModel):
    """What the LLM writes about a decision, by the given items."""

    title: str = Field(description="What the brief is about, in a few words.")
    markdown: str = Field(
        description="The brief without its title, in Markdown, with citations such as [S1]."
    )


class Brief(BaseModel):
    """A brief that was checked; the body of its row. Its Markdown is whole: title,
    text and the list of its sources."""

    model_config = ConfigDict(extra="forbid")

    markdown: str
    audience: str | None


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a text cites, from ``start`` to ``end``, and what: ids as they are given,
    or whatever else stands there."""

    start: int
    end: int
    ids: tuple[str, ...]


def citations_in(markdown: str) -> Iterator[Citation]:
    """Every citation of a text, in its order."""
    for found in _BRACKETED.finditer(markdown):
        inside = (found[1] or found[2]).strip()
        parts = [part for part in _BETWEEN.split(inside) if part]
        if _cites(inside, parts, rounded=found[2] is not None):
            yield Citation(*found.span(), tuple(map(_as_given, parts)))


def _cites(inside: str, parts: Sequence[str], *, rounded: bool) -> bool:
    if rounded:  # brackets that stand in any text: "(2026)", "(Amazon S3)"
        return all(_ID.fullmatch(part) for part in parts)
    return bool(_HAS_ID.search(inside) or _FIGURES.fullmatch(inside))


def _as_given(part: str) -> str:
    return part.upper() if _ID.fullmatch(part) else part


def flaw_of(draft: BriefDraft, given: Sequence[str], addresses: Collection[str]) -> Flaw | None:
    """Why a draft cannot be used; None: it can.

    Args:
        given: The ids that it may cite.
        addresses: Of the pages that were fetched.
    """
    if not draft.markdown.strip():
        return Flaw("empty_brief", "The brief is empty.")
    texts = f"{draft.title}\n{draft.markdown}"
    cited = [one for citation in citations_in(texts) for one in citation.ids]
    return (
        unknown_source(cited, given)
        or _uncited(cited, given)
        or strange_address(texts, addresses)
        or _marked_up(texts)
    )


def _uncited(cited: Sequence[str], given: Sequence[str]) -> Flaw | None:
    if cited or not given:
        return None
    told = "The brief cites nothing. Cite with every statement its sources, such as [S1]."
    return Flaw("nothing_cited", told)


def _marked_up(text: str) -> Flaw | None:
    if not _MARKUP.search(text):
        return None
    return Flaw("markup", "Write no links, no images and no HTML: plain Markdown only.")


@dataclass(frozen=True, slots=True)
class Numbered:
    """A text that cites by numbers, and the ids behind them, the first for [1]."""

    markdown: str
    cited: tuple[str, ...]


def numbered(markdown: str) -> Numbered:
    """The text with its citations as [1], [2], … in the order of their first use."""
    places: dict[str, int] = {}
    parts, at = [], 0
    for citation in citations_in(markdown):
        marks = (f"[{places.setdefault(one, len(places) + 1)}]" for one in _once(citation.ids))
        parts += [markdown[at : citation.start], "".join(marks)]
        at = citation.end
    return Numbered("".join([*parts, markdown[at:]]), tuple(places))


def _once(ids: Sequence[str]) -> Sequence[str]:
    return tuple(dict.fromkeys(ids))


def finished(title: str, text: str, sources: Sequence[Source], *, simulated: bool) -> str:
    """The whole brief: its title, what to know of it, its text and its sources, which
    are numbered already."""
    parts = (
        f"# {plain(title)}",
        SIMULATED_NOTE if simulated else "",
        _FIRST_TITLE.sub("", text).strip(),
        listed(sources),
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def listed(sources: Sequence[Source]) -> str:
    """The sources under a heading, each with its number, its address and its day."""
    if not sources:
        return ""
    return "\n".join(["## Sources", "", *(_line(source) for source in sources)])


def _line(source: Source) -> str:
    told = [plain(source.title) or str(source.kind)]
    if source.kind in _MADE_HERE:
        told.append(_MADE_HERE[source.kind])
    if source.url:
        told.append(f"<{_address(source.url)}>")
    if source.published:
        told.append(f"published {plain(source.published)}")
    told.append(
        f"{'made' if source.kind in _MADE_HERE else 'fetched'} {source.fetched_at:%Y-%m-%d}"
    )
    held = f" ({source.result})" if source.result else ""
    return f"{source.id}. {', '.join(told)}{held}"


def plain(text: str) -> str:
    """Text from elsewhere as one line of Markdown that marks nothing up."""
    return _SPECIAL.sub(r"\\\1", one_line(text))


def _address(url: str) -> str:
    return "".join(url.split()).replace("<", "%3C").replace(">", "%3E")


def share_written(chars: int) -> float:
    """How much of a brief is there after so many characters, 0 to below 1: nobody knows
    how long it will be, so that it slows down and never arrives."""
    return 1 - math.exp(-max(0, chars) / USUAL_CHARS)
