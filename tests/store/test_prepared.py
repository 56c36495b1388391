"""Statements that take the short way bring and store what SQLAlchemy's own would."""

from typing import Any

import pytest
from sqlalchemy import BindParameter, bindparam, event, select
from sqlalchemy.exc import IntegrityError

from plinthctl.store import Store, prepared
from plinthctl.store.tables import job_data, job_events, job_steps, jobs
from plinthctl.store.tx import Tx
from tests.store.acts import complete, running, write

_OF_JOB: BindParameter[str] = bindparam("of_job")
READS = {
    "a job": select(*jobs.c).where(jobs.c.id == _OF_JOB),
    "its steps": select(*job_steps.c).where(job_steps.c.job_id == _OF_JOB),
    "its events": select(*job_events.c).where(job_events.c.job_id == _OF_JOB),
    "what it was given": select(*job_data.c).where(job_data.c.job_id == _OF_JOB),
}


@pytest.mark.parametrize("what", READS)
def test_rows_are_those_that_the_connection_brings(store: Store, what: str) -> None:
    job = running(store)
    store.apply(complete(job))
    given = {"of_job": job.id}

    def both(tx: Tx) -> tuple[Any, Any]:
        return tx.rows(READS[what], given), tx.execute(READS[what], given).all()

    short, usual = write(store, both)
    assert len(usual) >= 1
    assert [one._asdict() for one in short] == [one._asdict() for one in usual]


def test_a_row_that_is_there_already_is_refused_as_by_the_connection(store: Store) -> None:
    job = running(store)
    row = {"job_id": job.id, "input": {}}
    with pytest.raises(IntegrityError):
        write(store, lambda tx: tx.insert_all(job_data, [row]))
    with pytest.raises(IntegrityError):
        write(store, lambda tx: tx.insert_all(job_data, [row, row]))


def test_whoever_listens_hears_every_statement(store: Store) -> None:
    job = running(store)
    heard: list[str] = []

    def hear(_c: object, _k: object, sql: str, *_: object) -> None:
        heard.append(sql)

    def listened(tx: Tx) -> None:
        engine = tx.connection.engine
        event.listen(engine, "before_cursor_execute", hear)
        try:
            tx.rows(READS["a job"], {"of_job": job.id})
            prepared.say(tx.connection, "SELECT 1")
        finally:
            event.remove(engine, "before_cursor_execute", hear)

    write(store, listened)
    assert [sql.split()[0] for sql in heard[:2]] == ["SELECT", "SELECT"]
