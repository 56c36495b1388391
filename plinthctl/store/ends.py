"""The ends of runs, read for counting. Times are taken as numbers: making datetimes of
many thousand rows costs more than all that is done with them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Row, Select, bindparam, select, type_coerce

from plinthctl.domain.numbers import End, end_kind, seconds_between
from plinthctl.store.tables import HAS_COMPLETED, job_ends
from plinthctl.store.tx import Tx

ENDED_US: Final = type_coerce(job_ends.c.ended_at, BigInteger).label("ended_us")
_ENDS: Final[Select[Any]] = select(
    job_ends.c.job_id,
    job_ends.c.type,
    job_ends.c.org,
    job_ends.c.status,
    job_ends.c.code,
    type_coerce(job_ends.c.created_at, BigInteger).label("created_us"),
    type_coerce(job_ends.c.started_at, BigInteger).label("started_us"),
    ENDED_US,
    job_ends.c.step_times,
    job_ends.c.cost_usd,
)


def between(tx: Tx, since: datetime, until: datetime | None = None) -> tuple[End, ...]:
    """The ends from ``since`` on and before ``until``, the oldest first."""
    return tuple(_end(row) for row in tx.execute(_between(since, until)))


def _between(since: datetime, until: datetime | None) -> Select[Any]:
    found = _ENDS.where(job_ends.c.ended_at >= since)
    found = found if until is None else found.where(job_ends.c.ended_at < until)
    return found.order_by(job_ends.c.ended_at)


def _end(row: Row[Any]) -> End:
    created_us, started_us, ended_us = row.created_us, row.started_us, row.ended_us
    ran = started_us is not None
    return End(
        job_id=row.job_id,
        type=row.type,
        org=row.org,
        kind=end_kind(row.status, row.code),
        code=row.code,
        ended_us=ended_us,
        duration_s=seconds_between(started_us, ended_us) if ran else None,
        wait_s=seconds_between(created_us, started_us) if ran else None,
        completion_s=seconds_between(created_us, ended_us),
        steps=row.step_times,
        cost_usd=row.cost_usd,
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
