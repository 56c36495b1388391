"""The first page of a list is found by an index, on both databases, with many jobs."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from plinthctl.domain.ids import IdPrefix, new_id
from plinthctl.domain.job import ACTIVE, JobStatus
from plinthctl.domain.queries import JobQuery, Sort
from plinthctl.store import Store, open_store, upgrade_store
from plinthctl.store.tables import job_data, jobs
from tests.store.acts import NOON, write
from tests.store.plans import ways_to_jobs
from tests.stores import INPUT

MANY = 4000
ACTIVE_ONES = 40
ENDED = (JobStatus.COMPLETED,) * 7 + (JobStatus.FAILED, JobStatus.CANCELLED)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def crowded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """A store of many jobs, nearly all ended, that its database has taken note of."""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_store()
    else:
        url = f"sqlite:///{tmp_path_factory.mktemp('crowded') / 'plinthctl.db'}"
        upgrade_store(url)
    store = open_store(url)
    rows = [_row(number) for number in range(MANY)]
    data = [{"job_id": row["id"], "input": INPUT} for row in rows]
    write(store, lambda tx: tx.insert_all(jobs, rows))
    write(store, lambda tx: tx.insert_all(job_data, data))
    if request.param == "postgresql":
        write(store, lambda tx: tx.execute(text("ANALYZE")))
    yield store
    store.close()


def _row(number: int) -> dict[str, Any]:
    at = NOON + timedelta(seconds=number)
    running = number % 2 == 0
    active = JobStatus.RUNNING if running else JobStatus.PENDING
    status = active if number >= MANY - ACTIVE_ONES else ENDED[number % len(ENDED)]
    return {
        "id": new_id(IdPrefix.JOB, int(at.timestamp()) * 1000, number.to_bytes(10)),
        "type": "competitor_analysis" if number % 3 else "market_research",
        "version": 1,
        "org": f"org-{number % 20}",
        "user": f"user-{number % 30}",
        "decision": f"dec_{number % 40}" if number % 2 else None,
        "status": status,
        "progress": 0,
        "step": "search-news" if status in ACTIVE else None,
        "attempt": 1,
        "round": 0,
        "losses": 0,
        "claim_token": 1,
        "event_seq": 1,
        "created_at": at,
        "available_at": at,
        "started_at": None if status is JobStatus.PENDING else at,
        "completed_at": None if status in ACTIVE else at + timedelta(seconds=number % 60),
        "error": "Exa did not answer." if status is JobStatus.FAILED else None,
    }


def of(*statuses: JobStatus, **more: Any) -> JobQuery:
    return JobQuery(statuses=frozenset(statuses), **more)


WALK = {"walk"}
DUE = {"jobs_due", "key"}
RUNS = {"jobs_running_since", "jobs_running_by_worker", "key"}
BY_WHOM = {"jobs_active_by_org", "jobs_active_by_user", "jobs_active_by_decision", "key"}
ASKS: dict[str, tuple[JobQuery, set[str]]] = {
    "all": (JobQuery(), WALK),
    "completed": (of(JobStatus.COMPLETED), WALK),
    "failed": (of(JobStatus.FAILED), WALK),
    "pending or failed": (of(JobStatus.PENDING, JobStatus.FAILED), WALK),
    "pending": (of(JobStatus.PENDING), DUE),
    "running": (of(JobStatus.RUNNING), RUNS),
    "active": (of(*ACTIVE), BY_WHOM),
    "active of an organisation": (of(*ACTIVE, orgs=("org-1",)), {"jobs_active_by_org", "key"}),
    "active of a user": (of(*ACTIVE, users=("user-1",)), {"jobs_active_by_user", "key"}),
    "active of a decision": (
        of(*ACTIVE, decisions=("dec_1",)),
        {"jobs_active_by_decision", "key"},
    ),
    "stuck": (JobQuery(stuck=True), DUE | RUNS | BY_WHOM),
    "of a type": (JobQuery(types=("market_research",)), WALK),
    "of an organisation": (JobQuery(orgs=("org-1", "org-2")), WALK),
    "of a user": (JobQuery(users=("user-1", "user-2")), WALK),
    "of a decision": (JobQuery(decisions=("dec_1", "dec_3")), WALK),
    "at a step": (JobQuery(steps=("search-news",)), WALK),
    "since": (JobQuery(created_since=NOON), WALK),
    "until": (JobQuery(created_until=NOON + timedelta(seconds=MANY)), WALK),
    "a word": (JobQuery(words=("exa",)), WALK),
    "the oldest": (JobQuery(sort=Sort.AGE), WALK),
    "active, by status": (of(*ACTIVE, sort=Sort.STATUS), BY_WHOM),
    "running, by duration": (of(JobStatus.RUNNING, sort=Sort.DURATION), RUNS),
    # No index has these orders: the jobs are read once and the first are kept.
    "all by duration": (JobQuery(sort=Sort.DURATION), {"scan"}),
    "all by status": (JobQuery(sort=Sort.STATUS), {"scan"}),
}


@pytest.mark.parametrize(("query", "ways"), ASKS.values(), ids=ASKS.keys())
def test_a_first_page_is_found_by_an_index(crowded: Store, query: JobQuery, ways: set[str]) -> None:
    assert ways_to_jobs(crowded, lambda: crowded.jobs(query)) <= ways
    assert ways_to_jobs(crowded, lambda: crowded.places(query, None, 50)) <= ways


def test_a_later_page_begins_at_its_place(crowded: Store) -> None:
    (first,) = crowded.places(JobQuery(), None, 1)
    assert ways_to_jobs(crowded, lambda: crowded.places(JobQuery(), first, 50)) == {"key"}


def test_what_a_page_holds_is_read_by_its_ids(crowded: Store) -> None:
    ids = [place.id for place in crowded.places(JobQuery(), None, 50)]
    assert ways_to_jobs(crowded, lambda: crowded.details_of(of(*ACTIVE), ids)) == {"key"}
