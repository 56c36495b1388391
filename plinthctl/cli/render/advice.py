"""What to do about a job that has failed, by the class of its failure."""

from collections.abc import Mapping
from typing import Any, Final

from plinthctl.domain.failures import EndCode, FailureClass

_BY_CLASS: Final[Mapping[str, str]] = {
    FailureClass.INVALID_INPUT: "submit again with other input",
    FailureClass.CONTENT_REFUSED: "submit again with other input",
    FailureClass.QUOTA_EXHAUSTED: "raise the provider's budget, then submit again",
    EndCode.EXPIRED_IN_QUEUE: "start a worker (plinthctl worker), then submit again",
}


def fix_for(record: Mapping[str, Any] | None) -> str | None:
    """One line of advice from a job's error record; None where there is none."""
    found = str((record or {}).get("class"))
    provider = (record or {}).get("provider")
    if found == FailureClass.AUTH_FAILURE and provider:
        return f"set PLINTHCTL_PROVIDERS_{str(provider).upper()}_API_KEY, then submit again"
    return _BY_CLASS.get(found)
