"""Why a running job is where it is."""

from plinthctl.domain.cancel import ANSWERS_WITHIN
from plinthctl.domain.failures import provider_inside
from plinthctl.domain.liveness import SILENT_AFTER_S
from plinthctl.domain.spans import age, span, usual
from plinthctl.domain.why.causes import Cause, Explanation
from plinthctl.domain.why.facts import Facts


def cancelling(facts: Facts) -> Explanation | None:
    """A cancel was asked for, and its worker has not stopped it yet."""
    asked_at = facts.job.cancel_requested_at
    if asked_at is None:
        return None
    late = facts.since_s(asked_at) >= ANSWERS_WITHIN.total_seconds()
    return Explanation(
        Cause.CANCELLING,
        "It is being cancelled: its worker stops the step that runs.",
        (f"asked for {age(facts.since_s(asked_at))} ago", _runs_on(facts)),
        f"plinthctl cancel {facts.name}" if late else f"plinthctl watch {facts.name}",
    )


def worker_silent(facts: Facts) -> Explanation | None:
    """Its worker has not reported for 15 s: it is given back soon."""
    own = facts.own
    if own is not None and not own.silent:
        return None
    heard = "is not in the store" if own is None else f"was last heard of {age(own.silent_s)} ago"
    return Explanation(
        Cause.WORKER_SILENT,
        "Its worker seems to be gone; it goes back to the queue with its finished steps kept.",
        (f"{facts.job.worker or 'its worker'} {heard}; {SILENT_AFTER_S:g} s are allowed",),
        "plinthctl reap",
    )


def too_long(facts: Facts) -> Explanation | None:
    """It has run for longer than it may."""
    if not facts.job.stuck(facts.clocks):
        return None
    allowed = span(facts.clocks.running_for.total_seconds())
    return Explanation(
        Cause.TOO_LONG,
        f"It has run for longer than the {allowed} that it may; the next sweep ends it.",
        (_runs_for(facts), *_step(facts)),
        "plinthctl reap",
    )


def step_waits(facts: Facts) -> Explanation | None:
    """A step waits for its next try while others go on."""
    step = facts.waiting_step
    if step is None or facts.until_s(step.retry_at) <= 0:
        return None
    failed = [one for one in step.history if one.failure_class is not None]
    trouble = provider_inside(failed[-1].provider) if failed and failed[-1].provider else step.name
    return Explanation(
        Cause.STEP_WAITS,
        f"It runs; {step.name} waits {span(facts.until_s(step.retry_at))} for its next try, "
        f"because {trouble} failed.",
        tuple(f"try {one.number}: {one.failure_class}: {one.message}" for one in failed),
        f"plinthctl watch {facts.name}",
    )


def slow(facts: Facts) -> Explanation | None:
    """It takes longer than its type usually does."""
    if (facts.job.elapsed_s or 0.0) <= facts.usual_s[1]:
        return None
    step = facts.running_step
    where = f" at {step.name}" if step else ""
    return Explanation(
        Cause.SLOW,
        f"It is slower than usual{where}.",
        (_runs_for(facts), *_step(facts)),
        f"plinthctl cancel {facts.name}",
    )


def on_course(facts: Facts) -> Explanation:
    """Nothing is wrong."""
    return Explanation(
        Cause.ON_COURSE,
        "It runs, and nothing is wrong.",
        (_runs_for(facts), *_step(facts), _runs_on(facts)),
        f"plinthctl watch {facts.name}",
    )


def _runs_for(facts: Facts) -> str:
    took = span(facts.job.elapsed_s or 0.0)
    return f"running for {took}; {facts.job.type} usually takes {usual(facts.usual_s)}"


def _step(facts: Facts) -> tuple[str, ...]:
    step = facts.running_step
    return (f"{step.name} has run for {span(facts.since_s(step.started_at))}",) if step else ()


def _runs_on(facts: Facts) -> str:
    return f"on {facts.job.worker}" if facts.job.worker else "on a worker without a name"
