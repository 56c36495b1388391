"""What a one-shot sweep reads: workers and what they hold; and when it was here."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import and_, literal, or_, select, update

from plinthctl.domain.reaping import Orphan, Witness
from plinthctl.domain.runs import Neighbour
from plinthctl.store.tables import IS_RUNNING, duties, jobs, workers
from plinthctl.store.tx import Tx


def witnesses(tx: Tx) -> tuple[Witness, ...]:
    """The workers that are not retired, the longest running first."""
    alive = select(workers).where(workers.c.retired_at.is_(None)).order_by(workers.c.id)
    return tuple(
        Witness(
            Neighbour(row.id, row.beats, row.boot_id, row.life_file),
            row.name,
            row.host,
            abs((tx.now - row.beat_at).total_seconds()),
        )
        for row in tx.execute(alive)
    )


def orphans(tx: Tx, doomed: Collection[str]) -> tuple[Orphan, ...]:
    """Running jobs whose worker is retired, unknown, or among the ``doomed``."""
    gone = or_(workers.c.id.is_(None), workers.c.retired_at.is_not(None), workers.c.id.in_(doomed))
    columns = (jobs.c.id, jobs.c.type, jobs.c.claim_token, jobs.c.losses, jobs.c.worker_id)
    found = (
        select(*columns, jobs.c.cancel_requested_at, workers.c.name)
        .outerjoin(workers, workers.c.id == jobs.c.worker_id)
        .where(IS_RUNNING, gone)
        # By their index: in the order of their ids, SQLite reads the whole table.
        .order_by(jobs.c.worker_id)
    )
    held = (
        Orphan(
            row.id,
            row.type,
            row.claim_token,
            row.losses,
            row.cancel_requested_at is not None,
            row.worker_id,
            row.name,
        )
        for row in tx.execute(found)
    )
    return tuple(sorted(held, key=lambda orphan: orphan.job_id))


def take_a_write(tx: Tx) -> None:
    """Change nothing, as a write: that this returns shows that others may write, too."""
    nothing = and_(duties.c.name == "", literal(False))
    tx.execute(update(duties).where(nothing).values(due_at=duties.c.due_at))


def note_duty(tx: Tx, name: str, every: timedelta) -> None:
    """Note that a duty was done now, and is due again after ``every``."""
    due_at = tx.now + every
    if not tx.insert_new(duties, {"name": name, "due_at": due_at}):
        tx.execute(update(duties).where(duties.c.name == name).values(due_at=due_at))


def duties_due(tx: Tx) -> dict[str, datetime]:
    """When each duty is due next, by its name; a duty that was never done is missing."""
    return {row.name: row.due_at for row in tx.execute(select(duties))}
