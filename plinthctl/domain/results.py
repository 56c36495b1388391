"""What jobs produce, and where every claim in it came from.

The models that an LLM fills (`CompetitorProfile` and its parts) are plain: no
defaults, no dicts, no length limits, because the strict schemas of
OpenAI-compatible servers refuse those (contracts/openai.md section 5).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from plinthctl.domain.failures import Usage
from plinthctl.domain.ids import IdPrefix


class WrittenModel(BaseModel):
    """What an LLM fills, or a part of it."""

    model_config = ConfigDict(extra="forbid")


class Claim(WrittenModel):
    text: str = Field(description="One statement, in one or two sentences.")
    sources: list[str] = Field(description="Ids of the sources that say it, such as S1.")


class Offering(WrittenModel):
    name: str
    description: str
    sources: list[str]


class PricePoint(WrittenModel):
    plan: str
    price: str = Field(description="As the source writes it.")
    sources: list[str]


class NewsItem(WrittenModel):
    headline: str
    date: str | None = Field(description="YYYY-MM-DD, or null when the source has none.")
    sources: list[str]


class CustomerVoice(WrittenModel):
    rating: float | None = Field(description="Average stars, 0 to 5, or null.")
    review_count: int | None
    praised: list[Claim]
    criticised: list[Claim]


class CompetitorProfile(WrittenModel):
    """What the LLM writes about a company, from the given sources only."""

    company_name: str
    summary: Claim
    positioning: Claim | None = Field(description="Whom it serves and against what, or null.")
    offerings: list[Offering]
    pricing: list[PricePoint]
    strengths: list[Claim]
    weaknesses: list[Claim]
    recent_news: list[NewsItem]
    customers: CustomerVoice
    meaning_for_us: list[Claim] = Field(
        description="What it means for the decision, where one is given; else empty."
    )

    def cited(self) -> Iterator[str]:
        """Every source id that the profile names, with repeats."""
        parts: Sequence[Any] = (
            self.summary,
            *([self.positioning] if self.positioning else []),
            *self.offerings,
            *self.pricing,
            *self.strengths,
            *self.weaknesses,
            *self.recent_news,
            *self.customers.praised,
            *self.customers.criticised,
            *self.meaning_for_us,
        )
        for part in parts:
            yield from part.sources


class SourceKind(StrEnum):
    """Where a source's text comes from: from elsewhere, or from what jobs have made."""

    WEBSITE = "website"
    NEWS = "news"
    WEB = "web"
    REVIEW = "review"
    EVIDENCE = "evidence"
    PROFILE = "profile"
    ANALYSIS = "analysis"


class Source(BaseModel):
    """One text that was fetched: its id in the prompt and in every claim, who
    fetched it for which step and when. ``fetched_at`` is aware UTC. ``result`` is the
    id of the stored result that was read, where it was one: evidence keeps the page
    that it quotes, profiles and analyses have sources of their own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: SourceKind
    url: str
    title: str
    provider: str
    step: str
    fetched_at: datetime
    published: str | None = None
    result: str | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a result came to be; stored in its own row, so that it outlives the job."""

    sources: tuple[Source, ...]
    model: str | None
    prompt_version: str | None
    usage: Usage
    simulated: bool


class ResultKind(StrEnum):
    """The four result tables."""

    PROFILE = "competitor_profile"
    EVIDENCE = "evidence_item"
    ANALYSIS = "option_analysis"
    BRIEF = "brief"

    @property
    def prefix(self) -> IdPrefix:
        """What the ids of this kind begin with."""
        return _PREFIXES[self]


_PREFIXES: Final = {
    ResultKind.PROFILE: IdPrefix.PROFILE,
    ResultKind.EVIDENCE: IdPrefix.EVIDENCE,
    ResultKind.ANALYSIS: IdPrefix.ANALYSIS,
    ResultKind.BRIEF: IdPrefix.BRIEF,
}


# What an operator may type of them.
KIND_WORDS: Final[Mapping[str, ResultKind]] = {
    "profile": ResultKind.PROFILE,
    "evidence": ResultKind.EVIDENCE,
    "analysis": ResultKind.ANALYSIS,
    **{kind.value: kind for kind in ResultKind},
}


@dataclass(frozen=True, slots=True)
class NewResult:
    """One row to be written with the job's end. ``title`` is what lists show;
    ``body`` is the JSON of the result itself."""

    id: str
    kind: ResultKind
    title: str
    body: dict[str, Any]
    provenance: Provenance
    option_id: str | None = None
    ordinal: int = 0
