"""Why a job has ended as it did."""

from collections.abc import Mapping
from typing import Final

from plinthctl.domain.failures import EndCode, FailureClass, provider_inside, provider_title
from plinthctl.domain.spans import age, span, usual
from plinthctl.domain.steps import StepStatus
from plinthctl.domain.views import AuditView
from plinthctl.domain.why.causes import Cause, Explanation
from plinthctl.domain.why.facts import Facts

_INPUT: Final = "submit it again with other input"
_LOOK: Final = "plinthctl show {job} --events"
_RETRY: Final = "plinthctl retry {job}"
_RULES: Final[Mapping[str, tuple[Cause, str, str]]] = {
    EndCode.EXPIRED_IN_QUEUE: (
        Cause.EXPIRED_IN_QUEUE,
        "No worker took it within {pending} of its being due, so it was ended.",
        _RETRY,
    ),
    EndCode.EXPIRED_RUNNING: (
        Cause.EXPIRED_RUNNING,
        "It ran for longer than the {running} that a run may take, so it was stopped.",
        _RETRY,
    ),
    EndCode.WORKER_LOST: (
        Cause.WORKER_LOST,
        "It lost its worker three times in a row without storing a step in between: "
        "this job probably kills the process that runs it.",
        _LOOK,
    ),
}
_CLASSES: Final[Mapping[str, tuple[Cause, str, str | None]]] = {
    FailureClass.AUTH_FAILURE: (
        Cause.KEY_REJECTED,
        "{provider} refused the key; other jobs that need it fail as well until it is mended.",
        "plinthctl doctor",
    ),
    FailureClass.QUOTA_EXHAUSTED: (
        Cause.QUOTA_USED_UP,
        "The budget at {inside} is used up; once it is raised, a retry goes on where it stopped.",
        _RETRY,
    ),
    FailureClass.INVALID_INPUT: (Cause.INPUT_AT_FAULT, "Its input is at fault: {message}", None),
    FailureClass.CONTENT_REFUSED: (
        Cause.CONTENT_REFUSED,
        "{provider} declined what it was asked to work on.",
        None,
    ),
    FailureClass.PARSE_ERROR: (
        Cause.ANSWER_UNREADABLE,
        "The answers of {inside} could not be read, and it was told why each time.",
        _RETRY,
    ),
    FailureClass.RATE_LIMITED: (
        Cause.PROVIDER_IN_TROUBLE,
        "{provider} limited our requests at every try.",
        _RETRY,
    ),
    FailureClass.PROVIDER_UNAVAILABLE: (
        Cause.PROVIDER_IN_TROUBLE,
        "{provider} was not available at any try.",
        _RETRY,
    ),
    FailureClass.NETWORK_TIMEOUT: (
        Cause.PROVIDER_IN_TROUBLE,
        "{provider} did not answer in time at any try.",
        _RETRY,
    ),
}


def by_rule(facts: Facts) -> Explanation | None:
    """It was ended by a clock, or for its lost workers."""
    if (row := _RULES.get(facts.job.error_code or "")) is None:
        return None
    cause, sentence, command = row
    sentence = sentence.format(
        pending=span(facts.clocks.pending_for.total_seconds()),
        running=span(facts.clocks.running_for.total_seconds()),
    )
    return Explanation(cause, sentence, _ended(facts), command.format(job=facts.name))


def by_class(facts: Facts) -> Explanation | None:
    """A step failed for good."""
    if (row := _CLASSES.get(facts.job.error_code or "")) is None:
        return None
    cause, sentence, command = row
    provider = facts.error.get("provider")
    told = sentence.format(
        provider=provider_title(provider),
        inside=provider_inside(provider),
        message=facts.error.get("message") or facts.job.error,
    )
    evidence = (*_ended(facts), *_tries(facts), *_key(cause, provider))
    if command is None:
        return Explanation(cause, told, evidence, otherwise=f"a retry fails again: {_INPUT}")
    return Explanation(cause, told, evidence, command.format(job=facts.name))


def _key(cause: Cause, provider: str | None) -> tuple[str, ...]:
    if cause is not Cause.KEY_REJECTED or not provider:
        return ()
    return (f"its key is PLINTHCTL_PROVIDERS_{provider.upper()}_API_KEY",)


def unknown(facts: Facts) -> Explanation:
    """Nothing that was foreseen."""
    return Explanation(
        Cause.UNKNOWN_FAILURE,
        "It failed in a way that is not known yet.",
        (*_ended(facts), *_tries(facts)),
        _LOOK.format(job=facts.name),
    )


def cancelled(facts: Facts) -> Explanation:
    """Somebody wanted it to end."""
    by = next((one for one in reversed(facts.detail.audits) if one.action == "cancel"), None)
    kept = _kept(facts)
    return Explanation(
        Cause.CANCELLED,
        f"{by.operator if by else 'Somebody'} cancelled it.",
        (*_because(by), *_ended(facts), *((kept,) if kept else ())),
        _RETRY.format(job=facts.name),
    )


def degraded(facts: Facts) -> Explanation | None:
    """It has a result, and parts of it are missing."""
    without = [step for step in facts.detail.steps if step.status is StepStatus.DEGRADED]
    if not without:
        return None
    names = " and ".join(step.name for step in without)
    return Explanation(
        Cause.DEGRADED,
        f"It completed without what {names} would have brought.",
        tuple(f"{step.name}: {step.reason}" for step in without),
        f"plinthctl show {facts.name} --output",
    )


def completed(facts: Facts) -> Explanation:
    """All is well."""
    took_s = facts.job.elapsed_s or 0.0
    slower = took_s > facts.usual_s[1]
    told = "It completed, slower than usual." if slower else "It completed."
    longest = max(facts.detail.steps, key=lambda step: step.took_s or 0.0, default=None)
    slowest = (
        (f"{longest.name} took longest, {span(longest.took_s or 0.0)}",)
        if slower and longest
        else ()
    )
    return Explanation(
        Cause.COMPLETED,
        told,
        (f"took {span(took_s)}; usually {usual(facts.usual_s)}", *slowest),
        f"plinthctl show {facts.name} --output",
    )


def _ended(facts: Facts) -> tuple[str, ...]:
    ago = f"ended {age(facts.since_s(facts.job.completed_at))} ago"
    return (f"{ago}: {facts.job.error}",) if facts.job.error else (ago,)


def _tries(facts: Facts) -> tuple[str, ...]:
    failed_at = facts.error.get("step")
    tries = [one for step in facts.detail.steps if step.name == failed_at for one in step.history]
    said = [f"{failed_at}, try {n.number}: {n.failure_class}: {n.message}" for n in tries]
    kept = _kept(facts)
    detail = facts.error.get("detail")
    words = [f"its own words: {detail}"] if detail else []
    return (*said, *words, *((kept,) if kept else ()))


def _kept(facts: Facts) -> str | None:
    done = sum(step.status in {StepStatus.DONE, StepStatus.DEGRADED} for step in facts.detail.steps)
    return f"{done} of {len(facts.detail.steps)} steps are stored and kept" if done else None


def _because(by: AuditView | None) -> tuple[str, ...]:
    return (f"because: {by.reason}",) if by and by.reason else ()
