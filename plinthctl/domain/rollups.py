"""The ends of each hour, summed up once and for all, and what is made of the sums.

An hour's roll-up is computed from its ends `CLOSED_AFTER` its end, when what was being
written at the turn of the hour is there, and may be computed again at any time.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from plinthctl.domain.numbers import End, EndKind, Tally, tallied, tally_of
from plinthctl.domain.quality import Quality
from plinthctl.domain.snapshot import Normal
from plinthctl.domain.spread import Histogram, Spread, Values

HOUR: Final = timedelta(hours=1)
CLOSED_AFTER: Final = timedelta(minutes=2)
KEPT_FOR: Final = timedelta(days=400)
SAMPLES_KEPT_FOR: Final = timedelta(days=31)
EXACT_UP_TO: Final = timedelta(hours=6)  # a longer window is read from its roll-ups

# What a P95 is held against: the trailing week, without the day that may be unwell.
NORMAL_FROM: Final = timedelta(days=7)
NORMAL_UNTIL: Final = timedelta(days=1)
ENOUGH: Final = 100  # jobs

# The "hour" of a roll-up of all that was forgotten: counters that others read never fall.
BEFORE: Final = datetime(1970, 1, 1, tzinfo=UTC)
WHOLE: Final = ""  # the "step" of a roll-up of whole jobs

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Rollup:
    """What ended of one type in one hour; or one step of it, in the completed jobs."""

    hour_at: datetime
    type: str
    step: str = WHOLE
    created: int = 0
    ends: Counter[EndKind] = field(default_factory=Counter)
    cost_usd: float | None = None
    duration: Histogram = field(default_factory=Histogram)
    wait: Histogram = field(default_factory=Histogram)
    completion: Histogram = field(default_factory=Histogram)
    qualities: Counter[Quality] = field(default_factory=Counter)


@dataclass(slots=True)
class Total:
    """What one type came to since the store was made."""

    created: int = 0
    ends: Counter[EndKind] = field(default_factory=Counter)
    cost_usd: float = 0.0
    qualities: Counter[Quality] = field(default_factory=Counter)


Spreads = dict[tuple[str, str], Histogram]  # durations, by type and step
Normals = dict[tuple[str, str], Normal]  # by type and step


def since_us(moment: datetime) -> int:
    """Microseconds from 1970 to it."""
    return (moment - _EPOCH) // _MICROSECOND


def hour_of(moment: datetime) -> datetime:
    """When its hour began, in UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def next_hour(moment: datetime) -> datetime:
    """The first full hour that is not before it."""
    began_at = hour_of(moment)
    return began_at if began_at == moment else began_at + HOUR


def is_closed(hour_at: datetime, now: datetime) -> bool:
    """Whether all that belongs to that hour is there."""
    return hour_at + HOUR + CLOSED_AFTER <= now


def whole_hours(
    since: datetime, now: datetime, rolled_until: datetime | None
) -> tuple[datetime, datetime] | None:
    """From when until when a window is read from roll-ups; None: from its ends alone,
    since it is short, or there are no such hours. All before ``rolled_until`` is rolled up.
    """
    if now - since <= EXACT_UP_TO or rolled_until is None:
        return None
    first = next_hour(since)
    return (first, rolled_until) if first < rolled_until else None


def rolled_up(
    hour_at: datetime, ends: Iterable[End], created: Mapping[str, int]
) -> tuple[Rollup, ...]:
    """The roll-ups of an hour: one a type of which anything happened, and its steps."""
    tallies = tallied(ends, lambda end: end.type, Histogram)
    return tuple(
        rollup
        for name in sorted({*tallies, *created})
        for rollup in _of_type(
            hour_at, name, tallies.get(name) or Tally(Histogram), created.get(name, 0)
        )
    )


def _of_type(hour_at: datetime, name: str, tally: Tally, created: int) -> Iterable[Rollup]:
    yield Rollup(
        hour_at,
        name,
        created=created,
        ends=tally.ends,
        cost_usd=tally.cost_usd,
        duration=_histogram(tally.duration),
        wait=_histogram(tally.wait),
        completion=_histogram(tally.completion),
        qualities=tally.qualities,
    )
    for step, spread in sorted(tally.steps.items()):
        yield Rollup(hour_at, name, step, duration=_histogram(spread))


def _histogram(spread: Spread) -> Histogram:
    if not isinstance(spread, Histogram):
        raise TypeError("what is rolled up is collected in histograms")
    return spread


def by_type(ends: Iterable[End], rolled: Iterable[Rollup] = ()) -> dict[str, Tally]:
    """All of it by type: exact without roll-ups, and within `spread.ERROR` with them."""
    hours = tuple(rolled)
    new = Histogram if hours else Values
    tallies = tallied(ends, lambda end: end.type, new)
    for rollup in hours:
        add_rollup(tally_of(tallies, rollup.type, new), rollup)
    return tallies


def by_hour(ends: Iterable[End], rolled: Iterable[Rollup] = ()) -> dict[datetime, Tally]:
    """All of it by the hour in which it ended, whatever its type."""
    hours = tuple(rolled)
    new = Histogram if hours else Values
    tallies = tallied(ends, lambda end: _ended_in(end).isoformat(), new)
    for rollup in hours:
        add_rollup(tally_of(tallies, rollup.hour_at.isoformat(), new), rollup)
    return {datetime.fromisoformat(hour): tallies[hour] for hour in sorted(tallies)}


def _ended_in(end: End) -> datetime:
    return hour_of(_EPOCH + end.ended_us * _MICROSECOND)


def add_rollup(tally: Tally, rollup: Rollup) -> None:
    """Count what a roll-up has counted, in a tally of histograms."""
    if rollup.step != WHOLE:
        _histogram(tally.step(rollup.step)).add_all(rollup.duration)
        return
    tally.ends.update(rollup.ends)
    tally.qualities.update(rollup.qualities)
    tally.add_cost(rollup.cost_usd)
    _histogram(tally.duration).add_all(rollup.duration)
    _histogram(tally.wait).add_all(rollup.wait)
    _histogram(tally.completion).add_all(rollup.completion)


def normal_hours(now: datetime) -> tuple[datetime, datetime]:
    """From when until when what is normal now is taken from."""
    return hour_of(now) - NORMAL_FROM, hour_of(now) - NORMAL_UNTIL


def normals(spreads: Spreads) -> Normals:
    """What is normal of each type and step that has completed enough."""
    return {
        name: Normal(spread.percentile_s(95), guessed=False)
        for name, spread in spreads.items()
        if spread.count >= ENOUGH
    }
