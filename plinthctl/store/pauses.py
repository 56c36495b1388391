"""Holding jobs back, and letting them go without the time that took in their age."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    case,
    delete,
    literal,
    select,
    true,
    type_coerce,
    update,
)

from plinthctl.domain.acts import Act
from plinthctl.domain.pauses import ALL, Pause, held_until, holding
from plinthctl.store import audit
from plinthctl.store.tables import IS_PENDING, UtcTime, jobs, pauses
from plinthctl.store.tx import Tx

AT_ONCE: Final = 200  # jobs that one transaction lets go
Waiting = tuple[str, tuple[str, ...]]  # some jobs of one type: its name, their ids


def standing(tx: Tx) -> tuple[Pause, ...]:
    """What is held back, by name."""
    rows = tx.execute(select(pauses).order_by(pauses.c.scope))
    return tuple(Pause(row.scope, row.paused_at, row.operator, row.reason) for row in rows)


def pause(tx: Tx, scope: str, act: Act) -> bool:
    """Whether the scope is held back from now on; False: it was before."""
    row = {"scope": scope, "paused_at": tx.now, "operator": act.operator, "reason": act.reason}
    if not tx.insert_new(pauses, row):
        return False
    audit.note(tx, act, before={"paused": []}, after={"paused": [scope]})
    return True


def waiting(tx: Tx, scope: str) -> tuple[Waiting, ...]:
    """The due jobs that a scope holds back, some of one type at a time."""
    due = select(jobs.c.type, jobs.c.id).where(IS_PENDING, jobs.c.available_at < tx.now)
    rows = tx.execute(due.where(_within(scope))).all()
    types = sorted({row.type for row in rows})
    return tuple(
        (job_type, ids)
        for job_type in types
        for ids in _parts(sorted(row.id for row in rows if row.type == job_type))
    )


def _within(scope: str) -> ColumnElement[bool]:
    return true() if scope == ALL else jobs.c.type == scope


def _parts(ids: Sequence[str]) -> Iterable[tuple[str, ...]]:
    return (tuple(ids[n : n + AT_ONCE]) for n in range(0, len(ids), AT_ONCE))


def rejuvenate(tx: Tx, scope: str, some: Waiting) -> None:
    """Take the time for which a pause held these jobs back out of their age. The
    pause must stand: until it is lifted, nobody takes them meanwhile."""
    pauses_now = standing(tx)
    lifted = next((one for one in pauses_now if one.scope == scope), None)
    if lifted is None:
        return
    job_type, ids = some
    others = [one for one in holding(pauses_now, job_type) if one.scope != scope]
    until = held_until(lifted, others, tx.now)
    if until > lifted.paused_at:
        _shift(tx, ids, lifted, until)


def _shift(tx: Tx, ids: Sequence[str], lifted: Pause, until: datetime) -> None:
    """Make `domain.pauses.due_after` of each job's time."""
    if tx.on_postgresql:
        locked = select(jobs.c.id).where(jobs.c.id.in_(ids)).order_by(jobs.c.id)
        tx.execute(locked.with_for_update())
    held_us = (until - lifted.paused_at) // timedelta(microseconds=1)
    shifted = case(
        (jobs.c.available_at > lifted.paused_at, literal(until, UtcTime)),
        else_=type_coerce(jobs.c.available_at, BigInteger) + held_us,
    )
    of_them = update(jobs).where(jobs.c.id.in_(ids), IS_PENDING, jobs.c.available_at < until)
    tx.execute(of_them.values(available_at=shifted))


def lift(tx: Tx, scope: str, act: Act) -> bool:
    """Whether the scope was held back, and is no more."""
    gone = tx.execute(delete(pauses).where(pauses.c.scope == scope)).rowcount == 1
    if gone:
        audit.note(tx, act, before={"paused": [scope]}, after={"paused": []})
    return gone
