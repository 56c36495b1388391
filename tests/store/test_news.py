"""What the store tells its listener: all that was committed, and nothing else."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from plinthctl.domain.limits import Limits
from plinthctl.domain.news import CANCEL_REQUESTED, News, unheard
from plinthctl.errors import LimitReached, OutcomeUnknown, WrongState
from plinthctl.store import Store, open_store
from plinthctl.store.rows import Told, change
from plinthctl.store.tables import jobs
from plinthctl.store.tx import Tx
from tests.store.acts import (
    FIRST_STEPS,
    NOON,
    TYPE,
    admitted,
    advance,
    complete,
    done,
    put_back,
    registered,
    running,
    write,
)
from tests.store.test_writer import one_group
from tests.stores import a_job


@pytest.fixture
def heard(store: Store) -> Iterator[list[News]]:
    """All that the store has told since the test began."""
    found: list[News] = []
    store.listen(found.extend)
    yield found
    store.listen(unheard)


def told(news: Sequence[News]) -> list[tuple[str, int]]:
    return [(one.kind, one.seq) for one in news]


def test_each_event_of_a_jobs_life_is_told_once_and_in_order(
    store: Store, heard: list[News]
) -> None:
    worker = registered(store)
    first = running(store, worker)
    store.apply(advance(first, done("scrape-website")))
    store.apply(put_back(first))
    again = store.claim_one(worker, first.id)
    assert again is not None
    store.request_cancel(first.id, "ana", None)
    store.recover(first.id, again.token)
    assert told(heard) == [(e.kind, e.seq) for e in store.events_after(first.id, 0)]
    assert [one.seq for one in heard] == list(range(1, len(heard) + 1))
    assert {(one.job_id, one.type) for one in heard} == {(first.id, TYPE)}


def test_news_name_who_runs_the_job_and_when_it_is_due(timed: Store, heard: list[News]) -> None:
    worker = registered(timed)
    later = NOON + timedelta(minutes=1)
    waits = admitted(timed, available_at=later)
    job = running(timed, worker)
    timed.request_cancel(job.id, "ana", None)
    known = {(n.job_id, n.kind): (n.worker_id, n.due_at, n.at) for n in heard}
    assert known[waits, "submitted"] == (None, later, NOON)
    assert known[job.id, "submitted"] == (None, NOON, NOON)
    assert known[job.id, CANCEL_REQUESTED] == (worker, NOON, NOON)
    assert [n.job_id for n in heard if n.delivers] == [job.id]


def test_news_are_told_once_they_can_be_read_and_before_the_answer(store: Store) -> None:
    seen: list[tuple[str, int, int]] = []

    def listener(news: Sequence[News]) -> None:
        for one in news:
            job = store.job(one.job_id)
            seen.append((one.kind, one.seq, -1 if job is None else job.event_seq))

    store.listen(listener)
    try:
        admitted(store)
        assert seen == [("submitted", 1, 1)]
    finally:
        store.listen(unheard)


def test_what_changes_nothing_is_no_news(store: Store, heard: list[News]) -> None:
    worker = registered(store)
    store.beat(worker)
    store.retire(worker)
    store.claim(worker, [TYPE], 5)
    assert heard == []


def _refused_by_a_limit(store: Store) -> None:
    with pytest.raises(LimitReached):
        store.admit(a_job(org="full"), Limits(org=0), "ana", {})


def _refused_by_the_state(store: Store) -> None:
    job = admitted(store)
    store.request_cancel(job, "ana", None)
    with pytest.raises(WrongState):
        store.request_cancel(job, "ana", None)


def _lost_claim(store: Store) -> None:
    job = running(store)
    store.recover(job.id, job.token)
    store.apply(complete(job))


@pytest.mark.parametrize("refused", [_refused_by_a_limit, _refused_by_the_state, _lost_claim])
def test_only_what_is_in_the_store_is_news(
    store: Store, heard: list[News], refused: Callable[[Store], None]
) -> None:
    refused(store)
    in_the_store = [
        (job_id, event.seq)
        for job_id in sorted({n.job_id for n in heard})
        for event in store.events_after(job_id, 0)
    ]
    assert sorted((n.job_id, n.seq) for n in heard) == in_the_store


def and_then(job_id: str, happens: Callable[[Tx], Any]) -> Callable[[Tx], None]:
    """An event of the job, and then something that undoes it."""

    def work(tx: Tx) -> None:
        assert change(tx, jobs.c.id == job_id, {}, [Told("step_started")]) is not None
        happens(tx)

    return work


def breaks(_: Tx) -> None:
    raise KeyError("mine")


def test_what_is_rolled_back_is_no_news(store: Store, heard: list[News]) -> None:
    job = admitted(store)
    with pytest.raises(KeyError):
        write(store, and_then(job, breaks))
    assert told(heard) == [("submitted", 1)]


def test_what_had_to_be_tried_again_is_told_once(
    postgres: Any, heard: list[News], store: Store
) -> None:
    opened = open_store(postgres.new_store())
    found: list[News] = []
    opened.listen(found.extend)
    job, tries = admitted(opened), iter([True, True, False])

    def lose_a_race(tx: Tx) -> None:
        if next(tries):
            tx.execute(text("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$"))

    write(opened, and_then(job, lose_a_race))
    opened.close()
    assert told(found) == [("submitted", 1), ("step_started", 2)]


# SQLite: several share one commit


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Store]:
    opened = open_store(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


@pytest.fixture
def path(sqlite_url: str) -> Path:
    return Path(sqlite_url.removeprefix("sqlite:///"))


def listening(store: Store) -> list[News]:
    """What is told from now on; the next writes share one group, however slow others were."""
    database: Any = store._database
    database._writer._member_s = 0.0
    found: list[News] = []
    store.listen(found.extend)
    return found


def loses_the_transaction(tx: Tx) -> None:
    tx.execute(text("INSERT OR ROLLBACK INTO duties VALUES ('a', 1)"))
    tx.execute(text("INSERT OR ROLLBACK INTO duties VALUES ('a', 2)"))


def nothing(_: Tx) -> None: ...


@pytest.mark.parametrize("fails", [breaks, loses_the_transaction])
def test_who_fails_in_a_group_is_no_news_and_the_others_are_told_once(
    sqlite: Store, path: Path, pool: ThreadPoolExecutor, fails: Callable[[Tx], None]
) -> None:
    first, failing, last = (admitted(sqlite) for _ in range(3))
    found = listening(sqlite)
    with one_group(sqlite, path, pool) as group:
        group.add(and_then(first, nothing))
        bad = group.add(and_then(failing, fails))
        group.add(and_then(last, nothing))
    assert bad.exception() is not None
    for one in group.asked:
        one.exception()
    assert [(n.job_id, n.seq) for n in found] == [(first, 2), (last, 2)]


def test_a_commit_that_fails_is_no_news(
    sqlite: Store, path: Path, pool: ThreadPoolExecutor
) -> None:
    def breaks_the_commit(tx: Tx) -> None:
        tx.execute(text("PRAGMA defer_foreign_keys = ON"))
        tx.execute(text("INSERT INTO job_data (job_id, input) VALUES ('none', '{}')"))

    job = admitted(sqlite)
    found = listening(sqlite)
    with one_group(sqlite, path, pool) as group:
        group.add(and_then(job, nothing))
        group.add(breaks_the_commit)
    for one in group.asked:
        assert isinstance(one.exception(), OutcomeUnknown)
    assert found == []


def test_the_first_steps_of_a_claim_are_no_events_of_their_own(
    store: Store, heard: list[News]
) -> None:
    job = running(store)
    assert (told(heard), job.started) == ([("submitted", 1), ("claimed", 2)], FIRST_STEPS)
