"""The writer of a SQLite file: many writes, one transaction; each to itself."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

import plinthctl.store.writer as writer_room
from plinthctl.domain.runs import Advance, Shown
from plinthctl.errors import OutcomeUnknown, StoreUnavailable
from plinthctl.store import Store, open_store
from plinthctl.store.tables import duties
from plinthctl.store.turnstile import Turnstile
from plinthctl.store.tx import Tx
from tests.store.acts import NO_LIMITS, admitted, table_rows, write
from tests.stores import a_job, a_worker

WITHIN_S = 30.0
FULL = 2  # PRAGMA synchronous


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Store]:
    opened = open_store(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def path(sqlite_url: str) -> Path:
    return Path(sqlite_url.removeprefix("sqlite:///"))


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(32) as threads:
        yield threads


def until(condition: Callable[[], bool]) -> None:
    """Wait for it, and fail if it does not come."""
    deadline = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.001)


def queued(store: Store) -> int:
    database: Any = store._database
    return len(database._writer._waiting)


def commits(store: Store) -> list[str]:
    """A list that grows by one at each commit of the writer."""
    database: Any = store._database
    seen: list[str] = []
    event.listen(database._writer_engine, "commit", lambda _: seen.append("commit"))
    return seen


def disk_waits(store: Store) -> list[bool]:
    """A list that grows at each commit of the writer: whether it waits for the disk."""
    database: Any = store._database
    seen: list[bool] = []

    def look(connection: Any) -> None:
        level = connection.connection.dbapi_connection.execute("PRAGMA synchronous").fetchone()[0]
        seen.append(level >= FULL)

    event.listen(database._writer_engine, "commit", look)
    return seen


def note(name: str) -> Callable[[Tx], bool]:
    """A small write of its own."""
    return lambda tx: tx.insert_new(duties, {"name": name, "due_at": tx.now})


def noted(store: Store) -> set[str]:
    return {row["name"] for row in table_rows(store, duties)}


class Queue:
    """Writes that wait together: the turn is not theirs before the block ends."""

    def __init__(self, store: Store, pool: ThreadPoolExecutor) -> None:
        self._store, self._pool = store, pool
        self.asked: list[Future[Any]] = []

    def add(self, work: Callable[[Tx], Any], **how: bool) -> Future[Any]:
        write_it = self._store._database.write
        self.asked.append(self._pool.submit(partial(write_it, work, **how)))
        until(lambda: queued(self._store) == len(self.asked))
        return self.asked[-1]


@contextmanager
def one_group(store: Store, path: Path, pool: ThreadPoolExecutor) -> Iterator[Queue]:
    turnstile = Turnstile(path)
    with turnstile:
        yield Queue(store, pool)
    turnstile.close()


def test_what_waits_together_shares_one_commit(
    sqlite: Store, path: Path, pool: ThreadPoolExecutor
) -> None:
    done = commits(sqlite)
    with one_group(sqlite, path, pool) as group:
        for number in range(20):
            group.add(note(str(number)))
    assert all(one.result() for one in group.asked)
    assert len(done) == 1
    assert len(noted(sqlite)) == 20


def test_writes_of_many_threads_share_commits(sqlite: Store, pool: ThreadPoolExecutor) -> None:
    done = commits(sqlite)
    start = threading.Barrier(32)

    def write_some(thread: int) -> None:
        start.wait()
        for number in range(10):
            write(sqlite, note(f"{thread}-{number}"))

    list(pool.map(write_some, range(32)))
    assert len(noted(sqlite)) == 320
    assert len(done) < 160


def test_no_answer_is_given_before_the_commit(sqlite: Store) -> None:
    database: Any = sqlite._database
    seen: list[set[str]] = []
    event.listen(database._writer_engine, "commit", lambda _: seen.append(noted(sqlite)))
    write(sqlite, note("one"))
    assert seen == [set()]
    assert noted(sqlite) == {"one"}


def test_one_that_fails_takes_nobody_with_it(
    sqlite: Store, path: Path, pool: ThreadPoolExecutor
) -> None:
    def fail(tx: Tx) -> None:
        note("undone")(tx)
        raise KeyError("mine")

    with one_group(sqlite, path, pool) as group:
        before, failing, after = group.add(note("a")), group.add(fail), group.add(note("b"))
    assert before.result() and after.result()
    with pytest.raises(KeyError, match="mine"):
        failing.result()
    assert noted(sqlite) == {"a", "b"}


def order_in(order: list[str], name: str, _: Tx) -> None:
    order.append(name)


def test_what_was_accepted_waits_for_the_disk_and_a_claim_or_a_beat_does_not(
    sqlite: Store,
) -> None:
    waited = disk_waits(sqlite)
    sqlite.register(worker := a_worker())
    sqlite.admit(a_job(), NO_LIMITS, "ana", {})
    (job,) = sqlite.claim(worker.id, worker.types, 1)
    sqlite.beat(worker.id)
    sqlite.apply(Advance(job.id, job.token, Shown(30, None, None, 1)))
    assert waited == [True, True, False, False, True]


def test_a_beat_waits_for_the_disk_together_with_those_who_must(
    sqlite: Store, path: Path, pool: ThreadPoolExecutor
) -> None:
    waited = disk_waits(sqlite)
    with one_group(sqlite, path, pool) as group:
        group.add(note("a beat"), lasting=False)
        group.add(note("an end"))
        group.add(note("a claim"), lasting=False)
    assert all(one.result() for one in group.asked)
    assert waited == [True]


def test_urgent_work_goes_first(sqlite: Store, path: Path, pool: ThreadPoolExecutor) -> None:
    order: list[str] = []
    with one_group(sqlite, path, pool) as group:
        for name in ("a", "b"):
            group.add(partial(order_in, order, name))
        group.add(partial(order_in, order, "beat"), urgent=True)
    for one in group.asked:
        one.result()
    assert order == ["beat", "a", "b"]


def test_a_commit_that_fails_leaves_everybody_unsure(
    sqlite: Store, path: Path, pool: ThreadPoolExecutor
) -> None:
    def break_the_commit(tx: Tx) -> None:
        tx.execute(text("PRAGMA defer_foreign_keys = ON"))
        tx.execute(text("INSERT INTO job_data (job_id, input) VALUES ('none', '{}')"))

    with one_group(sqlite, path, pool) as group:
        group.add(note("a"))
        group.add(break_the_commit)
        group.add(note("b"))
    for one in group.asked:
        with pytest.raises(OutcomeUnknown):
            one.result()
    assert noted(sqlite) == set()
    write(sqlite, note("c"))
    assert noted(sqlite) == {"c"}


# A full disk


@pytest.fixture
def small(sqlite_url: str) -> Iterator[Store]:
    """A store with room for about a hundred pages more."""
    opened = open_store(sqlite_url)
    database: Any = opened._database

    def bound(connection: Any, _: Any) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 100}")

    event.listen(database._writer_engine, "connect", bound)
    yield opened
    opened.close()


def too_large(tx: Tx) -> None:
    note("too large")(tx)
    tx.execute(text("INSERT INTO duties VALUES (hex(zeroblob(1000000)), 1)"))


def test_a_full_store_says_so_and_stays_whole(small: Store) -> None:
    with pytest.raises(StoreUnavailable, match="is full"):
        write(small, too_large)
    assert noted(small) == set()
    job = admitted(small)
    assert small.job(job) is not None
    assert write(small, lambda tx: tx.execute(text("PRAGMA integrity_check")).scalar()) == "ok"


def test_who_shares_a_group_with_one_that_does_not_fit_is_carried_out(
    small: Store, path: Path, pool: ThreadPoolExecutor
) -> None:
    with one_group(small, path, pool) as group:
        first, full, last = group.add(note("a")), group.add(too_large), group.add(note("b"))
    assert first.result() and last.result()
    with pytest.raises(StoreUnavailable, match="is full"):
        full.result()
    assert noted(small) == {"a", "b"}


def test_when_a_group_is_lost_each_is_run_alone(
    sqlite: Store, path: Path, pool: ThreadPoolExecutor
) -> None:
    """Some errors of SQLite take the whole transaction back, not the savepoint alone."""
    done = commits(sqlite)

    def lose_the_transaction(tx: Tx) -> None:
        tx.execute(text("INSERT OR ROLLBACK INTO duties VALUES ('a', 1)"))
        tx.execute(text("INSERT OR ROLLBACK INTO duties VALUES ('a', 2)"))

    with one_group(sqlite, path, pool) as group:
        first, loser, last = (
            group.add(note("x")),
            group.add(lose_the_transaction),
            group.add(note("y")),
        )
    assert first.result() and last.result()
    with pytest.raises(Exception, match="UNIQUE"):
        loser.result()
    assert noted(sqlite) == {"x", "y"}
    assert len(done) == 2


# The write-ahead log


def test_the_log_stays_bounded_with_always_one_reader(
    sqlite: Store, path: Path, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = 1_000_000
    monkeypatch.setattr(writer_room, "WAL_LIMIT_BYTES", limit)
    wal = path.with_name(path.name + "-wal")
    relay = Relay()
    readers = [pool.submit(relay.read_on, sqlite) for _ in range(2)]
    sizes = []
    for _ in range(120):
        job = a_job(input={"text": "x" * 64_000})
        sqlite.admit(job, NO_LIMITS, "ana", {})
        sizes.append(wal.stat().st_size)
    relay.stop()
    assert min(reader.result() for reader in readers) > 0
    assert max(sizes) < 4 * limit


class Relay:
    """Two readers, of whom each ends only when the other has begun anew."""

    def __init__(self) -> None:
        self._turns, self._over = 0, False
        self._changed = threading.Condition()

    def read_on(self, store: Store) -> int:
        reads = 0
        while not self._over:
            store._database.read(self._hand_over)
            reads += 1
        return reads

    def _hand_over(self, tx: Tx) -> None:
        tx.execute(text("SELECT count(*) FROM jobs")).scalar()
        with self._changed:
            self._turns += 1
            mine = self._turns
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._turns > mine or self._over, WITHIN_S)

    def stop(self) -> None:
        with self._changed:
            self._over = True
            self._changed.notify_all()
