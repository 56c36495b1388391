"""Jobs that would be made, or wait for a place before they are."""

from typing import Any

from rich.text import Text

from plinthctl.domain.admission import Admitted
from plinthctl.domain.ids import short
from plinthctl.domain.limits import likely_free
from plinthctl.domain.runs import NewJob
from plinthctl.domain.spans import zulu
from plinthctl.errors import LimitReached, PlinthError
from plinthctl.render.sheet import Lines, words


def order_object(job: NewJob, would_be: Admitted) -> dict[str, Any]:
    """The start of the job object, and ``dry_run``."""
    return {
        "dry_run": True,
        "type": job.type,
        "org": job.org,
        "user": job.user,
        "decision": job.decision,
        "key": job.key,
        "available_at": zulu(job.available_at),
        "input": job.input,
        **({"from": job.told["from"]} if "from" in job.told else {}),
        **({"existing": would_be.existing} if job.key is not None else {}),
        **({"id": would_be.job_id} if would_be.existing else {}),
    }


def order_lines(job: NewJob, would_be: Admitted) -> Lines:
    """The same for people."""
    named = {"org": job.org, "user": job.user, "decision": job.decision, "key": job.key}
    whose = " · ".join(f"{name} {value}" for name, value in named.items() if value)
    if would_be.existing:
        return [words(("would find ", "bold"), f"{short(would_be.job_id)}, made before   {whose}")]
    fields = [words((f"  {name} ", "dim"), str(value)) for name, value in job.input.items()]
    start = [words(("  starts ", "dim"), str(zulu(job.available_at)))] if job.available_at else []
    return [words(("would submit ", "bold"), f"{job.type}   {whose}"), *fields, *start]


def what_is_full(reason: PlinthError) -> object:
    """What somebody who waits would hear of, should it change: the full scopes and
    who holds them. That a holder has come further is no news."""
    full = reason.details.get("full", [])
    return reason.code, [(one["scope"], one["id"], one["active"]) for one in full]


def waiting_line(reason: PlinthError) -> Text:
    """Why there is no place yet, and when one is likely."""
    if not isinstance(reason, LimitReached):
        return words(("still waiting for a place: ", "yellow"), reason.message)
    likely = likely_free([one["free_in_s"] for one in reason.details.get("full", [])])
    return words(("waiting for a place: ", "bold"), f"{reason.message}. {likely}".rstrip())
