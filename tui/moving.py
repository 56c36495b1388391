"""What has become of some jobs since a frame, worked into it: rows move between looks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from plinthctl.domain.views import JobView
from tui.frame import Frame

RECENT_AT_MOST: Final = 20
LISTENED_TO: Final = 100  # jobs; what happens to others is seen at the next look
REMEMBERED: Final = 1000


def moved(frame: Frame, jobs: Sequence[JobView]) -> Frame:
    """The frame with these jobs as they are now; those that have ended leave the active
    ones, and are the most recent ends."""
    newer = {job.id: job for job in jobs}
    look = frame.snapshot
    active = tuple(job for job in _now(look.active, newer) if not job.ended)
    before = {job.id for job in look.recent}
    ends = tuple(job for job in jobs if job.ended and job.id not in before)
    recent = (*ends, *_now(look.recent, newer))[: max(RECENT_AT_MOST, len(look.recent))]
    stuck = tuple(job for job in _now(look.stuck, newer) if not job.ended)
    page = frame.page and replace(frame.page, jobs=_now(frame.page.jobs, newer))
    snapshot = replace(look, active=active, recent=recent, stuck=stuck)
    return replace(frame, snapshot=snapshot, page=page)


def _now(jobs: Sequence[JobView], newer: dict[str, JobView]) -> tuple[JobView, ...]:
    """The same jobs, each as it was seen last."""
    return tuple(_later(job, newer.get(job.id)) for job in jobs)


def _later(known: JobView, other: JobView | None) -> JobView:
    return known if other is None or other.event_seq < known.event_seq else other


def heard_of(frame: Frame) -> list[str]:
    """The jobs of which something may be heard: the first of those that have not ended."""
    page = frame.page.jobs if frame.page else ()
    detail = (frame.detail.job,) if frame.detail else ()
    jobs = (*detail, *page, *frame.snapshot.active)
    return [job.id for job in jobs if not job.ended][:LISTENED_TO]


def remembered(known: Mapping[str, JobView], frame: Frame) -> dict[str, JobView]:
    """The jobs that were seen last, by their ids: those of the frame, and of those before
    it as many as anybody may still have the cursor on."""
    look = frame.snapshot
    page, detail = frame.page, frame.detail
    jobs = (*look.recent, *look.stuck, *look.active, *(page.jobs if page else ()))
    seen = {job.id: job for job in (*jobs, *((detail.job,) if detail else ()))}
    before = [(job_id, job) for job_id, job in known.items() if job_id not in seen]
    return dict([*before, *seen.items()][-REMEMBERED:])
