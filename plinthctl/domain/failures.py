"""The words for what goes wrong while a job runs, and what people are told.

Source: contracts/error-classification.md, sections 1 and 5.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

Number = TypeVar("Number", int, float)

DETAIL_CHARS: Final = 500  # of a provider's own text that are kept


class FailureClass(StrEnum):
    """Why a try of a step failed. Decides whether it is tried again."""

    NETWORK_TIMEOUT = "network_timeout"
    RATE_LIMITED = "rate_limited"
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    PARSE_ERROR = "parse_error"
    INVALID_INPUT = "invalid_input"
    AUTH_FAILURE = "auth_failure"
    QUOTA_EXHAUSTED = "quota_exhausted"
    CONTENT_REFUSED = "content_refused"
    UNKNOWN = "unknown"


class EndCode(StrEnum):
    """Why a job failed without a step's failure."""

    EXPIRED_IN_QUEUE = "expired_in_queue"
    EXPIRED_RUNNING = "expired_running"
    WORKER_LOST = "worker_lost"


_TEXT: Final = {
    FailureClass.NETWORK_TIMEOUT: "{provider} did not answer in time.",
    FailureClass.RATE_LIMITED: "{provider} is limiting requests; try again in a minute.",
    FailureClass.PROVIDER_UNAVAILABLE: "{provider} is not available at the moment.",
    FailureClass.PARSE_ERROR: "The answer of {inside} could not be read.",
    FailureClass.INVALID_INPUT: "{provider} did not accept the request.",
    FailureClass.AUTH_FAILURE: (
        "{provider} refused our credentials; an administrator must check the key."
    ),
    FailureClass.QUOTA_EXHAUSTED: "The {bare} budget is used up.",
    FailureClass.CONTENT_REFUSED: "{provider} declined this content.",
    FailureClass.UNKNOWN: "An unexpected error occurred.",
}

_PROVIDER_TITLE: Final = {
    "firecrawl": "Firecrawl",
    "direct": "The website",  # what was read directly
    "exa": "Exa",
    "g2": "G2",
    "llm": "The LLM",
}


def provider_title(provider: str | None) -> str:
    """A provider's name as it begins a sentence."""
    return _PROVIDER_TITLE.get(provider or "", provider or "The step")


def provider_inside(provider: str | None) -> str:
    """A provider's name as it stands within a sentence."""
    title = provider_title(provider)
    return f"the {title.removeprefix('The ')}" if title.startswith("The ") else title


def text_for(failure_class: FailureClass, provider: str | None) -> str:
    """What the user is told where the failure has no better words of its own."""
    title = provider_title(provider)
    text = _TEXT[failure_class].format(
        provider=title, inside=provider_inside(provider), bare=title.removeprefix("The ")
    )
    return text[0].upper() + text[1:]


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed try of a step.

    Attributes:
        message: For the user, one sentence.
        detail: The provider's own words, redacted, at most 500 characters.
        retry_after_s: Seconds the provider asks to wait; None: it said nothing.
        user_fault: The input is at fault, not we.
        may_degrade: A step that may end without its data may do so on this at
            once, whatever the class says (no key configured, not in the plan).
    """

    failure_class: FailureClass
    message: str
    provider: str | None = None
    http_status: int | None = None
    provider_code: str | None = None
    request_id: str | None = None
    retry_after_s: float | None = None
    user_fault: bool = False
    may_degrade: bool = False
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What one try cost. None is unknown, which is not zero."""

    calls: int = 0
    input_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None
    credits: float | None = None
    cost_usd: float | None = None

    @property
    def told(self) -> bool:
        """Whether it is known what it cost: nothing, dollars, or credits."""
        return self.calls == 0 or self.cost_usd is not None or self.credits is not None

    def plus(self, more: "Usage") -> "Usage":
        """Both together; what one of them does not know is not known of both."""
        if self.calls == 0 or more.calls == 0:
            return more if self.calls == 0 else self
        return Usage(
            calls=self.calls + more.calls,
            input_tokens=_plus(self.input_tokens, more.input_tokens),
            cached_tokens=_plus(self.cached_tokens, more.cached_tokens),
            output_tokens=_plus(self.output_tokens, more.output_tokens),
            credits=_plus(self.credits, more.credits),
            cost_usd=_plus(self.cost_usd, more.cost_usd),
        )

    def shared(self, among: int) -> tuple["Usage", ...]:
        """Equal parts that together are the whole; the first have what does not divide."""
        return tuple(
            Usage(
                calls=_part(self.calls, n, among),
                input_tokens=self.input_tokens and _part(self.input_tokens, n, among),
                cached_tokens=self.cached_tokens and _part(self.cached_tokens, n, among),
                output_tokens=self.output_tokens and _part(self.output_tokens, n, among),
                credits=self.credits and self.credits / among,
                cost_usd=self.cost_usd and self.cost_usd / among,
            )
            for n in range(among)
        )


def _plus(one: Number | None, other: Number | None) -> Number | None:
    return None if one is None or other is None else one + other


def _part(count: int, place: int, among: int) -> int:
    return count // among + (place < count % among)
