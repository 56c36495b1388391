"""What the alert rules make of the numbers: pure, and explained. Source: SPEC.md section 8."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from plinthctl.domain.alerting import AlertRule, Severity
from plinthctl.domain.circuits import Circuit, Reason
from plinthctl.domain.snapshot import Now, TypeNumbers
from plinthctl.domain.spans import span

MIN_FAILED: Final = 3  # one job of a quiet hour pages nobody
EVERYTHING: Final = "*"  # the scope of a rule that looks at all types; no job type is called so
SEVERITIES: Final[Mapping[AlertRule, Severity]] = {
    AlertRule.FAILURE_RATE: Severity.PAGE,
    AlertRule.STUCK_JOBS: Severity.PAGE,
    AlertRule.P95_DURATION: Severity.INVESTIGATE,
    AlertRule.QUEUE_DEPTH: Severity.WARNING,
    AlertRule.PROVIDER_DOWN: Severity.PAGE,
    AlertRule.HOLLOW_RATE: Severity.INVESTIGATE,
}


@dataclass(frozen=True, slots=True)
class Bar:
    """How high a number may be, over which time, of how many jobs at least."""

    threshold: float
    window: timedelta = timedelta()
    min_samples: int = 0


@dataclass(frozen=True, slots=True)
class AlertRules:
    """The bars of all rules; no share is above 1, so that ``hollow_rate`` is off."""

    failure_rate: Bar = Bar(0.10, timedelta(hours=1), 20)
    queue_depth: Bar = Bar(50)
    p95_duration: Bar = Bar(2.0, timedelta(hours=1), 20)
    stuck_jobs: Bar = Bar(5, timedelta(minutes=15))
    provider_down: Bar = Bar(0)
    hollow_rate: Bar = Bar(1.0, timedelta(hours=1), 20)


@dataclass(frozen=True, slots=True)
class StepPace:
    """One step of a type: its P95 over the window, and its normal one; seconds."""

    step: str
    p95_s: float
    normal_s: float

    @property
    def times_normal(self) -> float:
        """How many times slower than usual."""
        return self.p95_s / self.normal_s


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the rules are applied to.

    Attributes:
        at: The store's clock when they were read.
        failures: The types over the window of ``failure_rate``.
        durations: The types over the window of ``p95_duration``.
        steps: Of each type, the steps whose normal is known.
        circuits: Providers that there was ever trouble with.
        results: The types over the window of ``hollow_rate``.
    """

    at: datetime
    now: Now
    failures: tuple[TypeNumbers, ...]
    durations: tuple[TypeNumbers, ...]
    steps: Mapping[str, tuple[StepPace, ...]] = field(default_factory=dict)
    circuits: tuple[Circuit, ...] = ()
    results: tuple[TypeNumbers, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """One rule, applied to everything or to one type.

    Attributes:
        type: The type it was applied to; None: everything.
        value: None below the minimum sample.
        fires: Whether it is above the threshold, with all that has to be so beside it.
        where: What it points at, in words.
        worst: The type that is the worst, where it was applied to everything.
        why: The arithmetic, a line each.
        action: What to do, one sentence.
        command: The command that helps, ready to be pasted.
    """

    rule: AlertRule
    type: str | None
    value: float | None
    threshold: float
    fires: bool
    where: str | None
    worst: str | None
    why: tuple[str, ...]
    action: str
    command: str

    @property
    def scope(self) -> str:
        """The type, or everything."""
        return self.type or EVERYTHING

    @property
    def severity(self) -> Severity:
        """How loudly it is told."""
        return SEVERITIES[self.rule]


def readings(numbers: Numbers, rules: AlertRules) -> tuple[Reading, ...]:
    """Every rule, applied; a rule's reading of everything comes before those of its types."""
    return (
        *failure_rates(numbers.failures, rules.failure_rate),
        stuck_jobs(numbers.now, rules.stuck_jobs),
        *p95_durations(numbers.durations, numbers.steps, rules.p95_duration),
        queue_depth(numbers.now, rules.queue_depth),
        provider_down(numbers.circuits, rules.provider_down),
        *hollow_rates(numbers.results, rules.hollow_rate),
    )


def shown(rule: AlertRule, value: float | None) -> str:
    """A value of a rule as people read it: ``12.7%``, ``2.2×``, ``37``; none is a dash."""
    if value is None:
        return "–"
    match rule:
        case AlertRule.FAILURE_RATE | AlertRule.HOLLOW_RATE:
            return f"{value * 100:.1f}%"
        case AlertRule.P95_DURATION:
            return f"{value:.1f}×"
        case AlertRule.STUCK_JOBS | AlertRule.QUEUE_DEPTH | AlertRule.PROVIDER_DOWN:
            return f"{value:g}"


def bar_shown(rule: AlertRule, bar: Bar) -> str:
    """What a rule allows: ``> 10% over 1h``."""
    window = span(bar.window.total_seconds()).removesuffix("00m")
    match rule:
        case AlertRule.FAILURE_RATE | AlertRule.HOLLOW_RATE:
            return f"> {bar.threshold * 100:g}% over {window}"
        case AlertRule.P95_DURATION:
            return f"> {bar.threshold:g}× normal"
        case AlertRule.STUCK_JOBS | AlertRule.QUEUE_DEPTH | AlertRule.PROVIDER_DOWN:
            return f"> {bar.threshold:g}"


def bar_of(rules: AlertRules, rule: AlertRule) -> Bar:
    """The bar of one rule."""
    found: Bar = getattr(rules, rule)
    return found


# -- failure rate ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Ends:
    """What has ended in the window, of one type or of all."""

    failed: int
    completed: int
    apart: tuple[tuple[int, str], ...]

    @property
    def finished(self) -> int:
        return self.failed + self.completed

    @property
    def rate(self) -> float:
        return self.failed / self.finished if self.finished else 0.0


def failure_rates(types: Sequence[TypeNumbers], bar: Bar) -> tuple[Reading, ...]:
    """The share of failed among finished jobs, overall and of each type that finished some."""
    overall = _failure_rate(_ends(types), None, bar, worst=_worst_failing(types))
    each = (_failure_rate(_ends([one]), one.type, bar) for one in types if _ends([one]).finished)
    return (overall, *each)


def _ends(types: Iterable[TypeNumbers]) -> _Ends:
    all_ = tuple(types)
    apart = (
        (sum(one.expired for one in all_), "expired in the queue"),
        (sum(one.invalid for one in all_), "failed for their input"),
        (sum(one.cancelled for one in all_), "cancelled"),
    )
    return _Ends(sum(o.failed for o in all_), sum(o.completed for o in all_), apart)


def _worst_failing(types: Iterable[TypeNumbers]) -> TypeNumbers | None:
    failing = (one for one in types if one.failed)
    return max(failing, key=lambda one: (one.failure_rate or 0.0, one.failed), default=None)


def _failure_rate(
    ends: _Ends, job_type: str | None, bar: Bar, worst: TypeNumbers | None = None
) -> Reading:
    rule = AlertRule.FAILURE_RATE
    enough = ends.finished >= max(1, bar.min_samples)
    fires = enough and ends.failed >= MIN_FAILED and ends.rate > bar.threshold
    points_at = f"{worst.type} {shown(rule, worst.failure_rate)}" if worst else None
    return Reading(
        rule=rule,
        type=job_type,
        value=ends.rate if enough else None,
        threshold=bar.threshold,
        fires=fires,
        where=job_type or points_at,
        worst=worst.type if worst else None,
        why=_rate_explained(ends, job_type, bar, fires=fires),
        action="See why jobs fail; what a provider or a key causes ends with it.",
        command=f"plinthctl stats --by error --since {_window(bar)}",
    )


def _rate_explained(ends: _Ends, job_type: str | None, bar: Bar, *, fires: bool) -> tuple[str, ...]:
    whose = job_type or "all types"
    sum_ = f"{ends.failed} failed / ({ends.failed} failed + {ends.completed} completed)"
    rate = shown(AlertRule.FAILURE_RATE, ends.rate) if ends.finished else "nothing finished"
    apart = ", ".join(f"{count} {words}" for count, words in ends.apart if count)
    return (
        f"{whose}, last {_window(bar)}: {sum_} = {rate}",
        *([f"not counted: {apart}"] if apart else []),
        _needs(ends.finished, bar.min_samples, "finished"),
        _needs(ends.failed, MIN_FAILED, "failed"),
        _verdict(fires, f"above {bar.threshold * 100:g}%"),
    )


# -- hollow results ------------------------------------------------------------------------


def hollow_rates(types: Sequence[TypeNumbers], bar: Bar) -> tuple[Reading, ...]:
    """The share of hollow among completed jobs of each type that completed some."""
    return tuple(_hollow_rate(one, bar) for one in types if one.completed)


def _hollow_rate(one: TypeNumbers, bar: Bar) -> Reading:
    enough = one.completed >= max(1, bar.min_samples)
    rate = one.hollow_rate if enough else None
    fires = rate is not None and rate > bar.threshold
    return Reading(
        rule=AlertRule.HOLLOW_RATE,
        type=one.type,
        value=rate,
        threshold=bar.threshold,
        fires=fires,
        where=one.type,
        worst=None,
        why=(
            f"{one.type}, last {_window(bar)}: {one.hollow} hollow / {one.completed} completed"
            f" = {shown(AlertRule.HOLLOW_RATE, one.hollow_rate)}, and {one.thin} thin",
            _needs(one.completed, bar.min_samples, "completed"),
            _verdict(fires, f"above {bar.threshold * 100:g}%")
            + (" and cannot: it is off" if bar.threshold >= 1 else ""),
        ),
        action="See what completed jobs lack: their sources have nothing, or the model fails.",
        command=f"plinthctl list --type {one.type} --status completed"
        f" --since {_window(bar)} -o wide",
    )


# -- P95 -----------------------------------------------------------------------------------


def p95_durations(
    types: Sequence[TypeNumbers], steps: Mapping[str, tuple[StepPace, ...]], bar: Bar
) -> tuple[Reading, ...]:
    """The P95 duration of each type that completed any, in multiples of its normal one."""
    measured = (one for one in types if one.duration.count)
    return tuple(_p95(one, steps.get(one.type, ()), bar) for one in measured)


def _p95(one: TypeNumbers, steps: Sequence[StepPace], bar: Bar) -> Reading:
    enough = one.duration.count >= bar.min_samples
    times = one.times_normal if enough else None
    fires = times is not None and times > bar.threshold
    slowed = max(steps, key=lambda step: step.times_normal, default=None)
    at_step = f"{slowed.step} {slowed.times_normal:.1f}×" if slowed else None
    return Reading(
        rule=AlertRule.P95_DURATION,
        type=one.type,
        value=times,
        threshold=bar.threshold,
        fires=fires,
        where=", ".join(filter(None, [one.type, at_step])),
        worst=None,
        why=_p95_explained(one, steps, bar, fires=fires),
        action=_p95_action(slowed),
        command=f"plinthctl list --type {one.type} --since {_window(bar)} --sort duration",
    )


def _p95_action(slowed: StepPace | None) -> str:
    if slowed is None:
        return "Look at the longest jobs of the type: one of their steps has slowed."
    return f"Look at {slowed.step}: it has slowed the most."


def _p95_explained(
    one: TypeNumbers, steps: Sequence[StepPace], bar: Bar, *, fires: bool
) -> tuple[str, ...]:
    count, p95_s, normal = one.duration.count, one.duration.p95_s, one.normal
    origin = "of the catalogue: too few jobs of the last 7 days" if normal.guessed else "7 days"
    p95 = "too few for a P95" if p95_s is None else f"P95 {span(p95_s)}"
    times = "" if one.times_normal is None else f" = {one.times_normal:.1f}×"
    slowest = sorted(steps, key=lambda step: step.times_normal, reverse=True)
    return (
        f"{one.type}, last {_window(bar)}: {p95} of {count} completed"
        f" / normal {span(normal.p95_s)} ({origin}){times}",
        *(
            f"{s.step}: {span(s.p95_s)} / {span(s.normal_s)} = {s.times_normal:.1f}×"
            for s in slowest
        ),
        _needs(count, bar.min_samples, "completed"),
        _verdict(fires, f"above {bar.threshold:g}×"),
    )


# -- depth, and what is stuck --------------------------------------------------------------


def queue_depth(now: Now, bar: Bar) -> Reading:
    """How many jobs are due and wait."""
    fires = now.depth > bar.threshold
    oldest = None if now.oldest_due_s is None else f"the oldest for {span(now.oldest_due_s)}"
    return Reading(
        rule=AlertRule.QUEUE_DEPTH,
        type=None,
        value=now.depth,
        threshold=bar.threshold,
        fires=fires,
        where=oldest if now.depth else None,
        worst=None,
        why=(
            f"{now.depth} jobs are due and wait" + (f", {oldest}" if oldest else ""),
            _verdict(fires, f"above {bar.threshold:g}"),
        ),
        action="Start more workers, or see what keeps those that run.",
        command="plinthctl worker list",
    )


def stuck_jobs(now: Now, bar: Bar) -> Reading:
    """How many jobs are beyond their clocks, or were until a sweep dealt with them."""
    fires = now.stuck > bar.threshold
    parts = (
        (now.stuck_running, "running"),
        (now.stuck_pending, "pending"),
        (now.reaped, "reaped"),
    )
    left = now.stuck_running + now.stuck_pending
    return Reading(
        rule=AlertRule.STUCK_JOBS,
        type=None,
        value=now.stuck,
        threshold=bar.threshold,
        fires=fires,
        where=", ".join(f"{count} {words}" for count, words in parts if count) or None,
        worst=None,
        why=(
            f"{now.stuck_running} run too long + {now.stuck_pending} are due too long"
            f" + {now.reaped} ended or recovered by a sweep in the last {_window(bar)}"
            f" = {now.stuck}",
            _verdict(fires, f"above {bar.threshold:g}"),
        ),
        action=_stuck_action(left),
        command="plinthctl reap" if left else "plinthctl worker list",
    )


def _stuck_action(left: int) -> str:
    if left:
        return f"{left} are still stuck: sweep, then see that workers run and keep up."
    return "All were swept; see that workers run and keep up."


# -- providers -----------------------------------------------------------------------------


def provider_down(circuits: Iterable[Circuit], bar: Bar) -> Reading:
    """How many circuits have opened by themselves; who holds one open knows it."""
    down = [one for one in circuits if not one.closed and one.reason is not Reason.BY_HAND]
    fires = len(down) > bar.threshold
    named = sorted({one.provider for one in down})
    parked = sum(one.parked for one in down)
    return Reading(
        rule=AlertRule.PROVIDER_DOWN,
        type=None,
        value=len(down),
        threshold=bar.threshold,
        fires=fires,
        where=f"{', '.join(named)}: {parked} parked" if down else None,
        worst=None,
        why=(*(_circuit_explained(one) for one in down), _verdict(fires, "above 0 open")),
        action="Mend what the provider says; a probe lets the parked jobs go, or you do.",
        command=f"plinthctl providers close {named[0]}" if named else "plinthctl providers list",
    )


def _circuit_explained(one: Circuit) -> str:
    said = f": {one.message}" if one.message else ""
    reason = one.reason.replace("_", " ")
    return f"{one.provider} is {one.state.replace('_', ' ')} ({reason}), {one.parked} parked{said}"


# -- words ---------------------------------------------------------------------------------


def _window(bar: Bar) -> str:
    return span(bar.window.total_seconds()).removesuffix("00m")


def _needs(have: int, need: int, what: str) -> str:
    return f"needs {need} {what}: there {'is' if have == 1 else 'are'} {have}"


def _verdict(fires: bool, condition: str) -> str:
    return f"fires {condition}: {'it does' if fires else 'it does not'}"
