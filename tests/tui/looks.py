"""Snapshots as a busy, an empty and a quiet system would hand them out, at fixed times."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from plinthctl.domain.alerting import AlertRule, AlertState, AlertView, Severity
from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.job import JobStatus
from plinthctl.domain.limits import Scope
from plinthctl.domain.liveness import WorkerMode
from plinthctl.domain.occupancy import Occupancy
from plinthctl.domain.pauses import Pause
from plinthctl.domain.snapshot import Durations, Normal, Now, Series, Snapshot, TypeNumbers
from plinthctl.domain.views import JobView, WorkerView
from tests.cli import samples
from tests.cli.samples import NOW, ago
from tui.frame import Asked, BellLook, Frame, Page, Wanted

HOUR_S: Final = 3600.0
FEW: Final = Durations(0, None, None, None, None)
TYPES: Final = ("competitor_analysis", "market_research", "brief_generation", "option_analysis")

BUSY: Final = "Failed after 3 retries: Exa is limiting requests; try again in a minute."
PAUSE: Final = Pause("market_research", ago(300), "ana", "Exa is down")


def job_id(tail: str) -> str:
    """A whole id that ends on these 8 characters."""
    return f"job_01KAVJ5N3C0ZP4RD8W{tail:0>8}"


def running(tail: str, kind: str, percent: int, age_s: float, message: str, **more: Any) -> JobView:
    began = {"created_at": ago(age_s), "available_at": ago(age_s), "started_at": ago(age_s)}
    told = {"id": job_id(tail), "type": kind, "progress": percent, "status_message": message}
    return samples.a_job(**{**told, **began, **more})


def waiting(tail: str, kind: str, age_s: float, **more: Any) -> JobView:
    since = {"created_at": ago(age_s), "available_at": ago(age_s), "heartbeat_at": None}
    return samples.pending(**{"id": job_id(tail), "type": kind, **since, **more})


def retrying(tail: str, kind: str, percent: int, age_s: float, message: str) -> JobView:
    later = {"available_at": NOW + timedelta(seconds=8), "attempt": 3, "progress": percent}
    return waiting(tail, kind, age_s, **later, status_message=message)


def ended(tail: str, kind: str, status: JobStatus, age_s: float, **more: Any) -> JobView:
    times = {
        "created_at": ago(age_s + 20),
        "started_at": ago(age_s + 17),
        "completed_at": ago(age_s),
    }
    progress = 100 if status is JobStatus.COMPLETED else 50
    told = {"status": status, "progress": progress, "status_message": None, "worker": None}
    return samples.a_job(**{"id": job_id(tail), "type": kind, **times, **told, **more})


def numbers(
    kind: str, pending: int = 0, at_work: int = 0, done: int = 0, **more: Any
) -> TypeNumbers:
    normal = Normal(JOB_TYPES[kind].usual_s[1], guessed=True)
    ends = {"failed": 0, "cancelled": 0, "expired": 0, "invalid": 0}
    spans = {"duration": FEW, "wait": FEW, "completion": FEW, "normal": normal, "cost_usd": None}
    told = {
        "type": kind,
        "pending": pending,
        "running": at_work,
        "created": done,
        "completed": done,
    }
    return TypeNumbers(**{**told, **ends, **spans, **more})


def durations(count: int, p50_s: float, p95_s: float) -> Durations:
    return Durations(count, p50_s, p50_s, p95_s, p95_s)


def worker(name: str, busy: int, silent_s: float, **more: Any) -> WorkerView:
    told = {"id": f"wrk_{name}", "name": name, "host": "host-7", "pid": 7, "types": ()}
    times = {"started_at": ago(9000), "beat_at": ago(silent_s), "silent_s": silent_s}
    return WorkerView(
        **{**told, **times, "slots": 10, "running": busy, "mode": WorkerMode.BELL, **more}
    )


def alert(
    rule: AlertRule, severity: Severity, value: float | None, threshold: float, **more: Any
) -> AlertView:
    return AlertView(rule, severity, more.pop("state", AlertState.FIRING), value, threshold, **more)


def ok(rule: AlertRule, severity: Severity, value: float | None, threshold: float) -> AlertView:
    return alert(rule, severity, value, threshold, state=AlertState.OK)


def calm_alerts(depth: int = 0) -> tuple[AlertView, ...]:
    return (
        ok(AlertRule.FAILURE_RATE, Severity.PAGE, 0.01, 0.10),
        ok(AlertRule.STUCK_JOBS, Severity.PAGE, 0, 5),
        ok(AlertRule.P95_DURATION, Severity.INVESTIGATE, None, 2.0),
        ok(AlertRule.QUEUE_DEPTH, Severity.WARNING, depth, 50),
    )


def busy(**changes: Any) -> Snapshot:
    """The system that UX.md section 4.1 draws."""
    c, m, b, o = TYPES
    snapshot = Snapshot(
        at=NOW,
        took_s=0.004,
        window_s=HOUR_S,
        now=Now(37, 37, 5, 1, 121.0, 3, 3, 0, ago(2), 412),
        types=(
            numbers(
                c, 21, 3, 96, failed=4, duration=durations(96, 48, 131), normal=Normal(60, False)
            ),
            numbers(
                m, 9, 1, 61, failed=25, duration=durations(61, 33, 71), normal=Normal(40, False)
            ),
            numbers(b, 4, 1, 30, duration=durations(30, 18, 28), normal=Normal(22, False)),
            numbers(o, 3, 0, 19, duration=durations(19, 11, 19), normal=Normal(15, False)),
            numbers("evidence_search", 0, 0, 8, duration=durations(8, 14, 28)),
        ),
        alerts=(
            alert(
                AlertRule.FAILURE_RATE,
                Severity.PAGE,
                0.127,
                0.10,
                since=ago(720),
                type=m,
                where="market_research 29.1%",
                command="plinthctl stats --by error --since 1h",
            ),
            alert(
                AlertRule.STUCK_JOBS,
                Severity.PAGE,
                6,
                5,
                since=ago(180),
                where="3 running, 3 pending",
                command="plinthctl reap",
            ),
            alert(
                AlertRule.P95_DURATION,
                Severity.INVESTIGATE,
                2.18,
                2.0,
                since=ago(1860),
                type=c,
                where="competitor_analysis",
                command="plinthctl list --type competitor_analysis --since 1h --sort duration",
            ),
            ok(AlertRule.QUEUE_DEPTH, Severity.WARNING, 37, 50),
        ),
        active=(
            running("7Q2K9M4T", c, 61, 35, "Gathering customer reviews…"),
            running("7Q2KB8X1", c, 70, 72, "Analyzing data…"),
            retrying("7Q2KC03D", m, 40, 51, "Searching for news…"),
            running("7Q2KD9PZ", b, 45, 9, "Synthesizing decision data…"),
            running("7Q2KE5RA", c, 10, 3, "Scraping website…"),
            waiting("7Q2KF1HS", c, 121),
            waiting("7Q2KF7QW", c, 100),
            waiting("7Q2KG1AB", m, 90),
        ),
        stuck=(
            running("7Q1Z0001", c, 70, 840, "Analyzing data…", heartbeat_at=ago(720)),
            running("7Q1Z0002", c, 70, 780, "Analyzing data…", heartbeat_at=ago(660)),
            running("7Q1Z0003", m, 40, 720, "Reading sources…", heartbeat_at=ago(660)),
            waiting("7Q1Z0004", m, 480),
            waiting("7Q1Z0005", o, 420),
            waiting("7Q1Z0006", b, 360),
        ),
        recent=(
            ended("7Q2K91BB", b, JobStatus.COMPLETED, 2),
            ended("7Q2K90AA", m, JobStatus.FAILED, 10, error=BUSY, error_code="rate_limited"),
            ended("7Q2K8ZCC", c, JobStatus.CANCELLED, 29),
        ),
        workers=(
            worker("worker-1", 4, 2),
            worker("worker-2", 1, 4),
            worker("worker-3", 0, 1),
        ),
        full=(
            Occupancy(Scope.ORG, "acme", 5, 5),
            Occupancy(Scope.DECISION, "dec_8f2", 2, 2),
            Occupancy(Scope.USER, "ana", 2, 3),
        ),
        pauses=(),
        duties=(),
        depth=Series(
            60.0,
            tuple(
                float(n)
                for n in (*[6, 10, 12, 7, 7, 9] * 8, 17, 20, 24, 24, 24, 28, 28, 33, 33, 35, 37)
            ),
        ),
        rate=Series(60.0, tuple(float(n) for n in [3, 4, 3, 5, 6, 4, 2, 3, 3, 4, 3, 4] * 5)),
    )
    return replace(snapshot, **changes)


def empty(**changes: Any) -> Snapshot:
    """A store in which nothing has ever been."""
    nothing = Now(0, 0, 0, 0, None, 0, 0, 0, None, 0)
    none = Series(60.0, (0.0,) * 60)
    calm = {
        "now": nothing,
        "types": tuple(map(numbers, JOB_TYPES)),
        "alerts": calm_alerts(),
        "depth": none,
        "rate": none,
    }
    gone = dict.fromkeys(("active", "stuck", "recent", "workers", "full"), ())
    return busy(**{**calm, **gone, **changes})


def idle(**changes: Any) -> Snapshot:
    """Workers wait, and nothing has happened for a while."""
    now = Now(0, 0, 0, 0, None, 0, 0, 0, ago(840), 412)
    recent = (ended("7Q2K91BB", TYPES[2], JobStatus.COMPLETED, 840),)
    return empty(**{"now": now, "recent": recent, "workers": busy().workers, **changes})


def a_frame(snapshot: Snapshot | None = None, **more: Any) -> Frame:
    return Frame(snapshot or busy(), **{"bell": BellLook(0.001), **more})


def a_page(asked: Asked, *jobs: JobView, total: int | None = None) -> Frame:
    """A frame with a list of jobs."""
    page = Page(asked, jobs, len(jobs) if total is None else total, True, 412)
    return a_frame(wanted=Wanted(jobs=asked), page=page)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)
