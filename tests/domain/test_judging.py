"""What results are worth: each invariant of each type, broken alone."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from plinthctl.domain.failures import Usage
from plinthctl.domain.judging import Made, judged
from plinthctl.domain.quality import Quality
from plinthctl.domain.results import NewResult, Provenance, ResultKind, Source, SourceKind
from tests.domain.test_results import PROFILE

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ITEM = {"finding": "It grows.", "quote": "grew", "source": "S1", "relevance": 0.9, "stance": None}
SAID = {"text": "It works.", "sources": ["S1"]}
GUESSED = {"text": "It works.", "sources": []}
SCORE = {"criterion": "Price", "score": 7, "why": "Cheap.", "sources": [], "weight": 1.0}
ANALYSIS: dict[str, Any] = {
    "option": "Buy",
    "summary": SAID,
    "pros": [SAID],
    "cons": [SAID],
    "risks": [SAID],
    "cost": SAID,
    "effort": SAID,
    "confidence": 0.8,
    "scores": [SCORE],
    "total": 7.0,
}
ANALYSIS_GUESSED = {
    name: [GUESSED] if name in {"pros", "cons", "risks"} else GUESSED
    for name in ("summary", "pros", "cons", "risks", "cost", "effort")
}
EMPTY_PROFILE: dict[str, Any] = {
    "offerings": [],
    "pricing": [],
    "strengths": [],
    "weaknesses": [],
    "recent_news": [],
    "customers": {"rating": None, "review_count": 0, "praised": [], "criticised": []},
}
UNCITED_PROFILE: dict[str, Any] = {
    **EMPTY_PROFILE,
    "summary": GUESSED,
    "positioning": None,
    "meaning_for_us": [],
    "strengths": [GUESSED],
    "weaknesses": [GUESSED],
    "pricing": [{"plan": "Basic", "price": "$9", "sources": []}],
}


def source(n: int) -> Source:
    return Source(
        id=f"S{n}",
        kind=SourceKind.WEB,
        url=f"https://acme.com/{n}",
        title="Acme",
        provider="exa",
        step="search-sources",
        fetched_at=NOON,
    )


def result(kind: ResultKind, body: Mapping[str, Any], *sources: int) -> NewResult:
    made = Provenance(tuple(map(source, sources)), "m", "1", Usage(), simulated=False)
    return NewResult("id", kind, "A title", dict(body), made)


def evidence(*from_sources: int, **changed: Any) -> tuple[NewResult, ...]:
    return tuple(result(ResultKind.EVIDENCE, {**ITEM, **changed}, n) for n in from_sources)


def a_profile(**changed: Any) -> Made:
    made = result(ResultKind.PROFILE, {**PROFILE, **changed}, 1)
    return Made("competitor_analysis", {}, {}, (made,))


def an_analysis(**changed: Any) -> Made:
    made = result(ResultKind.ANALYSIS, {**ANALYSIS, **changed}, 1)
    return Made("option_analysis", {}, {}, (made,))


def a_brief(words: int, *sources: int) -> Made:
    made = result(ResultKind.BRIEF, {"markdown": "word " * words, "audience": None}, *sources)
    return Made("brief_generation", {}, {}, (made,))


def research(
    results: tuple[NewResult, ...], asked: int = 10, name: str = "market_research", **output: Any
) -> Made:
    return Made(name, {"max_items": asked}, output, results)


OK, THIN, HOLLOW = Quality.OK, Quality.THIN, Quality.HOLLOW
ROWS: list[tuple[str, Made, Quality, str | None]] = [
    ("a whole profile", a_profile(), OK, None),
    (
        "a profile without news: five of six sections are enough",
        a_profile(recent_news=[]),
        OK,
        None,
    ),
    (
        "a profile with two sections of six",
        a_profile(**{**EMPTY_PROFILE, "pricing": PROFILE["pricing"], "strengths": [SAID]}),
        THIN,
        "only 2 of 6 sections are filled: pricing, strengths",
    ),
    (
        "a profile of a summary alone",
        a_profile(**EMPTY_PROFILE),
        HOLLOW,
        "every section but the summary is empty",
    ),
    (
        "a profile with an empty summary",
        a_profile(summary={"text": " ", "sources": []}),
        HOLLOW,
        "the summary is empty",
    ),
    (
        "a profile that nothing shows",
        a_profile(**UNCITED_PROFILE),
        HOLLOW,
        "no statement names a source",
    ),
    (
        "no profile at all",
        Made("competitor_analysis", {}, {}, ()),
        HOLLOW,
        "there is no profile that could be read",
    ),
    (
        "a profile of another shape",
        a_profile(summary=None),
        HOLLOW,
        "there is no profile that could be read",
    ),
    (
        "a whole profile without reviews",
        replace(a_profile(), degraded=("get-reviews",)),
        THIN,
        "without the data of get-reviews",
    ),
    ("evidence of three sources", research(evidence(1, 2, 3)), OK, None),
    (
        "no evidence",
        research((), name="evidence_search"),
        HOLLOW,
        "there is no evidence item with a source",
    ),
    (
        "evidence without a source",
        research((result(ResultKind.EVIDENCE, ITEM),)),
        HOLLOW,
        "there is no evidence item with a source",
    ),
    (
        "one item of evidence",
        research(evidence(1)),
        THIN,
        "only 1 evidence item, 3 are the least",
    ),
    ("one item, and one was asked for", research(evidence(1), asked=1), OK, None),
    (
        "two items of one page, and two were asked for",
        research(evidence(1, 1), asked=2),
        THIN,
        "all of it is from one source",
    ),
    (
        "three items of one page",
        research(evidence(1, 1, 1)),
        THIN,
        "all of it is from one source",
    ),
    (
        "evidence that is beside the point",
        research(evidence(1, 2, 3, relevance=0.2)),
        THIN,
        "nothing is more relevant than 0.2, 0.3 is the least",
    ),
    (
        "three items kept, and as many dropped",
        research(evidence(1, 2, 3), quotes_dropped=2, addresses_dropped=1),
        OK,
        None,
    ),
    (
        "more dropped than kept",
        research(evidence(1, 2, 3), quotes_dropped=3, addresses_dropped=1),
        THIN,
        "4 findings were dropped as invented, 3 kept",
    ),
    (
        "two that are thin are both said",
        research(evidence(1, 2), quotes_dropped=5),
        THIN,
        "only 2 evidence items, 3 are the least; 5 findings were dropped as invented, 2 kept",
    ),
    ("a whole analysis", an_analysis(), OK, None),
    (
        "an analysis that nothing shows",
        an_analysis(**ANALYSIS_GUESSED),
        HOLLOW,
        "no statement is shown by any evidence",
    ),
    (
        "an analysis without arguments says only what is worst",
        an_analysis(pros=[], cons=[]),
        HOLLOW,
        "nothing speaks for the option, and nothing against it",
    ),
    ("an analysis without cons", an_analysis(cons=[]), THIN, "it has no cons"),
    ("an analysis without risks", an_analysis(risks=[]), THIN, "it has no risks"),
    (
        "an analysis without scores",
        an_analysis(scores=[], total=None),
        THIN,
        "it has no score: the decision has no criteria",
    ),
    ("a guess", an_analysis(confidence=0.1), THIN, "its confidence is 0.1"),
    (
        "no analysis",
        Made("option_analysis", {}, {}, ()),
        HOLLOW,
        "there is no analysis that could be read",
    ),
    ("a whole brief", a_brief(100, 1, 2), OK, None),
    ("a short brief", a_brief(99, 1, 2), THIN, "it has only 99 words"),
    ("a brief of a line", a_brief(29, 1, 2), HOLLOW, "it has only 29 words"),
    ("a brief with one source", a_brief(100, 1), THIN, "it cites one source only"),
    ("a brief that cites nothing", a_brief(100), HOLLOW, "it cites nothing"),
    (
        "no brief",
        Made("brief_generation", {}, {}, ()),
        HOLLOW,
        "there is no brief that could be read",
    ),
    ("a type that nobody knows", Made("tea_making", {}, {}, ()), OK, None),
]


@pytest.mark.parametrize(
    ("made", "quality", "reason"), [pytest.param(*row[1:], id=row[0]) for row in ROWS]
)
def test_results_are_worth(made: Made, quality: Quality, reason: str | None) -> None:
    found = judged(made)
    assert (found.quality, found.reason) == (quality, reason)
