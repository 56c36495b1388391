"""A job that would be made."""

from typing import Any

from plinthctl.cli.render.sheet import Lines, words
from plinthctl.domain.runs import NewJob


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
