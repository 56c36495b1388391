"""Whether a completed job has brought anything worth having.

Each type's results have invariants. What breaks one is a finding; the worst of them say
whether the result is thin, or hollow: a job that succeeded and has nothing to show.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from plinthctl.domain.analyses import AnalysedOption, cited_by
from plinthctl.domain.briefs import Brief
from plinthctl.domain.evidence import EvidenceItem
from plinthctl.domain.quality import Judgement, Quality
from plinthctl.domain.results import CompetitorProfile, NewResult, ResultKind

LEAST_SECTIONS: Final = 3  # of a profile's six
LEAST_ITEMS: Final = 3  # of evidence; fewer where fewer were asked for
LEAST_RELEVANCE: Final = 0.3  # of the most relevant item
LEAST_CONFIDENCE: Final = 0.3
LEAST_SOURCES: Final = 2  # that a brief cites
LEAST_WORDS: Final = 100  # of a brief
HOLLOW_WORDS: Final = 30

Body = TypeVar("Body", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Made:
    """What a job was given and what it has brought. ``degraded``: steps that ended
    without their data."""

    type: str
    input: Mapping[str, Any]
    output: Mapping[str, Any]
    results: tuple[NewResult, ...]
    degraded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Finding:
    quality: Quality
    what: str


_Findings = Iterator[_Finding]


def judged(made: Made) -> Judgement:
    """What the results of a job are worth: its worst finding, and all that are as bad."""
    findings = [*_INVARIANTS.get(made.type, _nothing_known)(made), *_degraded(made)]
    for quality in (Quality.HOLLOW, Quality.THIN):
        if what := [one.what for one in findings if one.quality is quality]:
            return Judgement(quality, "; ".join(what))
    return Judgement(Quality.OK)


def _thin(what: str) -> _Finding:
    return _Finding(Quality.THIN, what)


def _hollow(what: str) -> _Finding:
    return _Finding(Quality.HOLLOW, what)


def _nothing_known(_: Made) -> _Findings:
    """A type without invariants of its own is judged by its steps alone."""
    yield from ()


def _degraded(made: Made) -> _Findings:
    if made.degraded:
        yield _thin(f"without the data of {', '.join(made.degraded)}")


def _bodies(made: Made, kind: ResultKind, model: type[Body]) -> list[Body] | None:
    """The results of that kind; None: one of them is not what it should be."""
    try:
        return [model.model_validate(one.body) for one in made.results if one.kind is kind]
    except ValidationError:
        return None


# -- profiles --------------------------------------------------------------------------


def _profile(made: Made) -> _Findings:
    found = _bodies(made, ResultKind.PROFILE, CompetitorProfile)
    if not found:
        yield _hollow("there is no profile that could be read")
        return
    profile = found[0]
    filled = [name for name, section in _sections(profile).items() if section]
    if not profile.summary.text.strip():
        yield _hollow("the summary is empty")
    if not any(profile.cited()):
        yield _hollow("no statement names a source")
    if not filled:
        yield _hollow("every section but the summary is empty")
    elif len(filled) < LEAST_SECTIONS:
        have = ", ".join(filled)
        yield _thin(f"only {len(filled)} of {len(_sections(profile))} sections are filled: {have}")


def _sections(profile: CompetitorProfile) -> dict[str, bool]:
    """Whether anything stands in them."""
    voice = profile.customers
    return {
        "offerings": bool(profile.offerings),
        "pricing": bool(profile.pricing),
        "strengths": bool(profile.strengths),
        "weaknesses": bool(profile.weaknesses),
        "recent news": bool(profile.recent_news),
        "customers": voice.rating is not None or bool(voice.praised or voice.criticised),
    }


# -- evidence --------------------------------------------------------------------------


def _evidence(made: Made) -> _Findings:
    items = _bodies(made, ResultKind.EVIDENCE, EvidenceItem)
    sourced = [one for one in made.results if one.provenance.sources]
    if not items or not sourced:
        yield _hollow("there is no evidence item with a source")
        return
    least = min(LEAST_ITEMS, _asked(made))
    if len(sourced) < least:
        yield _thin(f"only {_count(len(sourced), 'evidence item')}, {least} are the least")
    elif least > 1 and len({one.provenance.sources[0].url for one in sourced}) == 1:
        yield _thin("all of it is from one source")
    best = max(item.relevance for item in items)
    if best < LEAST_RELEVANCE:
        yield _thin(f"nothing is more relevant than {best:g}, {LEAST_RELEVANCE:g} is the least")
    yield from _dropped(made, len(items))


def _asked(made: Made) -> int:
    """How many items were wanted at most."""
    asked = made.input.get("max_items")
    return asked if isinstance(asked, int) else LEAST_ITEMS


def _dropped(made: Made, kept: int) -> _Findings:
    """More was left out, as invented, than there is."""
    counts = (made.output.get(name) for name in ("quotes_dropped", "addresses_dropped"))
    dropped = sum(count for count in counts if isinstance(count, int))
    if dropped > kept:
        yield _thin(f"{dropped} findings were dropped as invented, {kept} kept")


# -- analyses --------------------------------------------------------------------------


def _analysis(made: Made) -> _Findings:
    found = _bodies(made, ResultKind.ANALYSIS, AnalysedOption)
    if not found:
        yield _hollow("there is no analysis that could be read")
        return
    analysis = found[0]
    if not any(cited_by(analysis)):
        yield _hollow("no statement is shown by any evidence")
    if not analysis.pros and not analysis.cons:
        yield _hollow("nothing speaks for the option, and nothing against it")
    for name in ("pros", "cons", "risks"):
        if not getattr(analysis, name):
            yield _thin(f"it has no {name}")
    if not analysis.scores:
        yield _thin("it has no score: the decision has no criteria")
    if analysis.confidence < LEAST_CONFIDENCE:
        yield _thin(f"its confidence is {analysis.confidence:g}")


# -- briefs ----------------------------------------------------------------------------


def _brief(made: Made) -> _Findings:
    found = _bodies(made, ResultKind.BRIEF, Brief)
    if not found:
        yield _hollow("there is no brief that could be read")
        return
    words = len(found[0].markdown.split())
    if words < LEAST_WORDS:
        short = f"it has only {_count(words, 'word')}"
        yield _hollow(short) if words < HOLLOW_WORDS else _thin(short)
    cited = {source.id for one in made.results for source in one.provenance.sources}
    if not cited:
        yield _hollow("it cites nothing")
    elif len(cited) < LEAST_SOURCES:
        yield _thin("it cites one source only")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


_INVARIANTS: Final[Mapping[str, Callable[[Made], _Findings]]] = {
    "competitor_analysis": _profile,
    "market_research": _evidence,
    "evidence_search": _evidence,
    "option_analysis": _analysis,
    "brief_generation": _brief,
}
