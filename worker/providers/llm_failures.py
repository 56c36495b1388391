"""What went wrong at the LLM, in our words.

Source: contracts/openai.md section 7, error-classification.md section 2.2.
"""

import json
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import httpx2
import openai
from pydantic import ValidationError

from plinthctl.domain.failures import FailureClass
from worker.context import ProviderError
from worker.providers.bounded import CutShort, TooLarge
from worker.providers.failures import TOO_LARGE, Accused, has_cause, status_class
from worker.providers.http import problems
from worker.providers.llm_stream import StreamBroken, StreamCut
from worker.providers.retry_after import retry_after_s

LENGTH: Final = "length"  # the code of an answer that was cut: the retry gets more room

QUOTA_CODES: Final = frozenset(
    {
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
    }
)
CONTENT_CODES: Final = frozenset({"content_policy_violation", "content_filter"})
PACE_CODES: Final = frozenset({"rate_limit_exceeded", "slow_down"})

_BY_STATUS: Final = {
    401: FailureClass.AUTH_FAILURE,
    402: FailureClass.QUOTA_EXHAUSTED,
    403: FailureClass.AUTH_FAILURE,
    409: FailureClass.PROVIDER_UNAVAILABLE,
    **dict.fromkeys((400, 404, 413, 422), FailureClass.INVALID_INPUT),
}
# What the SDK raises when a 200 is not what it should be (openai.md section 4.3).
UNREADABLE: Final = (
    ValidationError,
    json.JSONDecodeError,
    UnicodeDecodeError,
    RecursionError,
    TypeError,
    AttributeError,
    IndexError,
    KeyError,
)


def class_of_status(status: int, code: str, kind: str) -> FailureClass:
    """The class of an error answer: its code first, then its status."""
    if code in CONTENT_CODES:
        return FailureClass.CONTENT_REFUSED
    if status == 401:
        return FailureClass.AUTH_FAILURE
    if code in QUOTA_CODES or kind == "insufficient_quota":
        return FailureClass.QUOTA_EXHAUSTED
    if code in PACE_CODES:
        return FailureClass.RATE_LIMITED
    return _BY_STATUS.get(status) or status_class(status)


def class_of(error: BaseException) -> FailureClass:
    """The class of whatever the call raised."""
    match error:
        case openai.APITimeoutError() | TimeoutError():
            return FailureClass.NETWORK_TIMEOUT
        case TooLarge():
            return FailureClass.PARSE_ERROR
        case CutShort():
            return FailureClass.PROVIDER_UNAVAILABLE
        case openai.APIConnectionError():
            return _class_of_connection(error)
        case openai.ContentFilterFinishReasonError():
            return FailureClass.CONTENT_REFUSED
        case openai.APIStatusError():
            return class_of_status(error.status_code, str(error.code), str(error.type))
        case openai.LengthFinishReasonError() | openai.APIResponseValidationError():
            return FailureClass.PARSE_ERROR
        case StreamBroken() | StreamCut():
            return FailureClass.PARSE_ERROR
        case openai.APIError():
            return _class_of_event(str(error.code))
    return FailureClass.PARSE_ERROR if isinstance(error, UNREADABLE) else FailureClass.UNKNOWN


def _class_of_connection(error: openai.APIConnectionError) -> FailureClass:
    if has_cause(error, httpx2.UnsupportedProtocol):
        return FailureClass.INVALID_INPUT
    if has_cause(error, ssl.SSLCertVerificationError):
        return FailureClass.UNKNOWN
    return FailureClass.PROVIDER_UNAVAILABLE


def _class_of_event(code: str) -> FailureClass:
    """An error inside a stream has a code and no status."""
    if code in QUOTA_CODES:
        return FailureClass.QUOTA_EXHAUSTED
    return FailureClass.RATE_LIMITED if code in PACE_CODES else FailureClass.PROVIDER_UNAVAILABLE


@dataclass(frozen=True, slots=True)
class LlmFailures:
    """Turns what the SDK raises into our errors."""

    accused: Accused
    timeout_s: float

    def of(self, error: Exception, *, most_tokens: int) -> ProviderError:
        """The error to raise for ``error``."""
        if isinstance(error, openai.APIStatusError):
            return self._of_status(error)
        failure_class = class_of(error)
        if failure_class is FailureClass.INVALID_INPUT:
            return self.accused.misaddressed(str(error.__cause__))
        return self.accused.failed(
            failure_class,
            detail=self._detail(error, most_tokens),
            provider_code=_code(error),
        )

    def _of_status(self, error: openai.APIStatusError) -> ProviderError:
        return self.accused.failed(
            class_of(error),
            detail=error.message,
            http_status=error.status_code,
            provider_code=error.code,
            request_id=error.request_id,
            retry_after_s=retry_after_s(error.response.headers, None, datetime.now(UTC)),
        )

    def _detail(self, error: Exception, most_tokens: int) -> str:
        # After a parse error these are the words that the model is told.
        match error:
            case openai.LengthFinishReasonError() | StreamCut():
                return (
                    f"The answer was cut off after {most_tokens:,} tokens. "
                    "Write a shorter one: fewer and briefer statements."
                )
            case ValidationError():
                return f"The answer did not fit the schema. {problems(error)}"
            case StreamBroken():
                return "The answer broke off. Write it to its end."
            case TimeoutError():
                return f"no whole answer in {self.timeout_s:g} s"
        if isinstance(error, UNREADABLE):
            return "The answer was not JSON. Answer with one JSON object that fits the schema."
        cause = error.__cause__ or error
        return f"{type(cause).__name__}: {cause}"

    def refused(self, text: str) -> ProviderError:
        """The model declined, politely."""
        return self.accused.failed(FailureClass.CONTENT_REFUSED, detail=text)

    def empty(self) -> ProviderError:
        """The model said nothing at all."""
        return self.accused.failed(
            FailureClass.PARSE_ERROR,
            detail="The answer was empty. Answer with one JSON object that fits the schema.",
        )


def _code(error: Exception) -> str | None:
    if isinstance(error, openai.LengthFinishReasonError | StreamCut):
        return LENGTH
    if isinstance(error, TooLarge):
        return TOO_LARGE
    code = error.code if isinstance(error, openai.APIError) else None
    return str(code) if code else None
