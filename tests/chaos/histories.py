"""What every job's history must look like, whatever happened."""

from collections.abc import Mapping
from typing import Any

from plinthctl.domain.job import JobStatus
from plinthctl.domain.views import EventView, JobDetail
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


def completed_once(detail: JobDetail) -> None:
    """It completed, and each of its steps was stored once, at its first try."""
    assert detail.job.status is JobStatus.COMPLETED, detail.job.error
    is_dense(detail)
    assert is_final_event_last(detail)
    assert len(detail.results) == 1
    assert kinds(detail).count("step_done") == len(detail.steps)
    assert [len(step.history) for step in detail.steps] == [1] * len(detail.steps)


def ran_no_more_than_begun(detail: JobDetail, runs: Mapping[str, int]) -> None:
    """Each step was stored once and begun no more after that; ``runs`` says how often
    each has run indeed."""
    for step in detail.steps:
        begun = [one.seq for one in detail.events if _begins(one, step.name)]
        (done,) = [one.seq for one in detail.events if _stores(one, step.name)]
        assert max(begun) < done
        assert runs[step.name] <= len(begun)


def _begins(event: EventView, step: str) -> bool:
    with_claim = event.kind == "claimed" and step in event.data.get("steps", ())
    return with_claim or (event.kind == "step_started" and event.data["step"] == step)


def _stores(event: EventView, step: str) -> bool:
    return event.kind == "step_done" and event.data["step"] == step
