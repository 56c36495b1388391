"""Roll-ups and samples: written once an hour and once a minute, read by range of time."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Row,
    and_,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    true,
    type_coerce,
    union,
)

from plinthctl.domain.numbers import EndKind, end_kind
from plinthctl.domain.quality import Quality
from plinthctl.domain.rollups import (
    BEFORE,
    HOUR,
    KEPT_FOR,
    SAMPLES_KEPT_FOR,
    WHOLE,
    Normals,
    Rollup,
    Spreads,
    Total,
    hour_of,
    is_closed,
)
from plinthctl.domain.snapshot import Normal
from plinthctl.domain.spread import Histogram
from plinthctl.store.tables import IS_WHOLE, UtcTime, job_ends, jobs, normals, rollups, samples
from plinthctl.store.tx import Tx

_COUNTS: Final = tuple(EndKind)
_LACKING: Final = (Quality.THIN, Quality.HOLLOW)  # the others are what is left of completed
_CHANGES: Final = tuple(column.name for column in rollups.c if not column.primary_key)
_HOUR_US: Final = HOUR // timedelta(microseconds=1)


def rolled_until(tx: Tx) -> datetime | None:
    """The end of the last hour that was rolled up; None: none was."""
    newest: datetime | None = tx.execute(select(func.max(rollups.c.hour_at))).scalar_one()
    return None if newest is None else newest + HOUR


def next_open(tx: Tx) -> datetime | None:
    """The next hour that is to be rolled up: closed, and something happened in it."""
    found = _first_since(tx, rolled_until(tx))
    if found is None or not is_closed(hour_of(found), tx.now):
        return None
    return hour_of(found)


def _first_since(tx: Tx, since: datetime | None) -> datetime | None:
    """When the first thing happened that counts, from ``since`` on."""
    bounds = [_first(tx, job_ends.c.ended_at, since), _first(tx, jobs.c.created_at, since)]
    return min((at for at in bounds if at is not None), default=None)


def _first(tx: Tx, column: Any, since: datetime | None) -> datetime | None:
    oldest = tx.now - KEPT_FOR
    start = oldest if since is None else max(since, oldest)
    found: datetime | None = tx.execute(
        select(column).where(column >= start).order_by(column).limit(1)
    ).scalar_one_or_none()
    return found


def replace(tx: Tx, hour_at: datetime, hour: Sequence[Rollup], *, anew: bool) -> None:
    """Put these in the place of all that was kept of that hour.

    Unless it is counted ``anew``, of how many jobs were created the larger number stays:
    those that were purged meanwhile are in the smaller one no more.
    """
    of_hour = rollups.c.hour_at == hour_at
    created = select(rollups.c.type, rollups.c.created).where(of_hour, rollups.c.step == WHOLE)
    before = {} if anew else {row.type: row.created for row in tx.execute(created)}
    tx.execute(delete(rollups).where(of_hour))
    # Whoever was slow in its turn may be at the same hour: the same rows, in the same order.
    tx.put_all(rollups, [_row(one, before.get(one.type, 0)) for one in hour], _CHANGES)


def history(tx: Tx) -> dict[datetime, dict[str, int]]:
    """The closed hours in which anything happened, the oldest first, and how many jobs
    were created in each, by type. Reads every job and every end."""
    hours: dict[datetime, dict[str, int]] = {}
    ended = select(_hour(job_ends.c.ended_at)).distinct()
    for hour in tx.execute(ended).scalars():
        hours[_at(hour)] = {}
    for row in tx.execute(_CREATED):
        hours.setdefault(_at(row.hour), {})[row.type] = row.made
    oldest = tx.now - KEPT_FOR
    return {at: hours[at] for at in sorted(hours) if at >= oldest and is_closed(at, tx.now)}


def _hour(moment: ColumnElement[datetime]) -> ColumnElement[int]:
    # Whole numbers, which both databases divide to a whole number.
    return type_coerce(moment, BigInteger).op("/")(literal_column(str(_HOUR_US)))


def _at(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * HOUR.total_seconds(), UTC)


# Whoever was ever created is there still, or has left an end.
_ALL: Final = union(
    select(jobs.c.id.label("id"), jobs.c.type, jobs.c.created_at),
    select(job_ends.c.job_id, job_ends.c.type, job_ends.c.created_at),
).subquery()
_CREATED: Final = select(
    _hour(_ALL.c.created_at).label("hour"), _ALL.c.type, func.count().label("made")
).group_by("hour", _ALL.c.type)


def _row(one: Rollup, created_before: int) -> dict[str, Any]:
    whole = one.step == WHOLE
    return {
        "hour_at": one.hour_at,
        "type": one.type,
        "step": one.step,
        "created": max(one.created, created_before) if whole else 0,
        **{kind.value: one.ends[kind] for kind in _COUNTS},
        "cost_usd": one.cost_usd,
        "duration": one.duration.to_json(),
        "wait": one.wait.to_json() if whole else None,
        "completion": one.completion.to_json() if whole else None,
        **{quality.value: one.qualities[quality] if whole else None for quality in _LACKING},
    }


def between(tx: Tx, since: datetime, until: datetime) -> tuple[Rollup, ...]:
    """The roll-ups of the hours from ``since`` on and before ``until``."""
    hours = and_(rollups.c.hour_at >= since, rollups.c.hour_at < until)
    found = select(rollups).where(hours).order_by(rollups.c.hour_at)
    return tuple(_rollup(row) for row in tx.execute(found))


def _rollup(row: Row[Any]) -> Rollup:
    rollup = Rollup(
        row.hour_at,
        row.type,
        row.step,
        row.created,
        cost_usd=row.cost_usd,
        duration=Histogram.from_json(row.duration),
        wait=Histogram.from_json(row.wait) if row.wait else Histogram(),
        completion=Histogram.from_json(row.completion) if row.completion else Histogram(),
    )
    counts = {kind: getattr(row, kind.value) for kind in _COUNTS}
    rollup.ends.update({kind: count for kind, count in counts.items() if count})
    rollup.qualities.update(_lacking(row))
    return rollup


def _lacking(row: Row[Any]) -> Counter[Quality]:
    """How many results lack something; roll-ups of old do not know."""
    counts = {quality: getattr(row, quality.value) for quality in _LACKING}
    return Counter({quality: int(count) for quality, count in counts.items() if count})


def durations(tx: Tx, since: datetime, until: datetime) -> Spreads:
    """How long each type and step took in the hours from ``since`` on and before ``until``."""
    hours = and_(rollups.c.hour_at >= since, rollups.c.hour_at < until)
    found = select(rollups.c.type, rollups.c.step, rollups.c.duration).where(hours)
    spreads: Spreads = {}
    for row in tx.execute(found):
        spread = spreads.setdefault((row.type, row.step), Histogram())
        spread.add_all(Histogram.from_json(row.duration))
    return spreads


def keep_normals(tx: Tx, hour_at: datetime, found: Normals) -> None:
    """Keep what is normal in that hour, in the place of what was in another."""
    tx.execute(delete(normals).where(normals.c.hour_at != hour_at))
    rows = [
        {"type": name, "step": step, "hour_at": hour_at, "p95_s": one.p95_s}
        for (name, step), one in sorted(found.items())
    ]
    tx.put_all(normals, rows, ("hour_at", "p95_s"))


def kept_normals(tx: Tx, hour_at: datetime) -> Normals:
    """What was kept of that hour; nothing: nobody has, or nothing was enough."""
    found = tx.execute(select(normals).where(normals.c.hour_at == hour_at))
    return {(row.type, row.step): Normal(row.p95_s, guessed=False) for row in found}


def sample(tx: Tx, depth: int, running: int) -> None:
    """Keep what is in the store in this minute; the first of a minute stays."""
    at = tx.now.replace(second=0, microsecond=0)
    tx.insert_new(samples, {"at": at, "depth": depth, "running": running})


def forget(tx: Tx) -> None:
    """Delete what was kept long enough; of the roll-ups the counts stay."""
    old = and_(rollups.c.hour_at < tx.now - KEPT_FOR, rollups.c.hour_at > BEFORE)
    if tx.execute(select(rollups.c.hour_at).where(old).limit(1)).first() is not None:
        kept = or_(old, rollups.c.hour_at == BEFORE)
        before = [_forgotten(name, total) for name, total in _summed(tx, kept).items()]
        tx.execute(delete(rollups).where(old))
        tx.put_all(rollups, [_row(one, 0) for one in before], _CHANGES)
    tx.execute(delete(samples).where(samples.c.at < tx.now - SAMPLES_KEPT_FOR))


def _forgotten(name: str, total: Total) -> Rollup:
    return Rollup(
        BEFORE, name, WHOLE, total.created, total.ends, total.cost_usd, qualities=total.qualities
    )


def totals(tx: Tx) -> dict[str, Total]:
    """What each type came to since the store was made: all roll-ups, and since then."""
    found = _summed(tx, true())
    # What is in no roll-up; not what was in one that is forgotten.
    oldest = tx.now - KEPT_FOR + HOUR
    since = max(rolled_until(tx) or oldest, oldest)
    for row in tx.execute(_OPEN_CREATED, {"since": since}):
        found.setdefault(row.type, Total()).created += row.made
    for row in tx.execute(_OPEN_ENDS, {"since": since}):
        total = found.setdefault(row.type, Total())
        total.ends[end_kind(row.status, row.code)] += row.ended
        total.cost_usd += row.cost_usd or 0.0
        if row.quality in _LACKING:
            total.qualities[Quality(row.quality)] += row.ended
    return found


def _summed(tx: Tx, which: ColumnElement[bool]) -> dict[str, Total]:
    names = ("created", *_COUNTS, "cost_usd", *_LACKING)
    sums = (func.sum(rollups.c[name]).label(name) for name in names)
    found = select(rollups.c.type, *sums).where(IS_WHOLE, which).group_by(rollups.c.type)
    return {
        row.type: Total(
            int(row.created),
            Counter({kind: int(getattr(row, kind.value)) for kind in _COUNTS}),
            row.cost_usd or 0.0,
            _lacking(row),
        )
        for row in tx.execute(found)
    }


_SINCE: Final[BindParameter[datetime]] = bindparam("since", type_=UtcTime)
_OPEN_CREATED: Final = (
    select(jobs.c.type, func.count().label("made"))
    .where(jobs.c.created_at >= _SINCE)
    .group_by(jobs.c.type)
)
_OPEN_ENDS: Final = (
    select(
        job_ends.c.type,
        job_ends.c.status,
        job_ends.c.code,
        job_ends.c.quality,
        func.count().label("ended"),
        func.sum(job_ends.c.cost_usd).label("cost_usd"),
    )
    .where(job_ends.c.ended_at >= _SINCE)
    .group_by(job_ends.c.type, job_ends.c.status, job_ends.c.code, job_ends.c.quality)
)
