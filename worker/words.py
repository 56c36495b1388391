"""What a job's row says while it waits, and the record of its last failure."""

from typing import Any, Final

from plinthctl.domain.failures import Failure, FailureClass, provider_title
from plinthctl.domain.retries import MAX_TRIES

QUEUED_AGAIN: Final = "Interrupted, waiting for a worker…"

_WAITS_BECAUSE: Final = {
    FailureClass.NETWORK_TIMEOUT: "{provider} did not answer in time",
    FailureClass.RATE_LIMITED: "{provider} is limiting requests",
    FailureClass.PROVIDER_UNAVAILABLE: "{provider} is not available",
    FailureClass.PARSE_ERROR: "{provider}'s answer could not be read",
    FailureClass.UNKNOWN: "An unexpected error occurred",
}


def waiting(failure: Failure, wait_s: float) -> str:
    """Why a job waits and for how long: "Exa is limiting requests, next try in 12 s"."""
    reason = _WAITS_BECAUSE.get(failure.failure_class, "The last try failed")
    when = f"in {seconds} s" if (seconds := round(wait_s)) > 0 else "at once"
    return f"{reason.format(provider=provider_title(failure.provider))}, next try {when}"


def record(
    failure: Failure, step: str, number: int, report_id: str | None = None
) -> dict[str, Any]:
    """The error record stored with a job; ``report_id`` is under which it was reported.

    Source: contracts/error-classification.md section 5, UX.md 3.5.
    """
    return {
        "class": failure.failure_class.value,
        "provider": failure.provider,
        "step": step,
        "attempt": number,
        "max_attempts": MAX_TRIES,
        "retries": number - 1,
        "http_status": failure.http_status,
        "provider_code": failure.provider_code,
        "request_id": failure.request_id,
        "retry_after_s": failure.retry_after_s,
        "user_fault": failure.user_fault,
        "message": failure.message,
        "detail": failure.detail,
        "sentry_event_id": report_id,
    }
