"""News of a change: which of them call for a worker."""

from datetime import UTC, datetime, timedelta

import pytest

from plinthctl.domain.job import SUBMITTED, JobEvent
from plinthctl.domain.news import CANCEL_REQUESTED, News

RETRIED = JobEvent.RETRY_BY_HAND
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def news(kind: str, due_in_s: float = 0.0) -> News:
    return News("j", "competitor_analysis", 1, kind, None, NOON + timedelta(seconds=due_in_s), NOON)


@pytest.mark.parametrize(
    ("kind", "due_in_s", "delivers"),
    [
        pytest.param(SUBMITTED, 0.0, True, id="a new job that is due"),
        pytest.param(SUBMITTED, -1.0, True, id="a new job that was due before"),
        pytest.param(SUBMITTED, 0.001, False, id="a new job that is due later: the floor's"),
        pytest.param(CANCEL_REQUESTED, 0.0, False, id="a cancel asked for"),
        pytest.param(RETRIED, 0.0, True, id="a job that was retried by hand"),
        *[pytest.param(kind, 0.0, False, id=kind) for kind in JobEvent if kind != RETRIED],
    ],
)
def test_only_a_new_or_retried_job_that_is_due_is_delivered(
    kind: str, due_in_s: float, delivers: bool
) -> None:
    assert news(kind, due_in_s).delivers is delivers
