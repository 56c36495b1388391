"""Jobs, steps and results as a store would hand them out, at fixed times."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from plinthctl.domain.archive import DecisionDetail
from plinthctl.domain.decisions import Criterion, DecisionContext, Option
from plinthctl.domain.job import JobStatus
from plinthctl.domain.results import ResultKind
from plinthctl.domain.steps import StepStatus
from plinthctl.domain.views import EventView, JobDetail, JobView, ResultView, StepView

NOW: Final = datetime(2026, 11, 23, 12, 4, 31, 120_000, UTC)
DECISION_ID: Final = "dec_01KAVJ5N3C0ZP4RD8W7Q2K9M4T"
JOB_ID: Final = "job_01KAVJ5N3C0ZP4RD8W7Q2K9M4T"


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def a_job(**changes: Any) -> JobView:
    """A job that has run for 34 s and is at 60 %."""
    job = JobView(
        id=JOB_ID,
        type="competitor_analysis",
        status=JobStatus.RUNNING,
        progress=60,
        status_message="Analyzing data…",
        step="generate-profile",
        org="acme",
        user="ana",
        decision=None,
        key=None,
        attempt=1,
        worker="host-7",
        simulated=True,
        created_at=ago(36),
        available_at=ago(36),
        started_at=ago(34),
        completed_at=None,
        heartbeat_at=ago(2),
        cancel_requested_at=None,
        error=None,
        event_seq=7,
        read_at=NOW,
    )
    return replace(job, **changes)


def completed(**changes: Any) -> JobView:
    end = {"status": JobStatus.COMPLETED, "progress": 100, "completed_at": NOW, "worker": None}
    return a_job(**{**end, "step": None, "status_message": None, **changes})


def failed(**changes: Any) -> JobView:
    end = {"status": JobStatus.FAILED, "progress": 50, "completed_at": NOW}
    return a_job(**{**end, "error": "Failed after 3 retries: Exa did not answer.", **changes})


def pending(**changes: Any) -> JobView:
    start = {"status": JobStatus.PENDING, "progress": 0, "started_at": None, "worker": None}
    return a_job(**{**start, "step": None, "status_message": None, **changes})


def a_step(name: str, status: StepStatus, began: float, ended: float | None) -> StepView:
    """A step that began and ended so many seconds ago."""
    return StepView(name, status, 0, None, ago(began), None if ended is None else ago(ended))


def a_detail(job: JobView, **changes: Any) -> JobDetail:
    detail = JobDetail(
        job=job,
        input={"company_name": "Acme Corp", "company_url": "https://acme.com"},
        output=None,
        error_detail=None,
        steps=(
            a_step("scrape-website", StepStatus.DONE, 34, 26),
            a_step("search-news", StepStatus.DONE, 34, 32),
            a_step("get-reviews", StepStatus.DEGRADED, 34, 31),
            a_step("generate-profile", StepStatus.RUNNING, 26, None),
            StepView("save-results", StepStatus.NEW, 0, None, None, None),
        ),
        events=(EventView(1, ago(36), "submitted", "ana", {}),),
    )
    return replace(detail, **changes)


def a_profile(**changes: Any) -> ResultView:
    """A profile with two sources."""
    result = ResultView(
        id="cp_01KAVJ5N3C0ZP4RD8W7Q2K9M4T",
        kind="competitor_profile",
        title="Acme Corp",
        org="acme",
        decision=None,
        job_id=JOB_ID,
        created_at=NOW,
        simulated=True,
        model="simulated-model",
        prompt_version="1",
        sources=(_source("S1", "website"), _source("S2", "review")),
        body=_profile_body(),
        input_tokens=1725,
        output_tokens=608,
        cost_usd=0.0123,
    )
    return replace(result, **changes)


def a_finding(kind: ResultKind, number: int, **changes: Any) -> ResultView:
    """A result of a kind that has no form of its own yet."""
    tail = f"01KAVJ5N3C0ZP4RD8W7Q2K9M{number:02}"
    result = ResultView(
        id=f"{kind.prefix}_{tail}",
        kind=kind,
        title="Frost in May",
        org="acme",
        decision=DECISION_ID,
        job_id=JOB_ID,
        created_at=ago(60 * number),
        simulated=False,
        model="gpt-5.4-mini",
        prompt_version="evidence/2",
        sources=(_source("S1", "news"),),
        body={"quote": "It froze in May."},
        ordinal=number,
    )
    return replace(result, **changes)


def an_evidence_item(number: int, **changes: Any) -> ResultView:
    """One of a job's items of evidence, each of a source of its own."""
    source = f"S{number}"
    body = {
        "finding": f"Frost costs growers {number} % of the harvest.",
        "quote": f"Growers lose {number} % of the harvest to frost, say the official figures.",
        "source": source,
        "relevance": 0.9,
        "stance": None,
    }
    told = {"body": body, "title": body["finding"], "sources": (_source(source, "web"),)}
    cost = {"input_tokens": 100, "output_tokens": 20, "cost_usd": 0.002}
    return a_finding(ResultKind.EVIDENCE, number, **{**told, **cost, **changes})


def a_decision(**changes: Any) -> DecisionContext:
    """A decision between two sensors."""
    decision = DecisionContext(
        id=DECISION_ID,
        org="acme",
        title="Which sensor to buy",
        question="Which one survives the frost?",
        context="# Background\n\nWe lost **two** seasons to frost.",
        criteria=(Criterion("price", 0.4, "lower"), Criterion("range")),
        options=(
            Option("opt_01KAVJ5N3C0ZP4RD8W7Q2K9M4A", "Zeta"),
            Option("opt_01KAVJ5N3C0ZP4RD8W7Q2K9M4B", "Nova", "the one with the solar panel"),
        ),
        created_at=ago(3 * 86_400),
    )
    return replace(decision, **changes)


def a_gathered(**changes: Any) -> DecisionDetail:
    """The same with one result of each kind."""
    option = a_decision().options[0].id
    results = (
        a_profile(decision=DECISION_ID),
        a_finding(ResultKind.EVIDENCE, 1),
        a_finding(ResultKind.EVIDENCE, 2, model=None, prompt_version=None),
        a_finding(ResultKind.ANALYSIS, 3, title="Zeta", option_id=option),
        a_finding(ResultKind.BRIEF, 4, title="Buy Nova"),
    )
    return replace(DecisionDetail(a_decision(), results, NOW), **changes)


def _source(name: str, kind: str) -> dict[str, Any]:
    return {
        "id": name,
        "kind": kind,
        "url": f"https://acme.com/{kind}",
        "title": f"Acme {kind}",
        "provider": "firecrawl",
        "step": "scrape-website",
        "fetched_at": "2026-11-23T12:04:00Z",
        "published": None,
    }


def _claim(text: str, *sources: str) -> dict[str, Any]:
    return {"text": text, "sources": list(sources)}


def _profile_body() -> dict[str, Any]:
    return {
        "company_name": "Acme Corp",
        "summary": _claim("Acme makes anvils.", "S1"),
        "positioning": None,
        "offerings": [{"name": "Anvil", "description": "Heavy.", "sources": ["S1"]}],
        "pricing": [{"plan": "Starter", "price": "€29 a month", "sources": ["S1"]}],
        "strengths": [_claim("It lasts.", "S2")],
        "weaknesses": [],
        "recent_news": [],
        "customers": {"rating": 4.4, "review_count": 12, "praised": [], "criticised": []},
        "meaning_for_us": [],
    }
