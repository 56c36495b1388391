"""Whether a failed step is tried again, and when.

Source: SPEC.md section 5 and contracts/error-classification.md section 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from plinthctl.domain.failures import Failure, FailureClass, provider_title

MAX_TRIES: Final = 4  # of one step, whatever the classes: 1 and 3 retries
LONGEST_WAIT_S: Final = 120.0  # a provider that asks for more gets no retry
MAX_DOUBLINGS: Final = 60  # past every real cap; 2.0**1024 raises OverflowError
G2_SILENT_WAIT_S: Final = 60.0  # G2 blocks for about a minute and does not say so


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a class is retried, and the back-off's base and cap (seconds)."""

    retries: int
    base_s: float = 1.0
    cap_s: float = 30.0


POLICIES: Final[Mapping[FailureClass, RetryPolicy]] = {
    FailureClass.NETWORK_TIMEOUT: RetryPolicy(3, 1.0),
    FailureClass.RATE_LIMITED: RetryPolicy(3, 2.0),
    FailureClass.PROVIDER_UNAVAILABLE: RetryPolicy(3, 1.0),
    FailureClass.PARSE_ERROR: RetryPolicy(1, 0.0),
    FailureClass.INVALID_INPUT: RetryPolicy(0),
    FailureClass.AUTH_FAILURE: RetryPolicy(0),
    FailureClass.QUOTA_EXHAUSTED: RetryPolicy(0),
    FailureClass.CONTENT_REFUSED: RetryPolicy(0),
    FailureClass.UNKNOWN: RetryPolicy(3, 2.0),
}

_LEAVES_A_GAP: Final = frozenset({FailureClass.CONTENT_REFUSED, FailureClass.QUOTA_EXHAUSTED})


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Start the step again, not before ``wait_s`` seconds from now."""

    wait_s: float


@dataclass(frozen=True, slots=True)
class EndWithout:
    """Let the step end without its data; ``reason`` is for the user."""

    reason: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The step has failed for good; ``message`` is the job's error text, ``failure``
    the last one, in the words that are to be kept."""

    message: str
    retries: int
    failure: Failure


Decision = TryAgain | EndWithout | GiveUp


def retry_delay_s(failed_tries: int, policy: RetryPolicy, roll: float) -> float:
    """Seconds to wait after failed try number ``failed_tries`` of a class.

    The capped exponential, moved by up to a quarter either way, so that jobs
    which failed together do not come back together. ``roll`` in [0, 1) is the
    caller's random draw; nothing in the domain draws one.

    Raises:
        ValueError: ``failed_tries`` is below 1. Tries count from 1.

    Source: contracts/error-classification.md section 1; for why jitter at all,
    M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
    """
    if failed_tries < 1:
        raise ValueError(f"tries count from 1, got {failed_tries}")
    doublings = min(failed_tries - 1, MAX_DOUBLINGS)
    return (0.75 + 0.5 * roll) * min(policy.cap_s, policy.base_s * 2.0**doublings)


def asked_wait_s(failure: Failure) -> float | None:
    """Seconds the provider wants us to stay away; None: it did not say."""
    if failure.retry_after_s is not None:
        return max(0.0, failure.retry_after_s)
    if failure.provider == "g2" and failure.failure_class is FailureClass.RATE_LIMITED:
        return G2_SILENT_WAIT_S
    return None


def decide(
    failure: Failure,
    earlier: Sequence[FailureClass],
    *,
    degradable: bool,
    now: datetime,
    roll: float,
    policies: Mapping[FailureClass, RetryPolicy] = POLICIES,
) -> Decision:
    """What becomes of a step whose try just failed.

    ``earlier`` are the classes of its failed tries before this one, since the
    last retry by hand. Budgets are per step and class; over all classes a step
    is tried at most 4 times. ``now`` is for the words of who asks to wait too long.
    """
    policy = policies[failure.failure_class]
    spent = earlier.count(failure.failure_class)
    asked_s = asked_wait_s(failure)
    if degradable and failure.may_degrade:
        return EndWithout(failure.message)
    if asked_s is not None and asked_s > LONGEST_WAIT_S and policy.retries > 0:
        failure = replace(failure, message=_asks_too_much(failure, asked_s, now))
    elif spent < policy.retries and len(earlier) + 1 < MAX_TRIES:
        backoff_s = retry_delay_s(spent + 1, policy, roll)
        return TryAgain(max(backoff_s, asked_s or 0.0))
    if degradable and (policy.retries > 0 or failure.failure_class in _LEAVES_A_GAP):
        return EndWithout(failure.message)
    retries = len(earlier)
    return GiveUp(_last_words(failure.message, retries), retries, failure)


def _asks_too_much(failure: Failure, asked_s: float, now: datetime) -> str:
    head = f"{provider_title(failure.provider)} asks to wait {asked_s:.0f} s"
    try:
        until = now + timedelta(seconds=asked_s)
    except OverflowError:  # past every calendar
        return f"{head}."
    return f"{head}; try again after {until:%Y-%m-%d %H:%M} UTC."


def _last_words(message: str, retries: int) -> str:
    if retries == 0:
        return message
    return f"Failed after {retries} {'retry' if retries == 1 else 'retries'}: {message}"
