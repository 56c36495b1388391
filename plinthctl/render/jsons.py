"""The JSON that scripts read: additive only, snake_case, times in UTC."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from textwrap import indent
from typing import Any

from plinthctl.domain.archive import DecisionDetail
from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.costs import of_tries
from plinthctl.domain.decisions import DecisionContext
from plinthctl.domain.expiry import Expiry
from plinthctl.domain.job import JobStatus
from plinthctl.domain.retries import MAX_TRIES
from plinthctl.domain.spans import zulu
from plinthctl.domain.text import json_text
from plinthctl.domain.views import (
    AuditView,
    EventView,
    JobDetail,
    JobView,
    ResultView,
    StepView,
    TryView,
)
from plinthctl.render.costs import cost_object


def dumps(value: Any, *, indent: int | None = 2) -> str:
    """ASCII only: what a terminal would obey is escaped, never lost."""
    return json_text(value, indent=indent)


def line(value: Any) -> str:
    """One object on one line."""
    return dumps(value, indent=None)


def pieces(values: Iterable[Any], *, lines: bool) -> Iterator[str]:
    """Many values as one text, a piece at a time: an array, or a line each."""
    if lines:
        yield from (f"{line(value)}\n" for value in values)
        return
    mark = "["
    for value in values:
        yield f"{mark}\n{indent(dumps(value), '  ')}"
        mark = ","
    yield "[]\n" if mark == "[" else "\n]\n"


def _shown(job: JobView, expiry: Expiry | None = None) -> dict[str, Any]:
    job_type = JOB_TYPES.get(job.type)
    usual_s = job.usual_s or (job_type.usual_s if job_type else None)
    return {
        "id": job.id,
        "type": job.type,
        "status": job.status.value,
        "phase": job.phase.value,
        "progress": job.progress,
        "status_message": job.status_message,
        "step": job.step,
        "org": job.org,
        "user": job.user,
        "decision": job.decision,
        "key": job.key,
        "attempt": job.attempt,
        "max_attempts": MAX_TRIES,
        "next_try_at": zulu(_next_try_at(job)),
        "worker": job.worker,
        "stuck": job.stuck(expiry or Expiry()),
        "paused": job.paused,
        "round": job.round,
        "simulated": job.simulated,
        "quality": job.quality.value if job.quality else None,
        "quality_reason": job.quality_reason,
        "created_at": zulu(job.created_at),
        "available_at": zulu(job.available_at),
        "started_at": zulu(job.started_at),
        "completed_at": zulu(job.completed_at),
        "heartbeat_at": zulu(job.heartbeat_at),
        "waited_s": round(job.waited_s, 3),
        "elapsed_s": None if job.elapsed_s is None else round(job.elapsed_s, 3),
        "usual_s": [round(bound, 3) for bound in usual_s] if usual_s else None,
        "error": job.error,
    }


def _next_try_at(job: JobView) -> datetime | None:
    waits = job.status is JobStatus.PENDING and job.available_at > job.read_at
    return job.available_at if waits else None


def job_object(detail: JobDetail, expiry: Expiry | None = None) -> dict[str, Any]:
    """The job object (UX.md 3.5); ``events`` only where they were read."""
    return {
        **_shown(detail.job, expiry),
        "from": detail.made_from,
        "input": detail.input,
        "output": detail.output,
        "error_detail": detail.error_detail,
        "group": detail.group,
        "warnings": (detail.output or {}).get("warnings", []),
        "cost": cost_object(detail.cost),
        "steps": [_step_object(step) for step in detail.steps],
        "results": [result_object(result) for result in detail.results],
        **({"events": [event_object(e) for e in detail.events]} if detail.events else {}),
    }


def _step_object(step: StepView) -> dict[str, Any]:
    return {
        "name": step.name,
        "status": step.status.told,
        "tries": len(step.history) or step.tries,
        "retry_at": zulu(step.retry_at),
        "started_at": zulu(step.started_at),
        "ended_at": zulu(step.ended_at),
        "took_s": None if step.took_s is None else round(step.took_s, 3),
        "cost": cost_object(step.cost),
        "history": [_try_object(one) for one in step.history],
    }


def _try_object(tried: TryView) -> dict[str, Any]:
    return {
        "round": tried.round,
        "try": tried.number,
        "started_at": zulu(tried.started_at),
        "ended_at": zulu(tried.ended_at),
        "class": tried.failure_class,
        "provider": tried.provider,
        "message": tried.message,
        "cost": cost_object(of_tries([tried.usage])),
    }


def result_object(result: ResultView) -> dict[str, Any]:
    """A result with where every claim in it comes from."""
    return {
        "id": result.id,
        "kind": result.kind,
        "title": result.title,
        "org": result.org,
        "decision": result.decision,
        "job": result.job_id,
        "option": result.option_id,
        "ordinal": result.ordinal,
        "created_at": zulu(result.created_at),
        "simulated": result.simulated,
        "model": result.model,
        "prompt_version": result.prompt_version,
        "input_tokens": result.input_tokens,
        "output_tokens": result.output_tokens,
        "cost_usd": result.cost_usd,
        "sources": list(result.sources),
        "body": result.body,
    }


def event_object(event: EventView) -> dict[str, Any]:
    """One row of a job's history."""
    return {
        "seq": event.seq,
        "at": zulu(event.at),
        "kind": event.kind,
        "actor": event.actor,
        "data": event.data,
    }


def decision_object(decision: DecisionContext) -> dict[str, Any]:
    """A decision with its criteria and options."""
    return {
        "id": decision.id,
        "org": decision.org,
        "title": decision.title,
        "question": decision.question,
        "context": decision.context,
        "criteria": [asdict(criterion) for criterion in decision.criteria],
        "options": [asdict(option) for option in decision.options],
        "created_at": zulu(decision.created_at),
    }


def gathered_object(detail: DecisionDetail) -> dict[str, Any]:
    """A decision with all that jobs have gathered for it: what exports write."""
    results = [result_object(result) for result in detail.results]
    return {**decision_object(detail.decision), "results": results}


def history_object(one: EventView | AuditView) -> dict[str, Any]:
    """One row of a job's history; what an operator did has no number of its own."""
    if isinstance(one, EventView):
        return event_object(one)
    data = {
        "action": one.action,
        "reason": one.reason,
        "host": one.host,
        "tty": one.tty,
        "before": one.before,
        "after": one.after,
    }
    return {
        "seq": None,
        "at": zulu(one.at),
        "kind": "audit",
        "actor": one.operator,
        "data": data,
    }
