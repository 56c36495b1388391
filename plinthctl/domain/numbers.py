"""Counting ends: how many of which kind, how long they took, what they cost.

Source: SPEC.md section 7.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from plinthctl.domain.failures import EndCode, FailureClass
from plinthctl.domain.job import JobStatus
from plinthctl.domain.quality import Quality
from plinthctl.domain.spread import Spread, Values, percentiles


class EndKind(StrEnum):
    """How a run ended, as it is counted; the last three are in no failure rate."""

    COMPLETED = "completed"
    FAILED = "failed"
    EXPIRED = "expired"  # nobody took it: the queue's failure, not the job's
    INVALID = "invalid"  # its input was at fault
    CANCELLED = "cancelled"


_KINDS: Final = {kind.value: kind for kind in EndKind}
_APART: Final[Mapping[str | None, EndKind]] = {
    EndCode.EXPIRED_IN_QUEUE: EndKind.EXPIRED,
    FailureClass.INVALID_INPUT: EndKind.INVALID,
}


def end_kind(status: str, code: str | None) -> EndKind:
    """As what an end with this status and error code counts."""
    if status == JobStatus.FAILED:
        return _APART.get(code, EndKind.FAILED)
    return _KINDS[status]


class End(NamedTuple):
    """One end of a run. A tuple, since a screen counts thousands of them every 2 s.

    Attributes:
        ended_us: Microseconds since 1970; datetimes of many thousand ends cost more
            than all that is done with them.
        duration_s, wait_s: None: it never ran.
        steps: Seconds of the last try of each step; of a completed job only.
        cost_usd: Of this run; None: unknown.
        quality: Of a completed job's results; None: nobody judged them.
    """

    job_id: str
    type: str
    org: str
    kind: EndKind
    code: str | None
    ended_us: int
    duration_s: float | None
    wait_s: float | None
    completion_s: float
    steps: Mapping[str, float]
    cost_usd: float | None
    quality: Quality | None = None


def seconds_between(earlier_us: int, later_us: int) -> float:
    """From one moment to a later one; 0 where a clock was set back between them."""
    return max(0, later_us - earlier_us) / 1e6


OF_LATE: Final = 200  # completed jobs of a type, by which it is told what is usual
ENOUGH_OF_LATE: Final = 20


def usual_s(durations_s: Sequence[float]) -> tuple[float, float] | None:
    """P50 and P95 of what jobs of a type took of late; None of too few (SPEC.md section 6)."""
    found = percentiles(durations_s)
    if found.count < ENOUGH_OF_LATE or found.p50_s is None or found.p95_s is None:
        return None
    return found.p50_s, found.p95_s


@dataclass(slots=True)
class Tally:
    """Ends of one kind of thing, counted. ``new`` makes what collects durations."""

    new: Callable[[], Spread] = Values
    ends: Counter[EndKind] = field(default_factory=Counter)
    qualities: Counter[Quality] = field(default_factory=Counter)
    cost_usd: float | None = None
    duration: Spread = field(init=False)
    wait: Spread = field(init=False)
    completion: Spread = field(init=False)
    steps: dict[str, Spread] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.duration, self.wait, self.completion = self.new(), self.new(), self.new()

    def add(self, end: End) -> None:
        """Count one end; how long it took only of a completed job."""
        self.ends[end.kind] += 1
        self.add_cost(end.cost_usd)
        if end.quality is not None:
            self.qualities[end.quality] += 1
        if end.kind is not EndKind.COMPLETED or end.duration_s is None or end.wait_s is None:
            return
        self.duration.add(end.duration_s)
        self.wait.add(end.wait_s)
        self.completion.add(end.completion_s)
        for step, took_s in end.steps.items():
            self.step(step).add(took_s)

    def add_cost(self, cost_usd: float | None) -> None:
        """Add what is known; what is unknown adds nothing."""
        if cost_usd is not None:
            self.cost_usd = (self.cost_usd or 0.0) + cost_usd

    def step(self, name: str) -> Spread:
        """What collects the durations of that step."""
        if name not in self.steps:
            self.steps[name] = self.new()
        return self.steps[name]


def tallied(
    ends: Iterable[End],
    key: Callable[[End], str],
    new: Callable[[], Spread] = Values,
) -> dict[str, Tally]:
    """The ends by what ``key`` says of them."""
    tallies: dict[str, Tally] = {}
    for end in ends:
        tally_of(tallies, key(end), new).add(end)
    return tallies


def tally_of(tallies: dict[str, Tally], name: str, new: Callable[[], Spread] = Values) -> Tally:
    """The tally of that name, which is made if need be."""
    if name not in tallies:
        tallies[name] = Tally(new)
    return tallies[name]
