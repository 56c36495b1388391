"""A job that would be made, and why it would not."""

from collections.abc import Sequence
from typing import Any

from plinthctl.cli.render.sheet import Lines, words
from plinthctl.domain.limits import FullScope
from plinthctl.domain.runs import NewJob
from plinthctl.errors import LimitReached


def order_object(job: NewJob) -> dict[str, Any]:
    """The start of the job object, and ``dry_run``."""
    return {
        "dry_run": True,
        "type": job.type,
        "org": job.org,
        "user": job.user,
        "decision": job.decision,
        "input": job.input,
    }


def order_lines(job: NewJob) -> Lines:
    """The same for people."""
    whose = f"org {job.org} · user {job.user}" + (
        f" · decision {job.decision}" * bool(job.decision)
    )
    fields = [words((f"  {name} ", "dim"), str(value)) for name, value in job.input.items()]
    return [words(("would submit ", "bold"), f"{job.type}   {whose}"), *fields]


def refusal(full: Sequence[FullScope]) -> LimitReached:
    """The error that a submit would meet."""
    return LimitReached(
        "Too many active jobs. Please wait for some to complete.",
        details={
            "full": [
                {
                    "scope": one.scope.value,
                    "id": one.identifier,
                    "limit": one.limit,
                    "active": [holder.job_id for holder in one.holders],
                    "free_in_s": one.free_in_s,
                }
                for one in full
            ]
        },
    )
