"""A store of an older version is brought up to date with all that is in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from plinthctl.domain.ids import IdPrefix
from plinthctl.domain.job import JobStatus
from plinthctl.domain.queries import JobQuery
from plinthctl.store import Store, open_schema, open_store, upgrade_sql, upgrade_store
from plinthctl.store import schema as schema_room
from plinthctl.store.opening import open_database
from plinthctl.store.schema import NEEDED
from plinthctl.store.tables import job_data, job_events, job_steps, jobs, workers
from tests.store.acts import FIRST_STEPS, NOON, TYPE, registered
from tests.stores import INPUT, an_id

OLDEST: Final = "0001"
WORKER, PENDING, RUNNING, COMPLETED = (
    an_id(prefix) for prefix in (IdPrefix.WORKER, IdPrefix.JOB, IdPrefix.JOB, IdPrefix.JOB)
)


@pytest.fixture(params=["sqlite", "postgresql"])
def older_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a store as the first version made it, with a worker and three jobs."""
    url = f"sqlite:///{tmp_path / 'plinthctl.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    database = open_database(url)
    database.write(lambda tx: make_the_oldest(tx.connection))
    database.write(lambda tx: fill(tx.connection))
    database.close()
    return url


def make_the_oldest(connection: Connection) -> None:
    config = schema_room._config()
    script = ScriptDirectory.from_config(config)
    with EnvironmentContext(
        config, script, fn=lambda found, _: script._upgrade_revs(OLDEST, found)
    ) as environment:
        environment.configure(connection=connection, transactional_ddl=False)
        environment.run_migrations()


def fill(connection: Connection) -> None:
    """Only columns that the first version had."""
    connection.execute(workers.insert().values(_worker()))
    for job in (
        _job(PENDING, "pending"),
        _job(RUNNING, "running", worker_id=WORKER, started_at=NOON, claim_token=1, event_seq=2),
        _job(COMPLETED, "completed", started_at=NOON, completed_at=NOON, progress=100),
    ):
        connection.execute(jobs.insert().values(job))
        connection.execute(job_data.insert().values(job_id=job["id"], input=INPUT))
        for seq in range(1, job["event_seq"] + 1):
            event = {"job_id": job["id"], "seq": seq, "at": NOON, "kind": "submitted"}
            connection.execute(job_events.insert().values(**event, token=0, data={}))
    kept = {"job_id": RUNNING, "step": FIRST_STEPS[0], "state": "done", "tries": 0, "token": 1}
    connection.execute(job_steps.insert().values(**kept, output="a page"))


def _worker() -> dict[str, Any]:
    return {
        "id": WORKER,
        "name": "one",
        "host": "here",
        "pid": 1,
        "version": "0",
        "types": [TYPE],
        "slots": 1,
        "started_at": NOON,
        "beats": 7,
        "beat_at": NOON,
    }


def _job(job_id: str, status: str, **values: Any) -> dict[str, Any]:
    return {
        "id": job_id,
        "type": TYPE,
        "version": 1,
        "org": "acme",
        "user": "ana",
        "status": status,
        "progress": 10,
        "attempt": 1,
        "round": 0,
        "losses": 0,
        "claim_token": 0,
        "event_seq": 1,
        "created_at": NOON,
        "available_at": NOON,
        **values,
    }


@pytest.fixture
def upgraded(older_url: str) -> Iterator[Store]:
    upgrade_store(older_url)
    opened = open_store(older_url)
    yield opened
    opened.close()


def test_what_is_pending_is_told_and_its_sql_shown(older_url: str) -> None:
    before = open_schema(older_url)
    assert (before.current, before.fits) == (int(OLDEST), False)
    assert len(before.pending) == NEEDED - int(OLDEST)
    shown = upgrade_sql(older_url)
    assert "CREATE TABLE store_names" in shown
    assert "CREATE TABLE jobs" not in shown
    assert open_schema(older_url) == before
    assert upgrade_store(older_url).fits


def test_nothing_of_what_was_in_it_is_lost(upgraded: Store) -> None:
    found = {job.id: job.status for job in upgraded.jobs(JobQuery())}
    assert found == {
        PENDING: JobStatus.PENDING,
        RUNNING: JobStatus.RUNNING,
        COMPLETED: JobStatus.COMPLETED,
    }
    detail = upgraded.detail(RUNNING, events=True)
    assert detail is not None
    assert (detail.input, len(detail.events), detail.job.worker) == (INPUT, 2, "one")
    (worker,) = upgraded.workers()
    assert (worker.id, worker.types, worker.mode) == (WORKER, (TYPE,), None)
    assert upgraded.name


def test_its_jobs_go_on_where_they_were(upgraded: Store) -> None:
    assert upgraded.beat(WORKER) is not None
    assert upgraded.retire(WORKER)
    assert upgraded.recover(RUNNING, 1) is not None
    claimed = upgraded.claim(registered(upgraded), [TYPE], 10)
    assert {job.id for job in claimed} == {PENDING, RUNNING}
    kept = next(job for job in claimed if job.id == RUNNING)
    assert kept.outputs == {FIRST_STEPS[0]: "a page"}
    assert kept.started == FIRST_STEPS[1:]
