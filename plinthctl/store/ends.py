"""The ends of runs, read for counting. Times are taken as numbers: making datetimes of
many thousand rows costs more than all that is done with them."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Select, Text, bindparam, cast, select, type_coerce

from plinthctl.domain.job import JobStatus
from plinthctl.domain.numbers import End, end_kind, seconds_between
from plinthctl.domain.quality import QUALITIES
from plinthctl.store.tables import HAS_COMPLETED, job_ends
from plinthctl.store.tx import Tx

ENDED_US: Final = type_coerce(job_ends.c.ended_at, BigInteger).label("ended_us")
_NO_STEPS: Final[dict[str, float]] = {}
_ENDS: Final[Select[Any]] = select(
    job_ends.c.job_id,
    job_ends.c.type,
    job_ends.c.org,
    job_ends.c.status,
    job_ends.c.code,
    job_ends.c.quality,
    type_coerce(job_ends.c.created_at, BigInteger).label("created_us"),
    type_coerce(job_ends.c.started_at, BigInteger).label("started_us"),
    ENDED_US,
    cast(job_ends.c.step_times, Text),
    job_ends.c.cost_usd,
)


def between(tx: Tx, since: datetime, until: datetime | None = None) -> tuple[End, ...]:
    """The ends from ``since`` on and before ``until``, the oldest first."""
    rows: Sequence[Any] = tx.execute(_between(since, until)).all()
    steps = _parsed([row[-2] for row in rows if row[3] == JobStatus.COMPLETED])
    return tuple(_end(row, steps) for row in rows)


def _between(since: datetime, until: datetime | None) -> Select[Any]:
    found = _ENDS.where(job_ends.c.ended_at >= since)
    found = found if until is None else found.where(job_ends.c.ended_at < until)
    return found.order_by(job_ends.c.ended_at)


def _parsed(texts: Sequence[str]) -> Iterator[dict[str, float]]:
    """What each of these JSON objects says; read as one text, which is much quicker."""
    return iter(json.loads(f"[{','.join(texts)}]"))


def _end(row: tuple[Any, ...], steps_of_completed: Iterator[dict[str, float]]) -> End:
    job_id, name, org, status, code, quality, created_us, started_us, ended_us, _, cost_usd = row
    ran = started_us is not None
    return End(
        job_id,
        name,
        org,
        end_kind(status, code),
        code,
        ended_us,
        seconds_between(started_us, ended_us) if ran else None,
        seconds_between(created_us, started_us) if ran else None,
        seconds_between(created_us, ended_us),
        next(steps_of_completed) if status == JobStatus.COMPLETED else _NO_STEPS,
        cost_usd,
        QUALITIES.get(quality),
    )


_OF_LATE: Final = (
    select(type_coerce(job_ends.c.started_at, BigInteger).label("started_us"), ENDED_US)
    .where(HAS_COMPLETED, job_ends.c.type == bindparam("of_type"))
    .order_by(job_ends.c.ended_at.desc())
    .limit(bindparam("at_most"))
)


def durations_of_late(tx: Tx, job_type: str, at_most: int) -> list[float]:
    """Seconds that the newest completed jobs of a type took."""
    rows = tx.execute(_OF_LATE, {"of_type": job_type, "at_most": at_most})
    return [seconds_between(row.started_us, row.ended_us) for row in rows]


def newest(tx: Tx, at_most: int) -> Iterator[tuple[str, datetime]]:
    """The jobs that ended last and when, the newest end first."""
    found = select(job_ends.c.job_id, job_ends.c.ended_at).order_by(job_ends.c.ended_at.desc())
    return ((row.job_id, row.ended_at) for row in tx.execute(found.limit(at_most)))


def moments(tx: Tx, since: datetime) -> tuple[int, ...]:
    """When each end since then was, in microseconds since 1970; from its index alone."""
    return tuple(tx.execute(select(ENDED_US).where(job_ends.c.ended_at >= since)).scalars())
