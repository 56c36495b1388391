from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from plinthctl.domain.expiry import Expiry
from plinthctl.domain.job import JobStatus, Phase
from plinthctl.domain.steps import StepStatus
from plinthctl.domain.views import AuditView, EventView, JobDetail, JobView, StepView

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def in_s(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


PENDING = JobView(
    id="job_01KAVJ5N3C0ZP4RD8W7Q2K9M4T",
    type="competitor_analysis",
    status=JobStatus.PENDING,
    progress=0,
    status_message=None,
    step=None,
    org="acme",
    user="ana",
    decision=None,
    key=None,
    attempt=1,
    worker=None,
    simulated=None,
    created_at=in_s(-60),
    available_at=in_s(-60),
    started_at=None,
    completed_at=None,
    heartbeat_at=None,
    cancel_requested_at=None,
    error=None,
    event_seq=1,
    read_at=NOW,
)
RUNNING = replace(PENDING, status=JobStatus.RUNNING, started_at=in_s(-40))
AGAIN = replace(RUNNING, created_at=in_s(-900), available_at=in_s(-43), round=1)
ENDED = replace(RUNNING, status=JobStatus.COMPLETED, completed_at=in_s(-10))
CANCELLED_UNSTARTED = replace(PENDING, status=JobStatus.CANCELLED, completed_at=in_s(-30))


@pytest.mark.parametrize(
    ("job", "waited_s", "elapsed_s"),
    [
        pytest.param(PENDING, 60, None, id="pending: waits until now, has not run"),
        pytest.param(RUNNING, 20, 40, id="running: waited until its start, runs until now"),
        pytest.param(AGAIN, 3, 40, id="retried by hand: its first life does not count"),
        pytest.param(ENDED, 20, 30, id="ended: ran until its end"),
        pytest.param(CANCELLED_UNSTARTED, 30, None, id="cancelled in the queue: waited until then"),
        pytest.param(
            replace(PENDING, created_at=in_s(5)), 0, None, id="a clock that went back: no time"
        ),
    ],
)
def test_a_job_knows_how_long_it_waited_and_ran(
    job: JobView, waited_s: float, elapsed_s: float | None
) -> None:
    assert (job.waited_s, job.elapsed_s) == (waited_s, elapsed_s)


@pytest.mark.parametrize(
    ("job", "phase", "ended"),
    [
        pytest.param(PENDING, Phase.PENDING, False, id="pending"),
        pytest.param(
            replace(RUNNING, cancel_requested_at=NOW), Phase.CANCELLING, False, id="asked to stop"
        ),
        pytest.param(
            replace(PENDING, attempt=2, available_at=in_s(9)), Phase.RETRYING, False, id="retrying"
        ),
        pytest.param(ENDED, Phase.COMPLETED, True, id="completed"),
        pytest.param(CANCELLED_UNSTARTED, Phase.CANCELLED, True, id="cancelled"),
    ],
)
def test_a_jobs_word_is_read_from_its_own_moment(job: JobView, phase: Phase, ended: bool) -> None:
    assert (job.phase, job.ended) == (phase, ended)


@pytest.mark.parametrize(
    ("started_at", "ended_at", "took_s"),
    [
        pytest.param(in_s(-8), NOW, 8, id="from its start to its end"),
        pytest.param(in_s(-8), None, None, id="still running"),
        pytest.param(None, None, None, id="not begun"),
        pytest.param(NOW, in_s(-8), 0, id="a clock that went back: no time"),
    ],
)
def test_a_step_knows_how_long_it_took(
    started_at: datetime | None, ended_at: datetime | None, took_s: float | None
) -> None:
    step = StepView("scrape-website", StepStatus.DONE, 0, None, started_at, ended_at)
    assert step.took_s == took_s


def test_what_operators_did_stands_after_what_it_brought() -> None:
    def event(seq: int, at_s: float) -> EventView:
        return EventView(seq, in_s(at_s), "cancelled", "ana", {})

    def audit(action: str, at_s: float) -> AuditView:
        return AuditView(in_s(at_s), "ana", action, None, {}, {})

    events = (event(1, -9), event(2, -5), event(3, -2))
    audits = (audit("cancel", -5), audit("retry", -4))
    detail = JobDetail(ENDED, {}, None, None, (), events, audits=audits)
    assert detail.history == (*events[:2], *audits, events[2])


def test_a_job_that_is_held_back_is_not_stuck() -> None:
    old = replace(PENDING, available_at=in_s(-3600))
    assert old.stuck(Expiry())
    assert not replace(old, paused=True).stuck(Expiry())
