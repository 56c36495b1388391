from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from plinthctl.domain.job import (
    ACTIVE,
    FINAL,
    SUBMITTED,
    IllegalTransition,
    JobEvent,
    JobStatus,
    Phase,
    after,
    phase,
    status_after,
)

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=12)

LEGAL = {
    JobStatus.PENDING: {
        JobEvent.CLAIM: JobStatus.RUNNING,
        JobEvent.CANCEL: JobStatus.CANCELLED,
        JobEvent.EXPIRE: JobStatus.FAILED,
        JobEvent.PARK: JobStatus.PENDING,
    },
    JobStatus.RUNNING: {
        JobEvent.COMPLETE: JobStatus.COMPLETED,
        JobEvent.FAIL: JobStatus.FAILED,
        JobEvent.CANCEL: JobStatus.CANCELLED,
        JobEvent.EXPIRE: JobStatus.FAILED,
        JobEvent.LOSE: JobStatus.FAILED,
        JobEvent.WAIT: JobStatus.PENDING,
        JobEvent.RELEASE: JobStatus.PENDING,
        JobEvent.RECOVER: JobStatus.PENDING,
        JobEvent.PARK: JobStatus.PENDING,
    },
    JobStatus.COMPLETED: {},
    JobStatus.FAILED: {JobEvent.RETRY_BY_HAND: JobStatus.PENDING},
    JobStatus.CANCELLED: {JobEvent.RETRY_BY_HAND: JobStatus.PENDING},
}


@pytest.mark.parametrize(("status", "event"), list(product(JobStatus, JobEvent)))
def test_a_job_moves_as_the_specification_says_and_no_other_way(
    status: JobStatus, event: JobEvent
) -> None:
    if event in LEGAL[status]:
        assert after(status, event) is LEGAL[status][event]
    else:
        with pytest.raises(IllegalTransition, match=status):
            after(status, event)


@pytest.mark.parametrize(("status", "event"), list(product(sorted(FINAL), JobEvent)))
def test_only_a_retry_by_hand_leaves_a_final_status(status: JobStatus, event: JobEvent) -> None:
    if event is JobEvent.RETRY_BY_HAND and status is not JobStatus.COMPLETED:
        assert after(status, event) is JobStatus.PENDING
    else:
        with pytest.raises(IllegalTransition):
            after(status, event)


def test_a_status_is_active_or_final() -> None:
    assert set(JobStatus) == ACTIVE | FINAL
    assert not ACTIVE & FINAL


@pytest.mark.parametrize(
    ("status", "attempt", "available_at", "cancel_requested", "expected"),
    [
        pytest.param(JobStatus.PENDING, 1, NOW, False, Phase.PENDING, id="due now: pending"),
        pytest.param(JobStatus.PENDING, 1, LATER, False, Phase.SCHEDULED, id="later: scheduled"),
        pytest.param(JobStatus.PENDING, 2, LATER, False, Phase.RETRYING, id="a second try waits"),
        pytest.param(JobStatus.PENDING, 2, NOW, False, Phase.RETRYING, id="a second try is due"),
        pytest.param(JobStatus.RUNNING, 1, NOW, False, Phase.RUNNING, id="running"),
        pytest.param(JobStatus.RUNNING, 3, NOW, False, Phase.RUNNING, id="a third try runs"),
        pytest.param(JobStatus.RUNNING, 1, NOW, True, Phase.CANCELLING, id="asked to stop"),
        pytest.param(JobStatus.CANCELLED, 1, NOW, True, Phase.CANCELLED, id="has stopped"),
        pytest.param(JobStatus.COMPLETED, 4, NOW, False, Phase.COMPLETED, id="completed"),
        pytest.param(JobStatus.FAILED, 4, LATER, True, Phase.FAILED, id="failed for good"),
    ],
)
def test_a_person_is_shown_the_word_that_says_most(
    status: JobStatus,
    attempt: int,
    available_at: datetime,
    cancel_requested: bool,
    expected: Phase,
) -> None:
    shown = phase(
        status,
        attempt=attempt,
        available_at=available_at,
        cancel_requested=cancel_requested,
        now=NOW,
    )
    assert shown is expected


@pytest.mark.parametrize(
    ("status", "attempt", "available_at", "expected"),
    [
        pytest.param(JobStatus.PENDING, 1, NOW, Phase.PAUSED, id="due, and held back: paused"),
        pytest.param(JobStatus.PENDING, 2, NOW, Phase.PAUSED, id="due for another try: paused"),
        pytest.param(JobStatus.PENDING, 1, LATER, Phase.SCHEDULED, id="not due: its time first"),
        pytest.param(JobStatus.PENDING, 2, LATER, Phase.RETRYING, id="its try is not due either"),
    ],
)
def test_what_holds_a_job_back_just_now_is_said(
    status: JobStatus, attempt: int, available_at: datetime, expected: Phase
) -> None:
    shown = phase(
        status,
        attempt=attempt,
        available_at=available_at,
        cancel_requested=False,
        now=NOW,
        paused=True,
    )
    assert shown is expected


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (SUBMITTED, JobStatus.PENDING),
        ("claimed", JobStatus.RUNNING),
        ("step_started", JobStatus.RUNNING),
        ("step_failed", JobStatus.RUNNING),
        ("cancel_requested", JobStatus.RUNNING),
        ("waiting", JobStatus.PENDING),
        ("released", JobStatus.PENDING),
        ("recovered", JobStatus.PENDING),
        ("retried", JobStatus.PENDING),
        ("completed", JobStatus.COMPLETED),
        ("failed", JobStatus.FAILED),
        ("expired", JobStatus.FAILED),
        ("worker_lost", JobStatus.FAILED),
        ("cancelled", JobStatus.CANCELLED),
    ],
)
def test_an_event_tells_the_status_after_it(kind: str, status: JobStatus) -> None:
    assert status_after(kind) is status


@pytest.mark.parametrize("event", JobEvent)
def test_an_event_leads_to_one_status_from_wherever_it_happens(event: JobEvent) -> None:
    assert {s[event] for s in LEGAL.values() if event in s} == {status_after(event)}


@pytest.mark.parametrize(
    ("status", "attempt", "paused", "expected"),
    [
        pytest.param(JobStatus.PENDING, 1, False, Phase.PARKED, id="it waits for a provider"),
        pytest.param(JobStatus.PENDING, 2, False, Phase.PARKED, id="before its next try, too"),
        pytest.param(JobStatus.PENDING, 1, True, Phase.PAUSED, id="held back by hand: that first"),
        pytest.param(JobStatus.CANCELLED, 1, False, Phase.CANCELLED, id="it has ended"),
    ],
)
def test_a_job_that_waits_for_a_provider_is_parked(
    status: JobStatus, attempt: int, paused: bool, expected: Phase
) -> None:
    shown = phase(
        status,
        attempt=attempt,
        available_at=NOW,
        cancel_requested=False,
        now=NOW,
        paused=paused,
        parked=True,
    )
    assert shown is expected
