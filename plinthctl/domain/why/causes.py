"""The causes that are told apart, and what is said of one."""

from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """Why a job is where it is. The values are ``cause`` in JSON."""

    # It waits.
    PAUSED = "paused"
    PARKED = "parked"
    SCHEDULED = "scheduled"
    BACKING_OFF = "backing_off"
    WORKER_WAS_LOST = "worker_was_lost"
    NO_WORKER = "no_worker"
    NO_WORKER_FOR_TYPE = "no_worker_for_type"
    IN_LINE = "in_line"
    ABOUT_TO_START = "about_to_start"
    # It runs.
    CANCELLING = "cancelling"
    WORKER_SILENT = "worker_silent"
    TOO_LONG = "too_long"
    STEP_WAITS = "step_waits"
    SLOW = "slow"
    ON_COURSE = "on_course"
    # It has failed.
    EXPIRED_IN_QUEUE = "expired_in_queue"
    EXPIRED_RUNNING = "expired_running"
    WORKER_LOST = "worker_lost"
    KEY_REJECTED = "key_rejected"
    QUOTA_USED_UP = "quota_used_up"
    INPUT_AT_FAULT = "input_at_fault"
    CONTENT_REFUSED = "content_refused"
    ANSWER_UNREADABLE = "answer_unreadable"
    PROVIDER_IN_TROUBLE = "provider_in_trouble"
    UNKNOWN_FAILURE = "unknown_failure"
    # It has ended otherwise.
    CANCELLED = "cancelled"
    DEGRADED = "degraded"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is said of a job.

    Attributes:
        sentence: The cause, in one sentence.
        evidence: What it is known from, a fact each.
        command: What helps, ready to be pasted; None: nothing does, or nothing need.
        otherwise: Why there is no command.
    """

    cause: Cause
    sentence: str
    evidence: tuple[str, ...] = ()
    command: str | None = None
    otherwise: str | None = None
