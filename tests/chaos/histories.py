"""What every job's history must look like, whatever happened."""

from typing import Any

from plinthctl.domain.views import JobDetail
from plinthctl.store import Store

FINAL_EVENTS = {"completed", "failed", "cancelled", "expired", "worker_lost"}


def detail_of(store: Store, job_id: str) -> JobDetail:
    found = store.detail(job_id, events=True)
    assert found is not None
    return found


def kinds(detail: JobDetail) -> list[str]:
    return [one.kind for one in detail.events]


def is_dense(detail: JobDetail) -> None:
    """The numbers of its events have no gap, and its row knows the last."""
    numbers = [one.seq for one in detail.events]
    assert numbers == list(range(1, len(numbers) + 1))
    assert detail.job.event_seq == len(numbers)


def ended_once(detail: JobDetail) -> None:
    assert detail.job.ended
    assert is_final_event_last(detail)


def is_final_event_last(detail: JobDetail) -> bool:
    places = [place for place, kind in enumerate(kinds(detail)) if kind in FINAL_EVENTS]
    return places == [len(detail.events) - 1]


def what_is_there(store: Store, job_id: str) -> tuple[Any, ...]:
    """Everything about a job but the time at which it was read."""
    it = detail_of(store, job_id)
    job = it.job
    row = (job.status, job.progress, job.step, job.attempt, job.error, job.event_seq)
    return (row, it.output, it.error_detail, it.steps, it.events, it.results)


def tries(detail: JobDetail, step: str) -> tuple[Any, ...]:
    return next(one.history for one in detail.steps if one.name == step)
