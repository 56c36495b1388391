"""What jobs have gathered for a decision, as sources for a prompt.

What an item says came from elsewhere: each of its texts is one line, so that it
cannot make a line of its own such as "stance: for".
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from plinthctl.domain.analyses import BEST, AnalysedOption
from plinthctl.domain.evidence import EvidenceItem
from plinthctl.domain.results import CompetitorProfile, ResultKind, Source, SourceKind
from plinthctl.domain.text import cut, one_line
from plinthctl.domain.views import ResultView
from worker.pipelines.prompts.sources import UNNUMBERED, Quoted

ITEM_CHARS: Final = 4_000
LINE_CHARS: Final = 600

Told = Iterator[tuple[str, str]]


def from_result(result: ResultView) -> Quoted | None:
    """A stored result as a source without a number yet; None: it was written by another
    version, and cannot be read."""
    try:
        source, told = _FORMS[ResultKind(result.kind)](result)
        return Quoted(source, cut(_lines(told), ITEM_CHARS))
    except (KeyError, ValueError, ValidationError):
        return None


def _lines(told: Told) -> str:
    return "\n".join(f"{name}: {cut(one_line(text), LINE_CHARS)}" for name, text in told if text)


def _evidence(result: ResultView) -> tuple[Source, Told]:
    item = EvidenceItem.model_validate(result.body)
    quoted = Source.model_validate(result.sources[0] if result.sources else {})
    changes = {"id": UNNUMBERED, "kind": SourceKind.EVIDENCE, "result": result.id}
    return quoted.model_copy(update=changes), _told_of_evidence(item)


def _told_of_evidence(item: EvidenceItem) -> Told:
    yield "finding", item.finding
    yield "quote", item.quote
    yield "relevance", f"{item.relevance:g}"
    yield "stance", item.stance or ""


def _profile(result: ResultView) -> tuple[Source, Told]:
    profile = CompetitorProfile.model_validate(result.body)
    site = next((str(one.get("url", "")) for one in result.sources), "")
    made = _made(result, SourceKind.PROFILE, site, "generate-profile")
    return made, _told_of_profile(profile)


def _told_of_profile(profile: CompetitorProfile) -> Told:
    yield "company", profile.company_name
    yield "summary", profile.summary.text
    if profile.positioning:
        yield "positioning", profile.positioning.text
    yield from (("offering", f"{one.name}: {one.description}") for one in profile.offerings)
    yield from (("price", f"{one.plan}: {one.price}") for one in profile.pricing)
    yield from (("strength", one.text) for one in profile.strengths)
    yield from (("weakness", one.text) for one in profile.weaknesses)
    yield from (("praised", one.text) for one in profile.customers.praised)
    yield from (("criticised", one.text) for one in profile.customers.criticised)
    yield from (("news", f"{one.date or 'undated'}: {one.headline}") for one in profile.recent_news)
    yield from (("for us", one.text) for one in profile.meaning_for_us)


def _analysis(result: ResultView) -> tuple[Source, Told]:
    analysis = AnalysedOption.model_validate(result.body)
    made = _made(result, SourceKind.ANALYSIS, "", "analyze-option")
    return made, _told_of_analysis(analysis)


def _told_of_analysis(analysis: AnalysedOption) -> Told:
    yield "option", analysis.option
    yield "summary", analysis.summary.text
    if analysis.total is not None:
        yield "total", f"{analysis.total:g} of {BEST}"
    yield from (
        ("score", f"{one.criterion}, {one.score} of {BEST}: {one.why}") for one in analysis.scores
    )
    yield from (("pro", one.text) for one in analysis.pros)
    yield from (("con", one.text) for one in analysis.cons)
    yield from (("risk", one.text) for one in analysis.risks)
    yield "cost", analysis.cost.text
    yield "effort", analysis.effort.text
    yield "confidence", f"{analysis.confidence:g}"


def _made(result: ResultView, kind: SourceKind, url: str, step: str) -> Source:
    return Source(
        id=UNNUMBERED,
        kind=kind,
        url=url,
        title=result.title,
        provider="",
        step=step,
        fetched_at=_utc(result.created_at),
        result=result.id,
    )


def _utc(at: datetime) -> datetime:
    return at.replace(microsecond=0)


_FORMS: Final[Mapping[ResultKind, Callable[[ResultView], tuple[Source, Any]]]] = {
    ResultKind.EVIDENCE: _evidence,
    ResultKind.PROFILE: _profile,
    ResultKind.ANALYSIS: _analysis,
}
