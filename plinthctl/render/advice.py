"""What to do about a job that has failed, by the class of its failure."""

from collections.abc import Mapping
from typing import Any, Final

from plinthctl.domain.failures import EndCode, FailureClass

_BY_CLASS: Final[Mapping[str, str]] = {
    FailureClass.INVALID_INPUT: "submit again with other input",
    FailureClass.CONTENT_REFUSED: "submit again with other input",
    FailureClass.QUOTA_EXHAUSTED: "raise the provider's budget, then plinthctl retry {job}",
    EndCode.EXPIRED_IN_QUEUE: "start a worker (plinthctl worker), then plinthctl retry {job}",
}


def fix_for(record: Mapping[str, Any] | None, job: str) -> str | None:
    """One line of advice from a job's error record; None where there is none.
    ``job`` is what its command calls it."""
    found = str((record or {}).get("class"))
    provider = (record or {}).get("provider")
    if found == FailureClass.AUTH_FAILURE and provider:
        key = f"PLINTHCTL_PROVIDERS_{str(provider).upper()}_API_KEY"
        return f"set {key}, then plinthctl retry {job}"
    advice = _BY_CLASS.get(found)
    return None if advice is None else advice.format(job=job)
