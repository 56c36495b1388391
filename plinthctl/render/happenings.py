"""What happens to a job that somebody follows: its state, then an object an event."""

from datetime import datetime
from typing import Any, Final

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.job import FINAL, JobEvent, JobStatus, status_after
from plinthctl.domain.spans import zulu
from plinthctl.domain.views import EventView, JobView

PROGRESS: Final = "progress"
STATE: Final = "state"


def state(job: JobView) -> dict[str, Any]:
    """The job as it is when it is seen first."""
    return _told(job, job.read_at, job.event_seq, STATE, job.status) | _row(job)


def happening(job: JobView, event: EventView) -> dict[str, Any]:
    """The event, and the job as it was after it. ``job`` was read with it, and may
    be further; the newest event is told with all that the job's row says."""
    told = _told(job, event.at, event.seq, event.kind, status_after(event.kind))
    return told | (_row(job) if event.seq == job.event_seq else _then(job, event))


def _told(job: JobView, at: datetime, seq: int, kind: str, status: JobStatus) -> dict[str, Any]:
    return {
        "t": zulu(at),
        "job": job.id,
        "seq": seq,
        "event": status.value if status in FINAL else PROGRESS,
        "kind": kind,
        "status": status.value,
    }


def _row(job: JobView) -> dict[str, Any]:
    return {
        "progress": job.progress,
        "step": job.step,
        "message": job.status_message,
        "error": job.error,
    }


def _then(job: JobView, event: EventView) -> dict[str, Any]:
    step = _step(event)
    return {
        "progress": event.data.get("progress", job.progress),
        "step": step,
        "message": event.data.get("message") or _message(job.type, step),
        "error": event.data.get("error"),
    }


def _step(event: EventView) -> str | None:
    begun = event.data.get("steps") if event.kind == JobEvent.CLAIM else None
    return begun[0] if begun else event.data.get("step")


def _message(job_type: str, step: str | None) -> str | None:
    known = JOB_TYPES[job_type].steps if job_type in JOB_TYPES else ()
    return next((one.message for one in known if one.name == step), None)
