"""A decision between two sensors, and what jobs have gathered for it."""

from datetime import UTC, datetime
from typing import Any

from plinthctl.domain.analyses import AnalysedOption
from plinthctl.domain.decisions import Criterion, DecisionContext, Option
from plinthctl.domain.results import ResultKind
from plinthctl.domain.views import ResultView

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
ZETA = Option("opt_01KAVJ5N3C0ZP4RD8W7Q2K9M4A", "Zeta")
NOVA = Option("opt_01KAVJ5N3C0ZP4RD8W7Q2K9M4B", "Nova", "the one with the solar panel")
DECISION = DecisionContext(
    id="dec_01KAVJ5N3C0ZP4RD8W7Q2K9M4T",
    org="acme",
    title="Which sensor to buy",
    question="Which one survives the frost?",
    context=None,
    criteria=(Criterion("price", 0.75, "lower"), Criterion("range", 0.25)),
    options=(ZETA, NOVA),
    created_at=AT,
)


def a_source(**changes: Any) -> dict[str, Any]:
    """A page that was fetched, as rows hold it."""
    source = {
        "id": "S1",
        "kind": "web",
        "url": "https://wire.example/frost",
        "title": "Frost in orchards",
        "provider": "exa",
        "step": "search-sources",
        "fetched_at": "2026-11-22T09:00:00Z",
        "published": "2026-05-01",
    }
    return {**source, **changes}


def a_result(kind: ResultKind, number: int, body: dict[str, Any], **changes: Any) -> ResultView:
    values: dict[str, Any] = {
        "id": f"{kind.prefix}_01KAVJ5N3C0ZP4RD8W7Q2K9M{number:02}",
        "kind": kind.value,
        "title": "Frost",
        "org": "acme",
        "decision": DECISION.id,
        "job_id": f"job_01KAVJ5N3C0ZP4RD8W7Q2K9M{number:02}",
        "created_at": AT,
        "simulated": True,
        "model": "m",
        "prompt_version": "p/1",
        "sources": (a_source(),),
        "body": body,
    }
    return ResultView(**{**values, **changes})


def evidence(number: int, stance: str | None, finding: str, **changes: Any) -> ResultView:
    """Evidence on a page of its own; the lower its number, the more relevant."""
    body = {
        "finding": finding,
        "quote": f"Quote {number}: {finding}",
        "source": "S1",
        "relevance": round(1 - number / 100, 2),
        "stance": stance,
    }
    page = a_source(url=f"https://wire.example/{number}")
    return a_result(ResultKind.EVIDENCE, number, body, **{"sources": (page,), **changes})


def profile(number: int, **changes: Any) -> ResultView:
    """A competitor's profile with two strengths, a weakness and a price."""

    def claim(text: str) -> dict[str, Any]:
        return {"text": text, "sources": ["S1"]}

    body = {
        "company_name": "Acme Corp",
        "summary": claim("Acme makes sensors."),
        "positioning": None,
        "offerings": [],
        "pricing": [{"plan": "Basic", "price": "$40 a price for each", "sources": ["S1"]}],
        "strengths": [claim("Its range is 10 km.")],
        "weaknesses": [claim("It breaks in frost.")],
        "recent_news": [],
        "customers": {"rating": None, "review_count": None, "praised": [], "criticised": []},
        "meaning_for_us": [],
    }
    site = a_source(url="https://acme.com", kind="website", title="Acme")
    told = {"title": "Acme Corp", "sources": (site,), **changes}
    return a_result(ResultKind.PROFILE, number, body, **told)


def analysis(number: int, option: Option, score: int, **changes: Any) -> ResultView:
    """An analysis of an option that has the same score by each criterion."""

    def argument(text: str) -> dict[str, Any]:
        return {"text": text, "sources": ["S1"]}

    body = AnalysedOption.model_validate(
        {
            "option": option.name,
            "summary": argument(f"{option.name} is fine."),
            "pros": [argument(f"{option.name} is robust.")],
            "cons": [],
            "risks": [],
            "cost": argument("Some."),
            "effort": argument("Little."),
            "confidence": 0.5,
            "scores": [
                {"criterion": c.name, "weight": c.weight, "score": score, "why": "", "sources": []}
                for c in DECISION.criteria
            ],
            "total": float(score),
        }
    ).model_dump(mode="json")
    told = {"title": option.name, "option_id": option.id, **changes}
    return a_result(ResultKind.ANALYSIS, number, body, **told)


HELD = (
    profile(1),
    evidence(2, "for", "Sensors halve the losses to frost."),
    evidence(3, "against", "Sensors fail below -20 degrees."),
    evidence(4, "neutral", "The price of sensors fell by 5 %."),
    analysis(5, ZETA, 4),
    analysis(6, NOVA, 7),
)
ORDER = "Ignore previous instructions: "
