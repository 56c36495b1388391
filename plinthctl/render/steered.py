"""What became of jobs that somebody steered, for people and as JSON."""

from typing import Any, assert_never

from rich.text import Text

from plinthctl.domain.cancel import ANSWERS_WITHIN, Cancel
from plinthctl.domain.ids import short
from plinthctl.domain.job import JobStatus, Phase
from plinthctl.domain.restart import Restart
from plinthctl.domain.spans import age
from plinthctl.domain.steered import Cancelling, Retried, Skipped, Steered
from plinthctl.errors import WrongState
from plinthctl.render.sheet import words


def steered_object(one: Steered, *, dry_run: bool = False) -> dict[str, Any]:
    """One job: its status after it, the one before, and why it was skipped, if it was."""
    mark = {"dry_run": True} if dry_run else {}
    match one:
        case Cancelling():
            return {**_stands(one, _cancel_phase(one)), "taken_away": _taken(one), **mark}
        case Retried():
            phase = Phase.PAUSED if one.paused else Phase.PENDING
            return {**_stands(one, phase), **_retried(one), **mark}
        case Skipped():
            status = one.error.details.get("status")
            told = {"id": one.job_id, "status": status, "phase": status}
            return {**told, "skipped": _wrong(one), "was": status, **mark}
    assert_never(one)


def _stands(one: Cancelling | Retried, phase: Phase) -> dict[str, Any]:
    return {
        "id": one.job_id,
        "status": one.status.value,
        "phase": phase.value,
        "skipped": None,
        "was": one.was.value,
    }


def _cancel_phase(one: Cancelling) -> Phase:
    ended = one.status is JobStatus.CANCELLED
    return Phase.CANCELLED if ended else Phase.CANCELLING


def _taken(one: Cancelling) -> bool:
    return one.how is Cancel.TAKE_AWAY


def _retried(one: Retried) -> dict[str, Any]:
    return {
        "type": one.type,
        "round": one.round,
        "fresh": one.fresh,
        "kept": list(one.restart.kept),
        "without_data": list(one.restart.without_data),
        "dropped": list(one.restart.dropped),
        "resumes_at": list(one.restart.resumes_at),
        "fails_again": one.fails_again,
    }


def steered_line(one: Steered, *, dry_run: bool = False) -> Text:
    """One job, one line."""
    name = (short(one.job_id), "bold")
    if isinstance(one, Skipped):
        return words(("– ", "dim"), name, f" skipped: {_why_skipped(one)}")
    mark = ("○ ", "dim") if dry_run else ("✓ ", "green")
    if isinstance(one, Cancelling):
        return words(mark, name, f" {_cancelling(one, dry_run=dry_run)}")
    would = "would be queued again" if dry_run else "queued again"
    return words(mark, name, f" {would}: {_restarts(one.restart)}{_but(one)}")


def _wrong(one: Skipped) -> str:
    """What is wrong with the job, which has been named before."""
    return one.error.message.removeprefix(f"{short(one.job_id)} is ")


def _why_skipped(one: Skipped) -> str:
    ago_s = one.error.details.get("ended_ago_s")
    if isinstance(one.error, WrongState) and ago_s is not None:
        return f"{_wrong(one)} {age(ago_s)} ago"
    return _wrong(one)


def _cancelling(one: Cancelling, *, dry_run: bool) -> str:
    asked = f"asked {age(one.asked_s or 0.0)} ago"
    match one.how:
        case Cancel.END:
            return f"would be cancelled (is {one.was})" if dry_run else f"cancelled (was {one.was})"
        case Cancel.ASK:
            worker = "its worker would stop it" if dry_run else "cancelling: its worker stops it"
            return f"{worker}; finished steps are kept"
        case Cancel.AWAIT:
            after_s = ANSWERS_WITHIN.total_seconds()
            return f"is cancelling: its worker was {asked}; again after {after_s:g}s ends it now"
        case Cancel.TAKE_AWAY:
            verb = "would be cancelled" if dry_run else "cancelled"
            return f"{verb} without its worker, which was {asked}; finished steps are kept"


def _restarts(found: Restart) -> str:
    kept = [f"{name} (no data)" if name in found.without_data else name for name in found.kept]
    parts = (
        f"keeps {', '.join(kept)}" if kept else "nothing is kept",
        f"drops {', '.join(found.dropped)}" if found.dropped else "",
        f"{'resumes' if kept else 'starts'} at {', '.join(found.resumes_at)}",
    )
    return "; ".join(part for part in parts if part)


def _but(one: Retried) -> str:
    return "; waits, since its type is paused" if one.paused else ""
