"""Single jobs with all that belongs to them, in every state, at fixed times."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from plinthctl.domain.failures import Usage
from plinthctl.domain.job import JobStatus
from plinthctl.domain.limits import Scope
from plinthctl.domain.occupancy import Occupancy
from plinthctl.domain.quality import Quality
from plinthctl.domain.steps import StepStatus
from plinthctl.domain.views import EventView, JobDetail, JobView, StepView, TryView
from plinthctl.domain.why import Cause, Explanation
from tests.cli import samples
from tests.cli.samples import NOW, ago
from tests.tui import looks
from tui.frame import Frame, Wanted

COMPETITOR: Final = "competitor_analysis"
MARKET: Final = "market_research"
BUSY_EXA: Final = "Exa is limiting requests; try again in a minute."
INPUT: Final = {"company_name": "Acme Corp", "company_url": "https://acme.com"}
TOPIC: Final = {"topic": "orchard sensors", "region": "Europe", "max_items": 10}
PLANNED: Final = Usage(1, 811, None, 204, None, 0.0004)
UNPRICED: Final = replace(PLANNED, cost_usd=None)
WRITTEN: Final = Usage(1, 1725, None, 608, None, 0.0123)
PLACES: Final = (
    Occupancy(Scope.ORG, "acme", 4, 5),
    Occupancy(Scope.USER, "ana", 2, 3),
)

Span = tuple[float, float]  # began and ended, so many seconds ago


def tried(number: int, span: Span, failure: str | None = None, **more: Any) -> TryView:
    said = ("exa", BUSY_EXA) if failure else (None, None)
    told = dict(zip(("provider", "message"), said, strict=True))
    times = {"started_at": ago(span[0]), "ended_at": ago(span[1])}
    base = {"number": number, "round": 0, "usage": Usage(), "failure_class": failure}
    return TryView(**{**base, **times, **told, **more})


def done(name: str, span: Span, *before: TryView, **more: Any) -> StepView:
    last = tried(len(before) + 1, span, **more)
    return _step(name, StepStatus.DONE, span, (*before, last))


def degraded(name: str, span: Span, reason: str) -> StepView:
    last = tried(1, span, "auth_failure", provider="g2", message=reason)
    return replace(_step(name, StepStatus.DEGRADED, span, (last,)), reason=reason)


def at_work(name: str, since: float, *before: TryView) -> StepView:
    return StepView(name, StepStatus.RUNNING, len(before), None, ago(since), None, None, before)


def waits(name: str, wait_s: float, *before: TryView) -> StepView:
    last = before[-1]
    later = NOW + timedelta(seconds=wait_s)
    times = (last.started_at, last.ended_at)
    return StepView(name, StepStatus.WAITING, len(before), later, *times, None, before)


def new(name: str) -> StepView:
    return StepView(name, StepStatus.NEW, 0, None, None, None)


def _step(name: str, status: StepStatus, span: Span, tries: tuple[TryView, ...]) -> StepView:
    failed = sum(one.failure_class is not None for one in tries)
    return StepView(name, status, failed, None, ago(span[0]), ago(span[1]), None, tries)


def events(*told: tuple[float, str, dict[str, Any]]) -> tuple[EventView, ...]:
    return tuple(
        EventView(seq, ago(since), kind, "ana" if kind == "submitted" else None, data)
        for seq, (since, kind, data) in enumerate(told, 1)
    )


def running(**changes: Any) -> JobDetail:
    """A competitor analysis whose news are late."""
    job = looks.running("7Q2K9M4T", COMPETITOR, 61, 35, "Searching for news…")
    busy = tried(1, (33, 24), "rate_limited")
    return JobDetail(
        **{
            "job": replace(job, decision=samples.DECISION_ID, step="search-news"),
            "input": INPUT,
            "output": None,
            "error_detail": None,
            "steps": (
                done("scrape-website", (33, 25.4)),
                at_work("search-news", 22, busy),
                done("get-reviews", (33, 12.2)),
                new("generate-profile"),
                new("save-results"),
            ),
            "events": events(
                (35, "submitted", {"progress": 0}),
                (33, "claimed", {"steps": ["scrape-website", "search-news"], "progress": 30}),
                (25.4, "step_done", {"step": "scrape-website", "progress": 40}),
                (24, "step_failed", _failed_try("search-news", 1)),
                (22, "step_started", {"step": "search-news", "progress": 40}),
                (12.2, "step_done", {"step": "get-reviews", "progress": 50}),
            ),
            **changes,
        }
    )


def _failed_try(step: str, number: int) -> dict[str, Any]:
    told = {"step": step, "try": number, "class": "rate_limited", "message": BUSY_EXA}
    return {**told, "progress": 40}


def retrying(**changes: Any) -> JobDetail:
    """A market research that waits for its third try of one step."""
    job = looks.retrying("7Q2KC03D", MARKET, 40, 120, "Searching for sources…")
    first, second = tried(1, (40, 31), "rate_limited"), tried(2, (28, 19.3), "rate_limited")
    return running(
        job=replace(job, started_at=None),
        input=TOPIC,
        steps=(
            done("plan-queries", (51, 40.4), usage=UNPRICED),
            waits("search-sources", 8, first, second),
            *map(new, ("read-sources", "extract-evidence", "save-results")),
        ),
        events=events(
            (120, "submitted", {"progress": 0}),
            (51, "claimed", {"steps": ["plan-queries"], "progress": 0}),
            (40.4, "step_done", {"step": "plan-queries", "progress": 10}),
            (31, "step_failed", _failed_try("search-sources", 1)),
            (19.3, "step_failed", _failed_try("search-sources", 2)),
            (19.3, "waiting", {"until": (NOW + timedelta(seconds=8)).isoformat(), "progress": 40}),
        ),
        **changes,
    )


def failed(**changes: Any) -> JobDetail:
    """A market research that Exa would not serve."""
    job = looks.ended(
        "7Q2K90AA",
        MARKET,
        JobStatus.FAILED,
        10,
        error=f"Failed after 3 retries: {BUSY_EXA}",
        error_code="rate_limited",
    )
    tries = [
        tried(n, (60 - 12 * n, 52 - 12 * n), "rate_limited", round=job.round) for n in range(1, 5)
    ]
    step = replace(waits("search-sources", 0, *tries), retry_at=None)
    detail = {
        "class": "rate_limited",
        "provider": "exa",
        "http_status": 429,
        "step": "search-sources",
        "message": BUSY_EXA,
        "detail": "Too Many Requests: you have exceeded 10 requests per second.",
        "request_id": "req_8f2c",
    }
    return running(
        job=replace(job, started_at=ago(60), created_at=ago(63)),
        input=TOPIC,
        error_detail=detail,
        steps=(
            done("plan-queries", (60, 49), usage=PLANNED),
            step,
            *map(new, ("read-sources", "extract-evidence", "save-results")),
        ),
        events=(
            *retrying().events[:4],
            *events((10, "failed", {"error": f"Failed after 3 retries: {BUSY_EXA}"})),
        ),
        **changes,
    )


def completed(**changes: Any) -> JobDetail:
    """A competitor analysis with its profile, and without reviews."""
    job = looks.ended("7Q2K91BB", COMPETITOR, JobStatus.COMPLETED, 2)
    reason = "no G2 key is set"
    return running(
        job=replace(
            job,
            started_at=ago(44),
            created_at=ago(46),
            quality=Quality.THIN,
            quality_reason="without the data of get-reviews",
        ),
        output={
            "competitor_profile_id": "cp_01KAVJ5N3C0ZP4RD8W7Q2K9M4T",
            "warnings": [{"step": "get-reviews", "reason": reason}],
        },
        results=(samples.a_profile(),),
        steps=(
            done("scrape-website", (44, 33)),
            done("search-news", (44, 38.5)),
            degraded("get-reviews", (44, 43.8), reason),
            done("generate-profile", (33, 2.4), usage=WRITTEN),
            done("save-results", (2.4, 2)),
        ),
        events=(
            *running().events[:3],
            *events((2, "completed", {"progress": 100})),
        ),
        **changes,
    )


ON_COURSE: Final = Explanation(Cause.ON_COURSE, "It runs, and is on course.")
BACKS_OFF: Final = Explanation(
    Cause.BACKING_OFF,
    "Exa limited our requests; its third try of search-sources is in 8s.",
    otherwise="nothing need be done",
)
EXA_FAILED: Final = Explanation(
    Cause.PROVIDER_IN_TROUBLE,
    "Exa limited our requests at every try.",
    command="plinthctl retry 7Q2K90AA",
)


def frame(detail: JobDetail, why: Explanation | None = None, **more: Any) -> Frame:
    """A frame that a detail's screen asks for."""
    wanted = Wanted(detail=detail.job.id)
    return looks.a_frame(wanted=wanted, detail=detail, why=why, **more)


def ends(*jobs: JobView) -> Frame:
    """A frame in which jobs that are tracked have come to these ends."""
    return looks.a_frame(wanted=Wanted(tracked=tuple(_ids(jobs))), tracked=jobs)


def as_job(detail: JobDetail, **changes: Any) -> JobDetail:
    """The same, of a job that differs in this."""
    return replace(detail, job=replace(detail.job, **changes))


def _ids(jobs: Iterable[JobView]) -> list[str]:
    return [job.id for job in jobs]
