"""What a run does next: pure decisions, from what happened to the change to apply.

A `Move` is such a decision: the run's new state, the change to store, the steps
to start once it is stored, and whether the run is over with it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from plinthctl.domain import reports, retries
from plinthctl.domain import steps as stairs
from plinthctl.domain.asked import asked_by
from plinthctl.domain.circuits import CircuitEvent, Health, Sign, parked, sign_of
from plinthctl.domain.failures import Failure, FailureClass, Usage, text_for
from plinthctl.domain.job import JobEvent
from plinthctl.domain.judging import Made, judged
from plinthctl.domain.reports import Report
from plinthctl.domain.retries import EndWithout, GiveUp, RetryPolicy, TryAgain
from plinthctl.domain.runs import (
    Advance,
    Cancelled,
    Change,
    ClaimedJob,
    Complete,
    Fail,
    PutBack,
    Shown,
    StepEnd,
    Tick,
    TryRecord,
)
from plinthctl.domain.steps import ENDED, NEW, Steps, StepState, StepStatus
from worker import words
from worker.context import Finished, Warned


@dataclass(frozen=True, slots=True)
class Done:
    """A try brought a result: a JSON value, or `Finished` from the last step."""

    value: Any


@dataclass(frozen=True, slots=True)
class Failed:
    """A try failed. ``cause`` is the exception that nobody foresaw, if one was it."""

    failure: Failure
    cause: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """A try of a step came to an end, at these times of the store's clock."""

    step: str
    outcome: Done | Failed
    started_at: datetime
    ended_at: datetime
    usage: Usage


@dataclass(frozen=True, slots=True)
class Moment:
    """What the world hands to a decision.

    Attributes:
        now: The store's clock.
        roll: A random draw in [0, 1).
        may_start: The worker is sound and the run was not asked to stop.
        report_id: An id for a report of what fails now; None: nobody is told.
        health: Which providers may be asked.
    """

    now: datetime
    roll: float
    may_start: bool
    policies: Mapping[FailureClass, RetryPolicy]
    report_id: str | None = None
    health: Health = field(default_factory=Health)


@dataclass(frozen=True, slots=True)
class RunState:
    """What this worker knows of a run. ``progress`` is the highest ever shown;
    ``probing`` are the providers that it asks on behalf of all."""

    job: ClaimedJob
    steps: Steps
    board: Mapping[str, StepState]
    outputs: Mapping[str, Any]
    reasons: Mapping[str, str]
    failed: Mapping[str, tuple[FailureClass, ...]]
    last_failure: Mapping[str, Failure]
    progress: int
    probing: frozenset[str] = frozenset()

    def tries(self, step: str) -> int:
        """Failed tries of a step since the last retry by hand."""
        return self.board.get(step, NEW).tries

    def in_flight(self) -> bool:
        """Whether a step runs."""
        return any(state.status is StepStatus.RUNNING for state in self.board.values())

    def only_one_left(self, step: str) -> bool:
        """Whether every other step has ended."""
        others = (s.name for s in self.steps if s.name != step)
        return all(self.board.get(name, NEW).status in ENDED for name in others)


@dataclass(frozen=True, slots=True)
class Move:
    """A decision: the state after it, what to store, what to start then, whether the
    run is over, and what is then to be reported of its failure."""

    state: RunState
    change: Change | None = None
    starts: tuple[str, ...] = ()
    over: bool = False
    report: Report | None = None
    cause: BaseException | None = None

    @property
    def sign(self) -> Sign | None:
        """What it tells of a provider."""
        change = self.change
        return None if change is None or isinstance(change, Cancelled) else change.sign


def opening(job: ClaimedJob, steps: Steps, at: Moment) -> Move:
    """The first move of a claimed job: the claim has stored its first starts."""
    state = RunState(
        job=job,
        steps=steps,
        board={name: _as_claimed(name, step, job) for name, step in job.board.items()},
        outputs=job.outputs,
        reasons=job.reasons,
        failed=job.failed,
        last_failure=job.last_failure,
        progress=job.progress,
        probing=job.probes,
    )
    return Move(state, starts=job.started) if job.started else carry_on(state, at)


def _as_claimed(name: str, step: StepState, job: ClaimedJob) -> StepState:
    orphaned = step.status is StepStatus.RUNNING and name not in job.started
    return replace(step, status=StepStatus.WAITING, retry_at=None) if orphaned else step


def carry_on(
    state: RunState, at: Moment, ended: StepEnd | None = None, sign: Sign | None = None
) -> Move:
    """Start what may start; with nothing in flight, give the job back to wait."""
    ready = stairs.startable(state.steps, state.board, at.now)
    health = at.health.without(state.probing).told(sign)
    free = tuple(step.name for step in ready if not health.holds(state.job.type, step))
    if not free and not state.in_flight():
        return (
            _park(state, ready[0], health, ended, sign) if ready else _wait(state, at, ended, sign)
        )
    starts = free if at.may_start else ()
    moved = _raise_progress(_with_started(state, starts))
    if not starts and ended is None and sign is None:
        return Move(moved)
    held = (state.job.id, state.job.token, shown(moved))
    return Move(moved, Advance(*held, ended, starts, sign), starts)


def after(state: RunState, end: Ended, at: Moment) -> Move:
    """The move after a step's try came to an end."""
    match end.outcome:
        case Failed(failure, cause):
            return replace(_after_failure(state, end, failure, at), cause=cause)
        case Done(value) if isinstance(value, Finished) != state.only_one_left(end.step):
            # A pipeline that ends too early or never would leave the job half done.
            return _after_failure(state, end, _misshapen(end.step), at)
    sign = _sign(state, end.step, None, at)
    state = _signed(state, sign)
    match end.outcome.value:
        case Finished() as finished:
            return _complete(state, end, finished, sign)
        case value:
            stored = StepEnd(end.step, StepStatus.DONE, _tried(state, end), output=value)
            return carry_on(_with_end(state, stored), at, stored, sign)


def _sign(state: RunState, step: str, failure: Failure | None, at: Moment) -> Sign | None:
    provider = asked_by(state.job.type, step)
    probes = provider in state.probing
    return sign_of(failure, provider, _spec(state, step), at.health, probes=probes)


def _signed(state: RunState, sign: Sign | None) -> RunState:
    """The run after its probe was answered, or refused: it probes no more."""
    return state if sign is None else replace(state, probing=state.probing - {sign.provider})


def tick(state: RunState, step: str, share: float) -> Tick:
    """What a running step brings while it goes on: that share, 0 to 1, of what its end
    will bring."""
    begun = stairs.progress(state.steps, state.board)
    more = int(_spec(state, step).ended * min(1.0, max(0.0, share)))
    return Tick(state.job.id, state.job.token, begun + more)


def give_back(state: RunState) -> PutBack:
    """The change by which a stopping worker returns the job; no try is charged."""
    progress = Shown(state.progress, None, words.QUEUED_AGAIN, stairs.attempt(state.board))
    return PutBack(state.job.id, state.job.token, JobEvent.RELEASE, progress)


def broken(state: RunState, error: Exception, detail: str, at: Moment) -> Move:
    """The move that ends a job whose run broke in our own code; ``detail`` is of it
    what may be kept."""
    failure = unknown(detail)
    running = stairs.shown_step(state.steps, state.board) or state.steps[0]
    number = state.tries(running.name) + 1
    tried = TryRecord(number, state.job.round, at.now, at.now, Usage(), failure=failure)
    move = _fail(state, tried, failure, running.name, failure.message, at)
    return replace(move, cause=error)


def unknown(detail: str) -> Failure:
    """A failure that nobody foresaw."""
    text = text_for(FailureClass.UNKNOWN, None)
    return Failure(FailureClass.UNKNOWN, text, detail=detail)


def shown(state: RunState) -> Shown:
    """What the job's row says while its steps run."""
    step = stairs.shown_step(state.steps, state.board)
    attempt = stairs.attempt(state.board)
    if step is None:
        return Shown(state.progress, None, None, attempt)
    return Shown(state.progress, step.name, step.message, attempt)


def _after_failure(state: RunState, end: Ended, failure: Failure, at: Moment) -> Move:
    sign = _sign(state, end.step, failure, at)
    state = _signed(state, sign)
    if sign is not None and sign.event is CircuitEvent.REFUSED:
        # It asked on behalf of all, and waits with them: no try of its own is charged.
        waits = StepState(StepStatus.WAITING, state.tries(end.step))
        return carry_on(replace(state, board={**state.board, end.step: waits}), at, sign=sign)
    tried = _tried(state, end, failure)
    decision = retries.decide(
        failure,
        state.failed.get(end.step, ()),
        degradable=_spec(state, end.step).degradable,
        now=at.now,
        roll=at.roll,
        policies=at.policies,
    )
    match decision:
        case GiveUp(message, failure=last):
            tried = replace(tried, failure=last)
            return _fail(state, tried, last, end.step, message, at, sign)
        case EndWithout(reason):
            stored = StepEnd(end.step, StepStatus.DEGRADED, tried, reason=reason)
        case TryAgain(wait_s):
            due = at.now + timedelta(seconds=wait_s)
            stored = StepEnd(end.step, StepStatus.WAITING, tried, retry_at=due)
    return carry_on(_with_end(state, stored), at, stored, sign)


def _fail(
    state: RunState,
    tried: TryRecord,
    failure: Failure,
    step: str,
    message: str,
    at: Moment,
    sign: Sign | None = None,
) -> Move:
    job, number, report = state.job, tried.number, None
    if at.report_id is not None:
        report = reports.of_failure(at.report_id, job.id, job.type, step, number, failure)
    detail = words.record(failure, step, number, report.id if report else None)
    change = Fail(job.id, job.token, step, tried, message, detail, sign)
    return Move(state, change, over=True, report=report)


def _complete(state: RunState, end: Ended, finished: Finished, sign: Sign | None) -> Move:
    stored = StepEnd(end.step, StepStatus.DONE, _tried(state, end))
    warnings = [asdict(warned) for warned in _warnings(state, finished)]
    output = {**finished.output, "warnings": warnings} if warnings else finished.output
    judgement = judged(_made(state, finished))
    held = (state.job.id, state.job.token)
    change = Complete(*held, stored, output, finished.results, sign, judgement)
    return Move(state, change, over=True)


def _made(state: RunState, finished: Finished) -> Made:
    job = state.job
    return Made(job.type, job.input, finished.output, finished.results, tuple(state.reasons))


def _warnings(state: RunState, finished: Finished) -> list[Warned]:
    """What the job had to do without, in the order of its steps."""
    gaps = [Warned(step, reason) for step, reason in state.reasons.items()]
    order = {step.name: place for place, step in enumerate(state.steps)}
    return sorted(
        [*gaps, *finished.warnings], key=lambda warned: order.get(warned.step, len(order))
    )


def _wait(state: RunState, at: Moment, ended: StepEnd | None, sign: Sign | None) -> Move:
    due = stairs.next_try_at(state.board)
    job, said = state.job, _shown_waiting(state, at)
    change = PutBack(job.id, job.token, JobEvent.WAIT, said, ended, due, sign=sign)
    return Move(state, change, over=True)


def _park(
    state: RunState, step: stairs.StepSpec, health: Health, ended: StepEnd | None, sign: Sign | None
) -> Move:
    """Give the job back until the provider of a step is well again."""
    provider = asked_by(state.job.type, step.name) or ""
    said = Shown(state.progress, None, parked(provider), stairs.attempt(state.board))
    name, job = health.circuit_of(provider), state.job
    change = PutBack(job.id, job.token, JobEvent.PARK, said, ended, parked=name, sign=sign)
    return Move(state, change, over=True)


def _shown_waiting(state: RunState, at: Moment) -> Shown:
    waits = {
        name: step.retry_at
        for name, step in state.board.items()
        if step.status is StepStatus.WAITING and step.retry_at
    }
    attempt = stairs.attempt(state.board)
    if not waits:
        return Shown(state.progress, None, words.QUEUED_AGAIN, attempt)
    first = min(waits, key=lambda name: waits[name])
    wait_s = max(0.0, (waits[first] - at.now).total_seconds())
    failure = state.last_failure.get(first) or unknown("")
    return Shown(state.progress, first, words.waiting(failure, wait_s), attempt)


def _with_end(state: RunState, stored: StepEnd) -> RunState:
    failure = stored.tried.failure
    tries = state.tries(stored.step) + (failure is not None)
    board = {**state.board, stored.step: StepState(stored.status, tries, stored.retry_at)}
    moved = replace(state, board=board)
    if failure is not None:
        classes = (*state.failed.get(stored.step, ()), failure.failure_class)
        moved = replace(
            moved,
            failed={**state.failed, stored.step: classes},
            last_failure={**state.last_failure, stored.step: failure},
        )
    return _raise_progress(_with_result(moved, stored))


def _with_result(state: RunState, stored: StepEnd) -> RunState:
    if stored.status is StepStatus.WAITING:
        return state
    outputs = {**state.outputs, stored.step: stored.output}
    if stored.reason is None:
        return replace(state, outputs=outputs)
    reasons = {**state.reasons, stored.step: stored.reason}
    return replace(state, outputs=outputs, reasons=reasons)


def _with_started(state: RunState, starts: tuple[str, ...]) -> RunState:
    started = {name: StepState(StepStatus.RUNNING, state.tries(name)) for name in starts}
    return replace(state, board={**state.board, **started})


def _raise_progress(state: RunState) -> RunState:
    reached = stairs.progress(state.steps, state.board)
    return replace(state, progress=max(state.progress, reached))


def _tried(state: RunState, end: Ended, failure: Failure | None = None) -> TryRecord:
    number = state.tries(end.step) + 1
    return TryRecord(number, state.job.round, end.started_at, end.ended_at, end.usage, failure)


def _spec(state: RunState, step: str) -> stairs.StepSpec:
    return next(spec for spec in state.steps if spec.name == step)


def _misshapen(step: str) -> Failure:
    return unknown(f"the step {step} returned what only the last one may, or the other way")
