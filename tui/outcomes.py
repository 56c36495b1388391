"""What came of an action, in a few words."""

from collections import Counter

from plinthctl.domain.ids import short
from plinthctl.domain.job import JobStatus
from plinthctl.domain.steered import Cancelling, Retried, Skipped, Steered
from tui.messages import Outcome


def told(outcome: Outcome) -> str:
    """One line: of one job what became of it, of many how many."""
    if outcome.said or not outcome.steered:
        return outcome.said
    if len(outcome.steered) == 1:
        return f"{short(outcome.steered[0].job_id)} {_one(outcome.steered[0])}"
    counts = Counter(_kind(one) for one in outcome.steered)
    return ", ".join(f"{count} {kind}" for kind, count in counts.items())


def _one(one: Steered) -> str:
    if isinstance(one, Skipped):
        return f"left as it is: {one.error.message}"
    if isinstance(one, Retried):
        return f"queued again, resumes at {', '.join(one.restart.resumes_at)}"
    return _kind(one)


def _kind(one: Steered) -> str:
    match one:
        case Cancelling(status=JobStatus.CANCELLED):
            return "cancelled"
        case Cancelling():
            return "cancelling: its worker stops it"
        case Retried():
            return "queued again"
        case Skipped():
            return "left as they are"
