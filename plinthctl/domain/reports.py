"""What is told of a job's final failure to those who keep the program running.

A report is made of a closed list of facts, none of which can hold a prompt, a page, a
key or a person: no input, no text of a provider's, no words of an exception.
Source: contracts/sentry.md section 4.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from plinthctl.domain.failures import EndCode, Failure, FailureClass, text_for

_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


class Level(StrEnum):
    """How much a report matters; the values are Sentry's."""

    ERROR = "error"  # somebody must act: a bug, a key, a budget
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Report:
    """One job's final failure.

    Attributes:
        id: 32 hex digits, made by whoever reports; the job's record holds it, too.
        code: The failure's class, or how the job ended without one.
        message: The code's own words, which hold nothing of this job's.
        attempt: The number of the step's last try.
        request_id: The provider's, where it looks like an id.
    """

    id: str
    job_id: str
    job_type: str
    code: FailureClass | EndCode
    message: str
    level: Level
    step: str | None = None
    provider: str | None = None
    attempt: int | None = None
    http_status: int | None = None
    request_id: str | None = None


_ACT: Final = frozenset(
    {FailureClass.UNKNOWN, FailureClass.AUTH_FAILURE, FailureClass.QUOTA_EXHAUSTED}
)
_ENDED: Final = {
    EndCode.EXPIRED_IN_QUEUE: "No worker took the job in time.",
    EndCode.EXPIRED_RUNNING: "The job ran for too long.",
    EndCode.WORKER_LOST: "The job's worker went away once too often.",
}


def of_failure(
    report_id: str, job_id: str, job_type: str, step: str, attempt: int, failure: Failure
) -> Report | None:
    """The report of a step that has failed for good; None: it is nobody's to mend.

    What its user did wrong and what a provider declines are told to the user alone.
    """
    kind = failure.failure_class
    if failure.user_fault or kind is FailureClass.CONTENT_REFUSED:
        return None
    return Report(
        report_id,
        job_id,
        job_type,
        kind,
        text_for(kind, failure.provider),
        Level.ERROR if kind in _ACT else Level.WARNING,
        step=step,
        provider=failure.provider,
        attempt=attempt,
        http_status=failure.http_status,
        request_id=_id(failure.request_id),
    )


def of_end(report_id: str, job_id: str, job_type: str, code: EndCode) -> Report:
    """The report of a job that was ended by a clock, or with its last worker."""
    return Report(report_id, job_id, job_type, code, _ENDED[code], Level.WARNING)


def _id(text: str | None) -> str | None:
    return text if text and _ID.fullmatch(text) else None
