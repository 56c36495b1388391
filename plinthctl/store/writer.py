"""The one thread of a process that writes to SQLite: group commit in savepoints.

Everything that is waiting when the turn comes shares one transaction and one
fsync. Each member runs in its own savepoint, so that one that fails takes
nobody with it; answers are given after the COMMIT has returned, never before.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from plinthctl.domain.news import Listener, News, unheard
from plinthctl.errors import OutcomeUnknown, PlinthError, StoreBusy
from plinthctl.store import prepared, timing
from plinthctl.store.database import WAIT_S
from plinthctl.store.file_faults import in_our_words, safe_url, unusable
from plinthctl.store.turnstile import Turnstile
from plinthctl.store.tx import Tx

T = TypeVar("T")

GROUP_AT_MOST: Final = 256
GROUP_HOLDS_S: Final = 0.025  # aimed at, before its commit: so long do other processes wait
WAL_LIMIT_BYTES: Final = 32 * 1024 * 1024
GIVEN_UP_JOIN_S: Final = 0.1
CHECKPOINT_WAIT_MS: Final = 50  # for readers, when the log is over its limit


class _GroupLost(Exception):
    """SQLite has rolled the whole transaction back under a member's feet."""


class _Member:
    """One piece of work: what to run, what came of it, and who waits."""

    __slots__ = ("future", "lasting", "news", "outcome", "run")

    def __init__(self, run: Callable[[Tx], Any], *, lasting: bool = True) -> None:
        self.run = run
        self.lasting = lasting
        self.future: Future[Any] = Future()
        self.outcome: tuple[Any, BaseException | None] = (None, None)
        self.news: list[News] = []

    def answer(self, instead: BaseException | None = None) -> None:
        value, error = self.outcome
        if (error := instead or error) is not None:
            self.future.set_exception(error)
        else:
            self.future.set_result(value)


class Writer:
    """Writes to the SQLite file at ``path`` through ``engine``, in its own thread.

    The thread begins with the first write, so a process that only reads has none.
    A caller waits for its turn for ``wait_s``.
    """

    def __init__(
        self,
        engine: Engine,
        path: Path,
        clock: Callable[[], datetime],
        wait_s: float = WAIT_S,
    ) -> None:
        self._wait_s = wait_s
        self._engine = engine
        self._path = path
        self._wal = path.with_name(path.name + "-wal")
        self._clock = clock
        self._turnstile = Turnstile(path)
        self._waiting: deque[_Member] = deque()
        self._changed = threading.Condition()
        self._between_groups = threading.Lock()
        self._quiet = False
        self.listener: Listener = unheard
        self._member_s = 0.0  # that each member of the last group took
        self._stopping = False
        self._given_up = False  # the thread may stand before a turn that never comes
        self._thread: threading.Thread | None = None
        self._connection: Connection | None = None  # the thread's

    def write(self, work: Callable[[Tx], T], *, urgent: bool = False, lasting: bool = True) -> T:
        """Queue ``work``, wait for its commit, and return its value.

        Raises:
            StoreBusy: the turn did not come in time; the work was withdrawn.
        """
        future = self._enqueue(_Member(work, lasting=lasting), urgent)
        try:
            value: T = future.result(timeout=self._wait_s)
        except TimeoutError:
            if future.cancel():
                self._given_up = True
                raise self._busy() from None
            value = future.result()
        return value

    def _enqueue(self, member: _Member, urgent: bool) -> Future[Any]:
        with self._changed:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
                self._thread.start()
            (self._waiting.appendleft if urgent else self._waiting.append)(member)
            self._changed.notify()
        return member.future

    def _busy(self) -> StoreBusy:
        return StoreBusy(
            f"the store at {safe_url(self._path)} is busy: {self._turnstile.holder()} is writing",
            why=f"this process waited {self._wait_s:g} s for its turn",
            fix="try again; if that process is stopped, continue it (fg) or end it",
            details={"pid": self._turnstile.holder_pid()},
        )

    def quiesce(self) -> None:
        """Wait until no group is being written, and begin none until `resume`."""
        self._between_groups.acquire()
        self._quiet = True

    def resume(self) -> None:
        """Write again. Changes nothing where nothing was stopped: a process is also
        continued that was never asked to be quiet (SIGSTOP)."""
        if self._quiet:
            self._quiet = False
            self._between_groups.release()

    def close(self) -> None:
        """Write what is queued, then close the connection inside the turnstile."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(GIVEN_UP_JOIN_S if self._given_up else WAIT_S)
        if self._thread is None or not self._thread.is_alive():
            self._turnstile.close()

    def _work(self) -> None:
        while self._anything_waits():
            try:
                with self._between_groups, self._turnstile:
                    self._given_up = False
                    self._serve(self._next_group())
            except OSError as error:  # of the turnstile: there are no locks to be had
                refusal = unusable(self._path, error.strerror or str(error))
                self._answer_all(self._next_group(), refusal)
        if self._connection is not None:
            # Closing checkpoints, which only the holder of the turn may do.
            with suppress(OSError), self._turnstile:
                self._connection.close()
                self._engine.dispose()

    def _serve(self, group: list[_Member]) -> None:
        try:
            self._connection = self._connection or self._engine.connect()
            self._write_group(self._connection, group)
        except BaseException as error:  # noqa: BLE001  every waiter is owed an answer
            self._answer_all(group, error)
            _discard(self._connection)
            self._connection = None

    def _anything_waits(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._stopping)
            return bool(self._waiting)

    def _next_group(self) -> list[_Member]:
        with self._changed:
            at_most = min(self._fitting(), len(self._waiting))
            group = [self._waiting.popleft() for _ in range(at_most)]
        return [member for member in group if member.future.set_running_or_notify_cancel()]

    def _fitting(self) -> int:
        """How many members a group has room for, by the pace of the last one."""
        return max(1, int(min(GROUP_AT_MOST, GROUP_HOLDS_S / max(self._member_s, 1e-6))))

    def _write_group(self, connection: Connection, group: list[_Member]) -> None:
        if not group:
            return
        try:
            self._transaction(connection, group)
        except _GroupLost:
            for member in group:
                self._alone(connection, member)
        self._checkpoint(connection)

    def _alone(self, connection: Connection, member: _Member) -> None:
        try:
            self._transaction(connection, [member])
        except _GroupLost:
            member.answer()

    def _transaction(self, connection: Connection, group: list[_Member]) -> None:
        _wait_for_disk(connection, wanted=any(member.lasting for member in group))
        begun = connection.begin()
        try:
            self._run_all(Tx(connection, self._clock()), group)
        except BaseException:
            begun.rollback()
            raise
        try:
            with timing.told("COMMIT"):
                begun.commit()
        except DBAPIError as error:
            # The transaction may still be open, which only a new connection ends.
            raise self._unknown(error) from error
        self.listener([news for member in group for news in member.news])
        for member in group:
            member.answer()

    def _run_all(self, tx: Tx, group: list[_Member]) -> None:
        began_s = time.monotonic()
        for member in group:
            self._run_in_savepoint(tx, member)
        self._member_s = (time.monotonic() - began_s) / len(group)

    def _run_in_savepoint(self, tx: Tx, member: _Member) -> None:
        member.outcome, member.news = (None, None), []
        # Not through SQLAlchemy's nested transactions, which cost three times as much.
        prepared.say(tx.connection, "SAVEPOINT member")
        try:
            value = member.run(own := replace(tx, news=[]))
            prepared.say(tx.connection, "RELEASE member")
            member.news = own.news
            member.outcome = (value, None)
        except Exception as error:
            member.outcome = (None, self._translated(error))
            # SQLITE_FULL and its like roll back everything, not the savepoint alone;
            # the next statement would then commit by itself.
            if not _in_transaction(tx.connection):
                raise _GroupLost from error
            tx.connection.exec_driver_sql("ROLLBACK TO member")
            tx.connection.exec_driver_sql("RELEASE member")

    def _translated(self, error: Exception) -> Exception:
        if isinstance(error, DBAPIError):
            return in_our_words(error, self._path) or error
        return error

    def _unknown(self, error: DBAPIError) -> OutcomeUnknown:
        return OutcomeUnknown(
            f"the store at {safe_url(self._path)} did not confirm a change",
            why=str(error.orig),
            fix="look whether it is there before you repeat it",
        )

    def _answer_all(self, group: list[_Member], error: BaseException) -> None:
        told = self._translated(error) if isinstance(error, Exception) else error
        for member in group:
            if not member.future.done():
                member.answer(told if isinstance(told, PlinthError) else error)

    def _checkpoint(self, connection: Connection) -> None:
        """Keep the write-ahead log bounded: with always one reader it would grow."""
        try:
            too_large = self._wal.stat().st_size > WAL_LIMIT_BYTES
        except OSError:
            return
        if too_large:
            _pragma(connection, f"PRAGMA busy_timeout = {CHECKPOINT_WAIT_MS}")
            _pragma(connection, "PRAGMA wal_checkpoint(RESTART)")
            _pragma(connection, "PRAGMA busy_timeout = 5000")


def _discard(connection: Connection | None) -> None:
    """Close what may be in an unknown state; the next group opens a new one."""
    if connection is not None:
        connection.invalidate()
        connection.close()


def _wait_for_disk(connection: Connection, *, wanted: bool) -> None:
    """Whether the next COMMIT returns only when the disk has it, and all before it."""
    if connection.info.get("waits", True) is not wanted:
        _pragma(connection, f"PRAGMA synchronous = {'FULL' if wanted else 'NORMAL'}")
        connection.info["waits"] = wanted


def _pragma(connection: Connection, statement: str) -> None:
    # Through the driver: SQLAlchemy would begin a transaction, and a checkpoint
    # is not possible inside one.
    cursor = connection.connection.cursor()
    cursor.execute(statement)
    cursor.close()


def _in_transaction(connection: Connection) -> bool:
    driver: Any = connection.connection.dbapi_connection
    return bool(driver.in_transaction)
