"""Nothing that a screen shows reads all jobs, or all ends, on either database: each query
of a snapshot is found by an index over what is active, or over a stretch of time."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import Connection, event, text

from plinthctl.domain.expiry import Expiry
from plinthctl.domain.limits import Limits
from plinthctl.services.bookkeeping import Bookkeeper
from plinthctl.services.watch import Watch
from plinthctl.store import Store, open_store, upgrade_store
from tests.seeding import TYPES, Seeds
from tests.store.acts import admitted, registered, running, write

Asked = list[tuple[str, Any]]

# Tables that grow with the number of jobs, and the indexes of them that do not.
GROWING: Final = frozenset({"jobs", "job_ends", "job_events", "job_data", "step_tries"})
OF_ACTIVE_ONES: Final = frozenset(
    {
        "jobs_due",
        "jobs_running_by_worker",
        "jobs_running_since",
        "jobs_active_by_org",
        "jobs_active_by_user",
        "jobs_active_by_decision",
        "job_events_recovered",
    }
)
ASKS: dict[str, Callable[[Store], object]] = {
    "a snapshot of an hour": lambda store: Watch(store, Expiry(), Limits()).snapshot(),
    "a snapshot of a week": lambda store: Watch(store, Expiry(), Limits()).snapshot(
        timedelta(days=7)
    ),
    "the counters since ever": lambda store: store.totals(),
    "what is to be rolled up": lambda store: store.next_hour_to_roll(),
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def crowded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """A store of many ended jobs and a few active ones, that its database has taken note of."""
    url = f"sqlite:///{tmp_path_factory.mktemp('crowded') / 'plinthctl.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_store()
    upgrade_store(url)
    store = open_store(url)
    Seeds(store.now(), timedelta(days=9), recent=0.02).sow(store, 6_000, whole=True)
    worker = registered(store)
    for name in TYPES:
        admitted(store, type=name)
    running(store, worker)
    Bookkeeper(store, Expiry()).catch_up(1_000)
    if request.param == "postgresql":
        write(store, lambda tx: tx.execute(text("ANALYZE")))
    yield store
    store.close()


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS.keys())
def test_no_query_reads_all_of_what_grows(crowded: Store, ask: Callable[[Store], object]) -> None:
    asked = _asked(crowded, lambda: ask(crowded))
    assert asked
    explain = _on_sqlite if _is_sqlite(crowded) else _on_postgresql
    whole = {sql: found for sql, params in asked if (found := explain(crowded, sql, params))}
    assert whole == {}


def test_failed_tries_are_found_by_their_jobs(crowded: Store) -> None:
    if not _is_sqlite(crowded):
        pytest.skip("of so few tries PostgreSQL rightly reads all")
    since = crowded.now() - timedelta(hours=1)
    asked = _asked(crowded, lambda: crowded.failed_tries(since))
    assert [_on_sqlite(crowded, sql, params) for sql, params in asked] == [[]]


def _is_sqlite(store: Store) -> bool:
    return hasattr(store._database, "_reader_engine")


def _asked(store: Store, act: Callable[[], object]) -> Asked:
    """Every statement that ``act`` reads with, and its parameters."""
    database: Any = store._database
    engine = database._reader_engine if _is_sqlite(store) else database._reads
    asked: Asked = []

    def note(_c: Connection, _k: object, sql: str, params: Any, *_: object) -> None:
        if sql.startswith(("SELECT", "WITH")) and "set_config" not in sql:
            asked.append((sql, params))

    event.listen(engine, "before_cursor_execute", note)
    act()
    event.remove(engine, "before_cursor_execute", note)
    return asked


def _on_sqlite(store: Store, sql: str, params: Any) -> list[str]:
    """The lines of the plan that go through all of something that grows."""
    lines = write(
        store,
        lambda tx: [
            row[3] for row in tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", params)
        ],
    )
    return [line for line in lines if _scans(line.split())]


def _scans(words: list[str]) -> bool:
    """``SCAN jobs``, unless by an index of few: ``SCAN jobs USING INDEX jobs_due``. In the
    order of an index it may stop early, which `newest` does: it has a limit."""
    if words[0] != "SCAN" or words[1] not in GROWING:
        return False
    return "INDEX" not in words or words[words.index("INDEX") + 1] not in OF_ACTIVE_ONES | NEWEST


NEWEST: Final = frozenset({"job_ends_by_time"})


def _on_postgresql(store: Store, sql: str, params: Any) -> list[str]:
    database: Any = store._database
    with database._reads.connect() as connection:
        found = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {sql}", params).scalar()
    (plan,) = json.loads(found) if isinstance(found, str) else found
    return list(_sequential(plan["Plan"]))


def _sequential(node: Mapping[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan" and node["Relation Name"] in GROWING:
        yield node["Relation Name"]
    for inner in node.get("Plans", ()):
        yield from _sequential(inner)
