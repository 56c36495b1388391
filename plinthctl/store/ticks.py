"""Progress inside steps: one column of running jobs, in bulk, without events."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Integer, Row, and_, bindparam, select, update

from plinthctl.domain.news import PROGRESS, News
from plinthctl.domain.runs import Tick
from plinthctl.store.rows import held
from plinthctl.store.tables import jobs
from plinthctl.store.tx import Tx

_NEW_PROGRESS: Final = bindparam("new_progress", type_=Integer)
_RAISE: Final = (
    update(jobs)
    # Progress never falls, and an old claim's tick says nothing.
    .where(and_(held(bindparam("of_job"), bindparam("of_token")), jobs.c.progress < _NEW_PROGRESS))
    .values(progress=_NEW_PROGRESS)
    .returning(*jobs.c)
)
_LOCK: Final = (
    select(jobs.c.id)
    .where(jobs.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(jobs.c.id)
    .with_for_update(skip_locked=True)
)


def put(tx: Tx, ticks: Sequence[Tick]) -> int:
    """Raise the progress of running jobs; of how many it was raised. Followers are told
    to look, since no event tells them."""
    raised = [row for tick in _free(tx, ticks) if (row := _raise(tx, tick)) is not None]
    tx.news.extend(_news(tx, row) for row in raised)
    return len(raised)


def _free(tx: Tx, ticks: Sequence[Tick]) -> Sequence[Tick]:
    """The ticks of jobs that nobody else changes just now, locked in one order."""
    if not tx.on_postgresql:  # SQLite has one writer, and this is it
        return ticks
    free = set(tx.execute(_LOCK, {"ids": [tick.job_id for tick in ticks]}).scalars())
    return [tick for tick in ticks if tick.job_id in free]


def _raise(tx: Tx, tick: Tick) -> Row[Any] | None:
    given = {"of_job": tick.job_id, "of_token": tick.token, "new_progress": tick.progress}
    return tx.execute(_RAISE, given).one_or_none()


def _news(tx: Tx, row: Row[Any]) -> News:
    return News(row.id, row.type, row.event_seq, PROGRESS, row.worker_id, row.available_at, tx.now)
