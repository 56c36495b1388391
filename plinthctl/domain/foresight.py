"""What a retry of many jobs is likely to cost and take, from what such jobs came to."""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from plinthctl.domain.catalog import JobType
from plinthctl.domain.costs import Cost
from plinthctl.domain.restart import Restart
from plinthctl.domain.steered import Retried
from plinthctl.domain.steps import Steps

RUNS: Final = 200  # completed jobs of a type, the newest, by which is told what is likely
ENOUGH: Final = 5


@dataclass(frozen=True, slots=True)
class PastRun:
    """One completed job that nobody has retried: how long it ran, and of each step how long
    its last try took and what all its tries cost."""

    duration_s: float
    steps_s: Mapping[str, float]
    costs: Mapping[str, Cost]


@dataclass(frozen=True, slots=True)
class Likely:
    """What one job is likely to take and cost; ``guessed``: too few have completed, and the
    catalogue says what is usual, but nothing of costs."""

    took_s: float
    known_usd: float = 0.0
    credits: float = 0.0
    untold: bool = False
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Jobs of one type that keep the same steps, and so are likely to be alike."""

    type: str
    kept: tuple[str, ...]
    resumes_at: tuple[str, ...]
    jobs: int
    each: Likely


@dataclass(frozen=True, slots=True)
class Slots:
    """Jobs that run side by side; ``alive`` False: nobody runs them, and these are those of
    a worker as it is started by default."""

    number: int
    alive: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """A retry of many jobs, foreseen.

    Attributes:
        plans: What the jobs that are let in do again, the most first.
        refused: Jobs that cannot be retried now, by the reason.
        expire: Those let in that are likely to wait in the queue longer than they may.
        took_s: Until the last of the others ends, in the slots that there are.
        cost_usd: Of the others; None: unknown of some of them, and ``known_usd`` is a part.
    """

    plans: tuple[Plan, ...]
    refused: Mapping[str, int]
    slots: Slots
    expire: int
    took_s: float
    cost_usd: float | None
    known_usd: float
    credits: float
    guessed: bool

    @property
    def jobs(self) -> int:
        """How many are let in."""
        return sum(plan.jobs for plan in self.plans)


def likely(job_type: JobType, kept: Iterable[str], runs: Sequence[PastRun]) -> Likely:
    """What a job that keeps these steps is likely to come to, by what the others came to in
    each of these runs."""
    done = frozenset(kept)
    left = tuple(step for step in job_type.steps if step.name not in done)
    if len(runs) < ENOUGH:
        return _guess(job_type, left)
    costs = [run.costs.get(step.name, _NOTHING) for run in runs for step in left]
    return Likely(
        took_s=_typical([_left_s(job_type.steps, left, run) for run in runs]),
        known_usd=sum(cost.known_usd for cost in costs) / len(runs),
        credits=sum(cost.credits or 0.0 for cost in costs) / len(runs),
        untold=any(cost.untold for cost in costs),
    )


_NOTHING: Final = Cost()


def _typical(values: Sequence[float]) -> float:
    """The mean of the middle half: a worker's first jobs, and those that an outage held up,
    say little of the next."""
    quarter = len(values) // 4
    return fmean(sorted(values)[quarter : len(values) - quarter])


def _guess(job_type: JobType, left: Steps) -> Likely:
    share = sum(step.began + step.ended for step in left) / 100
    return Likely(share * sum(job_type.usual_s) / 2, untold=True, guessed=True)


def _left_s(steps: Steps, left: Steps, run: PastRun) -> float:
    """Seconds of the steps that are left, and what the run took beside its steps: waits
    between tries, and ours."""
    beside_s = max(0.0, run.duration_s - longest_way_s(steps, run.steps_s))
    return longest_way_s(left, run.steps_s) + beside_s


def longest_way_s(steps: Steps, steps_s: Mapping[str, float]) -> float:
    """Seconds until the last of these steps ends, each begun when what it needs has ended;
    what it needs and is not among them has."""
    ends: dict[str, float] = {}
    for step in steps:  # a step needs only steps before it
        began_s = max((ends.get(need, 0.0) for need in step.needs), default=0.0)
        ends[step.name] = began_s + steps_s.get(step.name, 0.0)
    return max(ends.values(), default=0.0)


def alike(retried: Iterable[Retried]) -> Mapping[tuple[str, Restart], int]:
    """How many jobs of each type keep the same steps, the most first."""
    counted = Counter((one.type, one.restart) for one in retried)
    return dict(counted.most_common())


def foresee(
    plans: Sequence[Plan], refused: Mapping[str, int], slots: Slots, may_wait_s: float
) -> Preview:
    """What jobs that are let in together come to, in these slots and with nobody before
    them; what would wait longer than ``may_wait_s`` expires unrun."""
    began = [plan.each for plan in plans for _ in range(plan.jobs)]
    ends: list[float] = [0.0] * max(1, slots.number)
    run: list[Likely] = []
    for each in began:
        if ends[0] <= may_wait_s:  # the slot that is free next
            heapq.heapreplace(ends, ends[0] + each.took_s)
            run.append(each)
    known_usd = sum(each.known_usd for each in run)
    return Preview(
        plans=tuple(plans),
        refused=refused,
        slots=slots,
        expire=len(began) - len(run),
        took_s=max(ends),
        cost_usd=None if any(each.untold for each in run) else known_usd,
        known_usd=known_usd,
        credits=sum(each.credits for each in run),
        guessed=any(each.guessed for each in run),
    )
