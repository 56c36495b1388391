"""Workers' rows: who reports, who is silent, and what each of them holds."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Row, and_, func, select, update

from plinthctl.domain.liveness import WorkerMode
from plinthctl.domain.runs import Beat, Neighbour, NewWorker, OnRoll
from plinthctl.domain.views import WorkerView
from plinthctl.store import schema
from plinthctl.store.tables import IS_RUNNING, duties, jobs, workers
from plinthctl.store.tx import Tx


def register(tx: Tx, worker: NewWorker) -> None:
    """Write the row of a worker that reports for duty; asking again is safe."""
    row = {
        "id": worker.id,
        "name": worker.name,
        "host": worker.host,
        "pid": worker.pid,
        "boot_id": worker.boot_id,
        "life_file": worker.life_file,
        "version": worker.version,
        "types": list(worker.types),
        "slots": worker.slots,
        "started_at": tx.now,
        "beats": 0,
        "beat_at": tx.now,
    }
    tx.insert_new(workers, row)


def beat(tx: Tx, worker_id: str) -> Beat | None:
    """Raise the worker's counter; None: it was retired, and must let go of everything."""
    reports = (
        update(workers)
        .where(workers.c.id == worker_id, workers.c.retired_at.is_(None))
        .values(beats=workers.c.beats + 1, beat_at=tx.now)
    )
    if tx.execute(reports).rowcount == 0:
        return None
    return Beat(tx.now, schema.version(tx))


def set_mode(tx: Tx, worker_id: str, mode: WorkerMode, why: str | None) -> None:
    """Note how the worker finds its work, and what keeps it from a better way."""
    own = update(workers).where(workers.c.id == worker_id)
    tx.execute(own.values(mode=mode, mode_why=why))


def retire(tx: Tx, worker_id: str, beats: int | None) -> bool:
    """Whether the worker was retired now; with ``beats`` only if its counter
    still stands there, so that one which just reported is spared."""
    where = and_(workers.c.id == worker_id, workers.c.retired_at.is_(None))
    if beats is not None:
        where = and_(where, workers.c.beats == beats)
    return tx.execute(update(workers).where(where).values(retired_at=tx.now)).rowcount == 1


def neighbours(tx: Tx, worker_id: str) -> tuple[Neighbour, ...]:
    """The other workers that are not retired."""
    others = select(workers).where(workers.c.id != worker_id, workers.c.retired_at.is_(None))
    return tuple(Neighbour(w.id, w.beats, w.boot_id, w.life_file) for w in tx.execute(others))


def reporting(tx: Tx) -> tuple[WorkerView, ...]:
    """Workers that are not retired, the longest running first."""
    held = (
        select(func.count())
        .select_from(jobs)
        .where(IS_RUNNING, jobs.c.worker_id == workers.c.id)
        .scalar_subquery()
    )
    alive = select(*workers.c, held.label("running")).where(workers.c.retired_at.is_(None))
    return tuple(
        WorkerView(
            id=row.id,
            name=row.name,
            host=row.host,
            pid=row.pid,
            types=tuple(row.types),
            slots=row.slots,
            started_at=row.started_at,
            beat_at=row.beat_at,
            silent_s=max(0.0, (tx.now - row.beat_at).total_seconds()),
            mode=None if row.mode is None else WorkerMode(row.mode),
            mode_why=row.mode_why,
            boot_id=row.boot_id,
            life_file=row.life_file,
            version=row.version,
            running=row.running,
        )
        for row in tx.execute(alive.order_by(workers.c.id))
    )


def on_roll(tx: Tx, worker_id: str) -> tuple[OnRoll, ...]:
    """The jobs that the store says this worker runs."""
    return _entries(
        tx.execute(
            select(jobs.c.id, jobs.c.claim_token, jobs.c.cancel_requested_at).where(
                IS_RUNNING, jobs.c.worker_id == worker_id
            )
        ).all()
    )


def _entries(rows: Sequence[Row[tuple[str, int, object]]]) -> tuple[OnRoll, ...]:
    return tuple(
        OnRoll(row.id, row.claim_token, row.cancel_requested_at is not None) for row in rows
    )


def take_duty(tx: Tx, name: str, every_s: float) -> bool:
    """Whether the duty is due and now this caller's to do."""
    next_at = tx.now + timedelta(seconds=every_s)
    if tx.insert_new(duties, {"name": name, "due_at": next_at}):
        return True
    mine = (
        update(duties)
        .where(duties.c.name == name, duties.c.due_at <= tx.now)
        .values(due_at=next_at)
    )
    return tx.execute(mine).rowcount == 1
