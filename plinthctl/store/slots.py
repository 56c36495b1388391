"""The places under the limits: counted, kept from others meanwhile, and who holds them."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BindParameter,
    Column,
    ColumnElement,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    func,
    select,
    true,
)

from plinthctl.domain.limits import NAMED_AT_MOST, FullScope, Holder, Limits, Scope, Slot
from plinthctl.store.tables import IS_ACTIVE, Words, jobs
from plinthctl.store.tx import Tx

COLUMN: Final[dict[Scope, Column[Any]]] = {
    Scope.ORG: jobs.c.org,
    Scope.USER: jobs.c.user,
    Scope.DECISION: jobs.c.decision,
}
NONE: Final[Mapping[Slot, int]] = {}
_CLASS: Final = {scope: number for number, scope in enumerate(Scope, start=1)}


def lock(tx: Tx, wanted: Collection[Slot]) -> None:
    """Keep everybody else from counting in these scopes until this transaction ends.

    On PostgreSQL only; SQLite has one writer. What is counted must be counted by
    a later statement: in one with it, the count would see the moment before the
    lock was had.
    """
    if not wanted:
        return
    classes = [_CLASS[scope] for scope, _ in wanted]
    tx.execute(_lock(), {"classes": classes, "names": [identifier for _, identifier in wanted]})


@cache
def _lock() -> Select[Any]:
    classes: BindParameter[Any] = bindparam("classes", type_=ARRAY(Integer))
    names: BindParameter[Any] = bindparam("names", type_=ARRAY(Words))
    both = func.unnest(classes, names)
    named = both.table_valued("class", "name", name="named").render_derived()
    # By what is locked, and not by name: two names may share one hash, and two
    # transactions that take the same locks in different orders wait for ever.
    keys = (
        select(named.c["class"], func.hashtext(named.c.name).label("hash"))
        .distinct()
        .order_by("class", "hash")
        .subquery()
    )
    return select(func.pg_advisory_xact_lock(keys.c["class"], keys.c.hash))


def free(
    tx: Tx,
    wanted: Collection[Slot],
    limits: Limits,
    taken: Mapping[Slot, int] = NONE,
    late: Mapping[Slot, int] = NONE,
) -> dict[Slot, int]:
    """How many places each scope has left when those in ``taken`` are counted, too, and
    not those of jobs that are too ``late`` to hold one."""
    at_most = {slot: limits.of(*slot) + late.get(slot, 0) for slot in wanted}
    active = _active(tx, at_most)
    return {slot: max(0, at_most[slot] - active[slot] - taken.get(slot, 0)) for slot in wanted}


def _active(tx: Tx, at_most: Mapping[Slot, int]) -> dict[Slot, int]:
    """How many jobs are active in each scope; nobody counts further than asked."""
    if not tx.on_postgresql:
        return {slot: _active_at_most(tx, slot, most) for slot, most in at_most.items()}
    found = [one for scope in Scope for one in _active_of(tx, scope, at_most).items()]
    return {slot: min(count, at_most[slot]) for slot, count in found}


def _active_of(tx: Tx, scope: Scope, at_most: Mapping[Slot, int]) -> dict[Slot, int]:
    # By one statement: over a network, each costs more than its counting.
    names = [name for one, name in at_most if one is scope]
    if not names:
        return {}
    most = max(at_most[scope, name] for name in names)
    rows = tx.execute(_counts(scope), {"names": names, "at_most": most})
    return {(scope, names[row.place - 1]): row.active for row in rows}


@cache
def _counts(scope: Scope) -> Select[Any]:
    names: BindParameter[Any] = bindparam("names", type_=ARRAY(Words))
    named = func.unnest(names).table_valued("name", with_ordinality="place", name="named")
    named = named.render_derived()
    active = and_(COLUMN[scope] == named.c.name, IS_ACTIVE)
    some = select(jobs.c.id).where(active).limit(bindparam("at_most")).lateral()
    counted = select(named.c.place, func.count(some.c.id).label("active"))
    return counted.select_from(named.outerjoin(some, true())).group_by(named.c.place)


def _active_at_most(tx: Tx, slot: Slot, at_most: int) -> int:
    scope, identifier = slot
    given = {"name": identifier, "at_most": at_most}
    ((count,),) = tx.rows(_count_at_most(scope), given)
    return int(count)


@cache
def _count_at_most(scope: Scope) -> Select[int]:
    active = and_(COLUMN[scope] == bindparam("name"), IS_ACTIVE)
    some = select(jobs.c.id).where(active).limit(bindparam("at_most")).subquery()
    return select(func.count()).select_from(some)


def _active_in(slot: Slot) -> ColumnElement[bool]:
    scope, identifier = slot
    return and_(COLUMN[scope] == identifier, IS_ACTIVE)


def full_scope(
    tx: Tx, slot: Slot, limit: int, usual_s: Mapping[str, float], ahead: int = 0
) -> FullScope:
    """A scope without a free place, and the oldest of the jobs that hold them.

    ``usual_s`` is each type's usual longest duration, ``ahead`` as in `FullScope`.
    """
    oldest = (
        select(jobs.c.id, jobs.c.type, jobs.c.started_at, jobs.c.available_at)
        .where(_active_in(slot))
        .order_by(jobs.c.id)
        .limit(NAMED_AT_MOST)
    )
    holders = tuple(_holder(tx, row, usual_s) for row in tx.execute(oldest))
    more = active(tx, slot) - len(holders) if len(holders) == NAMED_AT_MOST else 0
    return FullScope(*slot, limit, holders, more, ahead)


def active(tx: Tx, slot: Slot) -> int:
    """How many active jobs count in a scope."""
    held = select(func.count()).select_from(jobs).where(_active_in(slot))
    count: int = tx.execute(held).scalar_one()
    return count


def all_active(tx: Tx) -> dict[Slot, int]:
    """How many active jobs count in each scope that has any."""
    found = ((scope, row) for scope in Scope for row in tx.execute(_by_name(COLUMN[scope])))
    return {(scope, row.name): row.held for scope, row in found}


def _by_name(column: Column[Any]) -> Select[Any]:
    held = select(column.label("name"), func.count().label("held"))
    return held.where(IS_ACTIVE, column.is_not(None)).group_by(column)


def _holder(tx: Tx, row: Row[Any], usual_s: Mapping[str, float]) -> Holder:
    ran_s = (tx.now - row.started_at).total_seconds() if row.started_at else None
    due_in_s = 0.0 if row.started_at else (row.available_at - tx.now).total_seconds()
    return Holder(row.id, usual_s.get(row.type, 0.0), ran_s, max(0.0, due_in_s))
