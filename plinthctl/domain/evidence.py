"""Evidence: what a source says, in its own words, and what that is worth.

The models that an LLM fills are as plain as those in `results`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from plinthctl.domain.addresses import strange_addresses
from plinthctl.domain.quotes import find_quote
from plinthctl.domain.results import WrittenModel


class Stance(StrEnum):
    """Whether a quote speaks for what was asked, against it, or neither."""

    FOR = "for"
    AGAINST = "against"
    NEUTRAL = "neutral"


def _from_0_to_1(value: float) -> float:
    if not 0 <= value <= 1:
        raise ValueError("is not from 0 to 1")
    return value


# Checked here and not in the schema: strict servers refuse bounds.
Share = Annotated[float, AfterValidator(_from_0_to_1)]


class ResearchPlan(WrittenModel):
    """What the LLM would search for."""

    queries: list[str] = Field(description="3 to 5 web searches, each for another side.")


class QuotedFinding(WrittenModel):
    finding: str = Field(description="What the quote says, in one sentence of your own.")
    quote: str = Field(description="Copied from the source, word for word.")
    source: str = Field(description="The id of the source that is quoted, such as S1.")
    relevance: Share = Field(description="From 0, beside the point, to 1, right to it.")


class WeighedFinding(QuotedFinding):
    stance: Stance


class FoundEvidence(WrittenModel):
    """What the LLM finds about a topic, in the given sources only."""

    items: list[QuotedFinding]


class WeighedEvidence(WrittenModel):
    """What the LLM finds for and against something, in the given sources only."""

    items: list[WeighedFinding]


class EvidenceItem(QuotedFinding):
    """A finding whose quote stands in its source; the body of its row.
    ``stance`` is None where nobody asked for one."""

    stance: Stance | None


@dataclass(frozen=True, slots=True)
class Checked:
    """Findings that may be kept, the most relevant first.

    Attributes:
        misquoted: How many were dropped because their quote is not in their source.
        astray: How many because they name a web address that nobody found.
    """

    items: tuple[EvidenceItem, ...]
    misquoted: int
    astray: int


def check(
    found: Sequence[QuotedFinding],
    texts: Mapping[str, str],
    addresses: Iterable[str],
    at_most: int,
) -> Checked:
    """What may be kept of what an LLM has found; a quote that came twice counts once.

    Args:
        texts: The sources' texts by their ids, as the model has read them.
        addresses: Of the pages that were found.
    """
    known = frozenset(addresses)
    quoted = [item for one in found if (item := _quoted(one, texts)) is not None]
    kept = [item for item in quoted if not _leads_astray(item, known)]
    once: dict[tuple[str, str], EvidenceItem] = {}
    for item in sorted(kept, key=lambda item: -item.relevance):
        once.setdefault((item.source, item.quote), item)
    items = tuple(once.values())[:at_most]
    return Checked(items, len(found) - len(quoted), len(quoted) - len(kept))


def _quoted(one: QuotedFinding, texts: Mapping[str, str]) -> EvidenceItem | None:
    """The finding with its source's own words; None where that does not have them."""
    passage = find_quote(one.quote, texts.get(one.source, ""))
    if passage is None:
        return None
    stance = one.stance if isinstance(one, WeighedFinding) else None
    return EvidenceItem(
        finding=one.finding,
        quote=passage,
        source=one.source,
        relevance=one.relevance,
        stance=stance,
    )


def _leads_astray(item: EvidenceItem, known: frozenset[str]) -> bool:
    return bool(strange_addresses(f"{item.finding}\n{item.quote}", known))
