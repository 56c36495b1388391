from datetime import UTC, datetime, timedelta

import pytest

from plinthctl.domain.expiry import Expiry, Retention, expired, words
from plinthctl.domain.failures import EndCode
from plinthctl.domain.job import JobStatus

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
RULES = Expiry()


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


@pytest.mark.parametrize(
    ("status", "available_at", "started_at", "expected"),
    [
        pytest.param(JobStatus.PENDING, ago(minutes=5), None, None, id="due for 5 min: in time"),
        pytest.param(
            JobStatus.PENDING,
            ago(minutes=5, seconds=1),
            None,
            EndCode.EXPIRED_IN_QUEUE,
            id="due for longer: expired",
        ),
        pytest.param(
            JobStatus.PENDING, ago(hours=-1), None, None, id="due in an hour: it does not age"
        ),
        pytest.param(
            JobStatus.PENDING,
            ago(minutes=1),
            ago(hours=3),
            None,
            id="waiting for its next try: its earlier run does not count",
        ),
        pytest.param(
            JobStatus.RUNNING, ago(hours=3), ago(minutes=10), None, id="runs for 10 min: in time"
        ),
        pytest.param(
            JobStatus.RUNNING,
            ago(minutes=11),
            ago(minutes=10, seconds=1),
            EndCode.EXPIRED_RUNNING,
            id="runs for longer: expired",
        ),
        pytest.param(
            JobStatus.COMPLETED, ago(days=9), ago(days=9), None, id="completed: never expires"
        ),
        pytest.param(JobStatus.FAILED, ago(days=9), ago(days=9), None, id="failed: nor this"),
        pytest.param(JobStatus.CANCELLED, ago(days=9), None, None, id="cancelled: nor this"),
    ],
)
def test_a_job_expires_by_the_clock_of_its_status(
    status: JobStatus,
    available_at: datetime,
    started_at: datetime | None,
    expected: EndCode | None,
) -> None:
    code = expired(status, available_at=available_at, started_at=started_at, now=NOW, expiry=RULES)
    assert code is expected


@pytest.mark.parametrize(
    ("code", "rules", "expected"),
    [
        pytest.param(
            EndCode.EXPIRED_IN_QUEUE,
            RULES,
            "No worker took the job within 5 minutes of its being due.",
            id="waited too long",
        ),
        pytest.param(
            EndCode.EXPIRED_RUNNING,
            Expiry(running_for=timedelta(seconds=30)),
            "The run took longer than 30 s and was stopped.",
            id="ran too long, by a rule of seconds",
        ),
        pytest.param(
            EndCode.WORKER_LOST,
            RULES,
            "Its worker died three times in a row while running it.",
            id="lost its worker",
        ),
    ],
)
def test_an_ended_job_says_which_rule_it_broke(code: EndCode, rules: Expiry, expected: str) -> None:
    assert words(code, rules) == expected


def test_ended_jobs_are_kept_as_the_specification_says() -> None:
    kept = Retention()
    days = [span.days for span in (kept.completed_for, kept.failed_for, kept.cancelled_for)]
    assert days == [30, 7, 7]
