"""What asking for a job's end does, by how it stands."""

from datetime import UTC, datetime, timedelta

import pytest

from plinthctl.domain.cancel import ANSWERS_WITHIN, Cancel, cancel
from plinthctl.domain.job import FINAL, JobStatus

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PENDING, RUNNING = JobStatus.PENDING, JobStatus.RUNNING


@pytest.mark.parametrize(
    ("status", "asked_s_ago", "wanted"),
    [
        pytest.param(PENDING, None, Cancel.END, id="pending: it ends at once"),
        pytest.param(RUNNING, None, Cancel.ASK, id="running: its worker is asked"),
        pytest.param(RUNNING, 0.0, Cancel.AWAIT, id="asked again at once: nothing more"),
        pytest.param(RUNNING, 1.9, Cancel.AWAIT, id="its worker has 2 s to answer"),
        pytest.param(RUNNING, 2.0, Cancel.TAKE_AWAY, id="asked again after 2 s: taken away"),
        pytest.param(RUNNING, 3600.0, Cancel.TAKE_AWAY, id="and however long after"),
    ],
)
def test_a_cancel_does(status: JobStatus, asked_s_ago: float | None, wanted: Cancel) -> None:
    asked_at = None if asked_s_ago is None else NOON - timedelta(seconds=asked_s_ago)
    assert cancel(status, asked_at, NOON) is wanted


@pytest.mark.parametrize("status", sorted(FINAL))
@pytest.mark.parametrize("asked_at", [None, NOON - ANSWERS_WITHIN])
def test_nothing_to_a_job_that_has_ended(status: JobStatus, asked_at: datetime | None) -> None:
    assert cancel(status, asked_at, NOON) is None


@pytest.mark.parametrize(
    ("how", "status"),
    [
        (Cancel.END, JobStatus.CANCELLED),
        (Cancel.ASK, JobStatus.RUNNING),
        (Cancel.AWAIT, JobStatus.RUNNING),
        (Cancel.TAKE_AWAY, JobStatus.CANCELLED),
    ],
)
def test_the_status_after_it(how: Cancel, status: JobStatus) -> None:
    assert how.status is status
