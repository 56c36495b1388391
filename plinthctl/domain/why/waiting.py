"""Why a pending job does not run."""

from collections.abc import Iterator, Sequence
from math import ceil

from plinthctl.domain.circuits import Circuit, CircuitState, Reason
from plinthctl.domain.failures import provider_inside
from plinthctl.domain.liveness import ALONE_AFTER_S
from plinthctl.domain.pauses import ALL
from plinthctl.domain.retries import MAX_TRIES
from plinthctl.domain.spans import age, ordinal, span
from plinthctl.domain.views import StepView, TryView
from plinthctl.domain.why.causes import Cause, Explanation
from plinthctl.domain.why.facts import Facts


def paused(facts: Facts) -> Explanation | None:
    """An operator holds its type, or all intake, back."""
    if not facts.pauses:
        return None
    pause = facts.pauses[0]
    what = "all intake" if pause.scope == ALL else pause.scope
    because = f", because: {pause.reason}" if pause.reason else ""
    since = age(facts.since_s(pause.paused_at))
    return Explanation(
        Cause.PAUSED,
        f"It waits because {pause.operator} paused {what}; it does not age meanwhile.",
        (f"paused {since} ago by {pause.operator}{because}",),
        "plinthctl resume --all" if pause.scope == ALL else f"plinthctl resume {pause.scope}",
    )


def parked(facts: Facts) -> Explanation | None:
    """A provider that it needs is in trouble, or held back."""
    provider = facts.job.parked
    if provider is None:
        return None
    open_ = [one for one in facts.circuits if one.provider == provider and not one.closed]
    return Explanation(
        Cause.PARKED,
        f"It is parked because {_trouble(provider, open_)}; it does not age meanwhile.",
        tuple(fact for one in open_ for fact in _circuit(one, facts)),
        f"plinthctl providers close {provider}",
    )


def _trouble(provider: str, open_: Sequence[Circuit]) -> str:
    name = provider_inside(provider)
    said = {
        Reason.AUTH_REFUSED: f"{name} refuses the key",
        Reason.QUOTA_GONE: f"the budget at {name} is used up",
        Reason.ERROR_RATE: f"{name} fails too often",
        Reason.BY_HAND: f"an operator holds {name} back",
    }
    return said[open_[0].reason] if open_ else f"{name} was in trouble"


def _circuit(one: Circuit, facts: Facts) -> Iterator[str]:
    by = f" by {one.operator}" if one.operator else ""
    said = f", saying: {one.message}" if one.message else ""
    yield f"open for {age(facts.since_s(one.opened_at))}{by}{said}"
    yield f"{one.parked} jobs wait for it"
    if one.state is CircuitState.HALF_OPEN:
        yield "a job asks it now; all go on when it is answered"
    elif one.probe_at is not None:
        yield f"a job asks it in {span(facts.until_s(one.probe_at))}, after {one.refused} in vain"


def worker_was_lost(facts: Facts) -> Explanation | None:
    """Its worker was lost twice in a row: the third run waits, and is alone."""
    last = facts.detail.events[-1] if facts.detail.events else None
    if last is None or last.kind != "recovered" or facts.until_s(facts.job.available_at) <= 0:
        return None
    return Explanation(
        Cause.WORKER_WAS_LOST,
        f"It lost its worker twice in a row, so it waits {ALONE_AFTER_S:g} s and then runs in "
        "a process of its own; a third loss fails it.",
        (
            f"given back {age(facts.since_s(last.at))} ago",
            f"starts again in {span(facts.until_s(facts.job.available_at))}",
        ),
        f"plinthctl watch {facts.name}",
    )


def backing_off(facts: Facts) -> Explanation | None:
    """A step failed retryably, and its next try is not due yet."""
    step = facts.waiting_step
    if step is None or facts.until_s(facts.job.available_at) <= 0:
        return None
    provider, evidence = _tries(step)
    trouble = f"{provider_inside(provider)} is in trouble" if provider else "it failed"
    when = span(facts.until_s(facts.job.available_at))
    return Explanation(
        Cause.BACKING_OFF,
        f"It waits to try {step.name} again in {when}, because {trouble}.",
        (*evidence, f"try {step.tries + 1} of {MAX_TRIES} comes next"),
        f"plinthctl watch {facts.name}",
    )


def _tries(step: StepView) -> tuple[str | None, tuple[str, ...]]:
    failed = [one for one in step.history if one.failure_class is not None]
    provider = failed[-1].provider if failed else None
    return provider, tuple(_said(step, one) for one in failed)


def _said(step: StepView, one: TryView) -> str:
    return f"{step.name}, try {one.number}: {one.failure_class}: {one.message}"


def scheduled(facts: Facts) -> Explanation | None:
    """It is not to start before a time that somebody named."""
    if (left_s := facts.until_s(facts.job.available_at)) <= 0:
        return None
    return Explanation(
        Cause.SCHEDULED,
        f"It is scheduled, and may start in {span(left_s)}.",
        (f"submitted {age(facts.since_s(facts.job.created_at))} ago for a later start",),
        f"plinthctl watch {facts.name} --timeout none",
    )


def no_worker(facts: Facts) -> Explanation | None:
    """Nobody is there to run anything."""
    if facts.alive:
        return None
    silent = tuple(
        f"{one.name} on {one.host} was last heard of {age(one.silent_s)} ago"
        for one in facts.workers
    )
    return Explanation(
        Cause.NO_WORKER,
        f"It waits because no worker is alive; {_expires(facts)}.",
        silent or ("no worker has reported to this store",),
        "plinthctl worker",
    )


def no_worker_for_type(facts: Facts) -> Explanation | None:
    """Workers live, and none runs its type."""
    if facts.able:
        return None
    return Explanation(
        Cause.NO_WORKER_FOR_TYPE,
        f"It waits because no living worker runs {facts.job.type}; {_expires(facts)}.",
        tuple(f"{one.name} runs {', '.join(one.types)}" for one in facts.alive),
        f"plinthctl worker --types {facts.job.type}",
    )


def in_line(facts: Facts) -> Explanation | None:
    """Every place of a worker that could run it is taken."""
    slots = sum(one.slots for one in facts.able)
    running = sum(one.running for one in facts.able)
    if running < slots:
        return None
    evidence = [f"{running} of {slots} places of {_workers(len(facts.able))} are taken"]
    if facts.place is None:
        expected = "far behind"
    else:
        usual_s = sum(facts.usual_s) / 2
        expected = f"{ordinal(facts.place)} in line"
        evidence.append(
            f"about {span(ceil(facts.place / slots) * usual_s)} until its turn, "
            "if others take as long as this type usually does"
        )
    return Explanation(
        Cause.IN_LINE,
        f"It waits for a free worker: it is {expected}; {_expires(facts)}.",
        tuple(evidence),
        "plinthctl worker",
    )


def about_to_start(facts: Facts) -> Explanation:
    """A worker has room: it starts within a second or two."""
    free = sum(one.slots - one.running for one in facts.able)
    return Explanation(
        Cause.ABOUT_TO_START,
        "It is about to start: a worker has room for it.",
        (
            f"{free} places of {_workers(len(facts.able))} are free",
            f"due for {span(facts.since_s(facts.job.available_at))}",
        ),
        f"plinthctl watch {facts.name}",
    )


def _workers(number: int) -> str:
    return f"{number} workers" if number != 1 else "1 worker"


def _expires(facts: Facts) -> str:
    until = facts.job.available_at + facts.clocks.pending_for
    left_s = facts.until_s(until)
    return f"it expires in {span(left_s)}" if left_s > 0 else "the next sweep ends it"
