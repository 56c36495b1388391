"""SQLite finds what it is asked for by an index, however many jobs there are."""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from plinthctl.domain.acts import Act
from plinthctl.domain.expiry import Expiry, Retention
from plinthctl.domain.job import JobStatus
from plinthctl.domain.limits import Limits, Scope
from plinthctl.domain.queries import JobQuery
from plinthctl.domain.runs import NewJob
from plinthctl.store import Store, open_store
from tests.store.acts import TYPE, admitted, registered
from tests.store.plans import sqlite_plans
from tests.stores import a_job


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Store]:
    opened = open_store(sqlite_url)
    yield opened
    opened.close()


def users(lines: list[str]) -> set[str]:
    """The indexes by which jobs are found; "scan" where none is."""
    on_jobs = [line for line in lines if line.split()[1:2] == ["jobs"]]
    return {_index(line) for line in on_jobs}


def _index(line: str) -> str:
    words = line.split()
    return words[words.index("INDEX") + 1] if "INDEX" in words else "scan"


PRIMARY = "sqlite_autoindex_jobs_1"
ASKS: dict[str, tuple[Callable[[Store], object], set[str]]] = {
    "an idle worker looks for due jobs": (
        lambda store: store.claim(registered(store), ["market_research"], 5),
        {"jobs_due"},
    ),
    "jobs that must run alone": (lambda store: store.due_alone([TYPE], 5), {"jobs_due"}),
    "jobs that a paused type holds back": (
        lambda store: store.resume_intake(TYPE, Act("ana", "resume")),
        {"jobs_due"},
    ),
    "who has how many active": (
        lambda store: store.all_active(),
        {"jobs_active_by_org", "jobs_active_by_user", "jobs_active_by_decision"},
    ),
    "what each worker runs": (lambda store: store.workers(), {"jobs_running_by_worker"}),
    "the roll call": (lambda store: store.on_roll("wrk_1"), {"jobs_running_by_worker"}),
    "limits of organisation and user": (
        lambda store: store.rehearse([in_every_scope()], Limits(0, 0, 0), {}, Counter()),
        {"jobs_due", *(f"jobs_active_by_{scope}" for scope in Scope), PRIMARY},
    ),
    "what is overdue": (
        lambda store: store.expire(Expiry()),
        {"jobs_due", "jobs_running_since"},
    ),
    "what is past its retention": (
        lambda store: store.purge(Retention()),
        {"jobs_ended", "jobs_running_by_worker"},
    ),
    "what would be purged": (lambda store: list(store.past(Retention())), {"jobs_ended"}),
    "whose worker is gone": (
        lambda store: store.orphans(["wrk_1"]),
        {"jobs_running_by_worker", "jobs_running_since"},
    ),
    "a short id": (lambda store: store.find_ids("0000000A", 5), {PRIMARY, "jobs_short_id"}),
    "who is next in line": (lambda store: store.line(5), {"jobs_due"}),
    "how many run": (lambda store: store.count(running_jobs()), {"jobs_running_since"}),
}


def in_every_scope() -> NewJob:
    return a_job(org="acme", user="ana", decision="dec_1", key="k")


def running_jobs() -> JobQuery:
    return JobQuery(statuses=frozenset({JobStatus.RUNNING}))


@pytest.mark.parametrize(("ask", "indexes"), ASKS.values(), ids=ASKS.keys())
def test_an_index_answers(sqlite: Store, ask: Callable[[Store], object], indexes: set[str]) -> None:
    for _ in range(3):
        admitted(sqlite)
    assert users(sqlite_plans(sqlite, lambda: ask(sqlite))) <= indexes


def test_a_claim_goes_by_what_is_due_and_then_by_its_ids(sqlite: Store) -> None:
    admitted(sqlite)
    worker = registered(sqlite)
    found = users(sqlite_plans(sqlite, lambda: sqlite.claim(worker, [TYPE], 5)))
    assert found == {"jobs_due", PRIMARY}


def test_an_admission_scans_nothing(sqlite: Store) -> None:
    lines = sqlite_plans(sqlite, lambda: sqlite.admit(a_job(key="k"), Limits(), "ana", {}))
    assert users(lines) == {"jobs_due", "jobs_active_by_org", "jobs_active_by_user", PRIMARY}
