"""From what one look at the store finds to the snapshot that screens show."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.circuits import Circuit
from plinthctl.domain.limits import Slot
from plinthctl.domain.numbers import End, EndKind, Tally
from plinthctl.domain.pauses import Pause, holding
from plinthctl.domain.quality import Quality
from plinthctl.domain.rollups import Rollup, by_type, since_us
from plinthctl.domain.snapshot import Normal, Now, Series, StepNumbers, TypeNumbers
from plinthctl.domain.views import JobView, WorkerView

MINUTE: Final = timedelta(minutes=1)
MINUTES: Final = 60  # that a series shows
REAPED_WITHIN: Final = timedelta(minutes=15)
SHOWN: Final = 200  # jobs that a screen lists at most
RECENT: Final = 20  # ends that a screen lists
FULL: Final = 100  # scopes whose limits a screen lists

_MINUTE_US: Final = 60_000_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """The pending jobs of one type: all, those due, since when the longest has been
    due, and those due for longer than may be."""

    type: str
    pending: int
    due: int
    oldest_at: datetime
    late: int


@dataclass(frozen=True, slots=True)
class Going:
    """The running jobs of one type: all, and those that run for longer than may be."""

    type: str
    running: int
    late: int


@dataclass(frozen=True, slots=True)
class Sample:
    """What was in the store at a moment."""

    at: datetime
    depth: int
    running: int


@dataclass(frozen=True, slots=True)
class Look:
    """What one read-only transaction finds.

    Attributes:
        schema: The version of the store's.
        created: Jobs created in the window, by type.
        ends: Of the window, or of what of it is not in ``rolled``.
        rolled: The whole hours of a long window.
        reaped: Jobs that a sweep has ended or given back of late, `REAPED_WITHIN` unless
            it is said otherwise.
        ended_us: When each job of the last `MINUTES` ended.
        active: Running jobs, then pending ones, the longest waiting first.
        recent: Jobs of the newest ends, the newest first.
    """

    at: datetime
    schema: int
    waiting: tuple[Waiting, ...]
    going: tuple[Going, ...]
    created: Mapping[str, int]
    ends: tuple[End, ...]
    rolled: tuple[Rollup, ...]
    reaped: frozenset[str]
    ended_us: tuple[int, ...]
    last_end_at: datetime | None
    active: tuple[JobView, ...]
    recent: tuple[JobView, ...]
    workers: tuple[WorkerView, ...]
    taken: Mapping[Slot, int]
    pauses: tuple[Pause, ...]
    duties_due: Mapping[str, datetime]
    samples: tuple[Sample, ...]
    circuits: tuple[Circuit, ...] = ()


def now_numbers(look: Look) -> Now:
    """What is in the store at this moment."""
    open_ = [one for one in look.waiting if not holding(look.pauses, one.type)]
    due = [one.oldest_at for one in open_ if one.due]
    parked = sum(one.parked for one in look.circuits)
    return Now(
        pending=sum(one.pending for one in look.waiting),
        depth=depth(look.waiting, look.pauses),
        running=sum(one.running for one in look.going),
        scheduled=sum(one.pending - one.due for one in look.waiting) - parked,
        parked=parked,
        oldest_due_s=(look.at - min(due)).total_seconds() if due else None,
        stuck_pending=sum(one.late for one in open_),
        stuck_running=sum(one.late for one in look.going),
        reaped=len(look.reaped),
        last_end_at=look.last_end_at,
    )


def depth(waiting: Iterable[Waiting], pauses: Collection[Pause]) -> int:
    """How many jobs a worker could take now."""
    return sum(one.due for one in waiting if not holding(pauses, one.type))


def window_tallies(look: Look) -> dict[str, Tally]:
    """The ends of the window by type; exact unless whole hours of it are roll-ups."""
    return by_type(look.ends, look.rolled)


def types_in_order(found: Collection[str]) -> list[str]:
    """All types of the catalogue, then any other that was found."""
    return [*JOB_TYPES, *sorted(set(found) - set(JOB_TYPES))]


def type_numbers(
    look: Look, tallies: Mapping[str, Tally], normals: Mapping[tuple[str, str], Normal]
) -> tuple[TypeNumbers, ...]:
    """One line a type."""
    waiting = Counter({one.type: one.pending for one in look.waiting})
    going = Counter({one.type: one.running for one in look.going})
    found = {*waiting, *going, *look.created, *tallies}
    return tuple(
        _numbers_of(
            name,
            pending=waiting[name],
            running=going[name],
            created=look.created.get(name, 0),
            tally=tallies.get(name) or Tally(),
            normal=normals.get((name, "")) or guess(name),
        )
        for name in types_in_order(found)
    )


def _numbers_of(
    name: str, *, pending: int, running: int, created: int, tally: Tally, normal: Normal
) -> TypeNumbers:
    return TypeNumbers(
        type=name,
        pending=pending,
        running=running,
        created=created,
        completed=tally.ends[EndKind.COMPLETED],
        failed=tally.ends[EndKind.FAILED],
        cancelled=tally.ends[EndKind.CANCELLED],
        expired=tally.ends[EndKind.EXPIRED],
        invalid=tally.ends[EndKind.INVALID],
        duration=tally.duration.summary(),
        wait=tally.wait.summary(),
        completion=tally.completion.summary(),
        normal=normal,
        cost_usd=tally.cost_usd,
        thin=tally.qualities[Quality.THIN],
        hollow=tally.qualities[Quality.HOLLOW],
    )


def step_numbers(
    tallies: Mapping[str, Tally], normals: Mapping[tuple[str, str], Normal]
) -> tuple[StepNumbers, ...]:
    """One line a step that completed jobs have gone through."""
    return tuple(
        StepNumbers(name, step, tallies[name].steps[step].summary(), normals.get((name, step)))
        for name in types_in_order(tallies)
        if name in tallies
        for step in steps_in_order(name, tallies[name].steps)
    )


def steps_in_order(type_name: str, found: Collection[str]) -> list[str]:
    """Those of the steps that were found, as the catalogue has them, then any other."""
    known = [step.name for step in JOB_TYPES[type_name].steps] if type_name in JOB_TYPES else []
    return [*(step for step in known if step in found), *sorted(set(found) - set(known))]


def guess(type_name: str) -> Normal:
    """Normal of a type that has completed too few jobs: the upper end of "usually takes"."""
    known = JOB_TYPES.get(type_name)
    longest_s = known.usual_s[1] if known else max(one.usual_s[1] for one in JOB_TYPES.values())
    return Normal(longest_s, guessed=True)


def depth_series(look: Look, depth_now: int) -> Series:
    """What each minute's sample says, and what is now."""
    sampled = {since_us(one.at) // _MINUTE_US: one.depth for one in look.samples}
    this_minute = since_us(look.at) // _MINUTE_US
    before = (sampled.get(this_minute - back) for back in reversed(range(1, MINUTES)))
    return Series(MINUTE.total_seconds(), (*before, depth_now))


def rate_series(look: Look) -> Series:
    """Jobs that ended in each of the minutes before now."""
    # What a clock that was set back has put into the future is of now.
    now_us = since_us(look.at)
    counted = Counter(max(0, now_us - ended) // _MINUTE_US for ended in look.ended_us)
    values = tuple(float(counted[place]) for place in reversed(range(MINUTES)))
    return Series(MINUTE.total_seconds(), values)
