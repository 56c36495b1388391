"""PostgreSQL as the store, ready for a transaction pooler: nothing that we do is
bound to a session (no prepared statements, session locks or session settings)."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, RootTransaction, create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from plinthctl.domain.news import Listener, unheard
from plinthctl.errors import OutcomeUnknown, StoreBusy, StoreUnavailable
from plinthctl.store import timing
from plinthctl.store.faults import RETRIED_SQLSTATES, in_our_words, lost_connection, sqlstate
from plinthctl.store.tx import Tx

T = TypeVar("T")

CONNECT_TIMEOUT_S: Final = 5
TRIES: Final = 4  # of a transaction that lost a race or its connection before its commit
POOL_SIZE: Final = 32  # at most; a connection is made when a thread needs one more

# One round trip: the limits of this transaction, and the clock.
_OPEN: Final = text(
    "SELECT set_config('lock_timeout', '5s', true),"
    " set_config('statement_timeout', '30s', true),"
    " set_config('idle_in_transaction_session_timeout', '10s', true),"
    " (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class PostgresDatabase:
    """The database at a ``postgresql://`` URL."""

    def __init__(self, url: URL) -> None:
        self.safe_url = url.render_as_string(hide_password=True)
        driver_url = url.set(drivername="postgresql+psycopg")
        self._writes = _engine(driver_url, "READ COMMITTED", POOL_SIZE)
        self._reads = _engine(driver_url, "REPEATABLE READ", POOL_SIZE)
        self._beats = _engine(driver_url, "READ COMMITTED", 1)
        self._listener: Listener = unheard

    def read(self, work: Callable[[Tx], T]) -> T:
        return self._tried(lambda: self._once(self._reads, work))

    def write(self, work: Callable[[Tx], T], *, urgent: bool = False, lasting: bool = True) -> T:
        # Everything is lasting here: workers elsewhere live on when the server's machine
        # goes down, and after an undone claim two would hold a job under one token.
        engine = self._beats if urgent else self._writes
        return self._tried(lambda: self._once(engine, work))

    def listen(self, listener: Listener) -> None:
        self._listener = listener

    def quiesce(self) -> None:
        """Nothing of ours outlives a statement here: a stopped process holds up
        nobody for longer than `idle_in_transaction_session_timeout`."""

    def resume(self) -> None: ...

    def close(self) -> None:
        for engine in (self._writes, self._reads, self._beats):
            engine.dispose()

    def _once(self, engine: Engine, work: Callable[[Tx], T]) -> T:
        with engine.connect() as connection:
            begun = connection.begin()
            try:
                value = work(tx := Tx(connection, _clock(connection)))
            except BaseException:
                _roll_back(begun)
                raise
            self._commit(begun)
        if tx.news:
            self._listener(tx.news)
        return value

    def _commit(self, begun: RootTransaction) -> None:
        try:
            with timing.told("COMMIT"):
                begun.commit()
        except DBAPIError as error:
            if sqlstate(error) is not None and not lost_connection(error):
                raise
            raise OutcomeUnknown(
                f"the store at {self.safe_url} did not confirm a change",
                why=str(error.orig).strip().partition("\n")[0],
                fix="look whether it is there before you repeat it",
            ) from error

    def _tried(self, once: Callable[[], T]) -> T:
        """Try again what lost a race, or its connection before its commit."""
        for tries in range(1, TRIES + 1):
            try:
                return once()
            except PoolExhausted as error:
                raise _all_in_use(self.safe_url) from error
            except DBAPIError as error:
                again = sqlstate(error) in RETRIED_SQLSTATES or error.connection_invalidated
                if again and tries < TRIES:
                    time.sleep(0.01 * 4**tries * random.random())  # noqa: S311  jitter
                    continue
                raise in_our_words(error, self.safe_url) or error from error
        raise AssertionError("the loop returns or raises")


def _engine(url: URL, isolation: Any, size: int) -> Engine:
    engine = create_engine(
        url,
        isolation_level=isolation,
        pool_size=size,
        max_overflow=0,
        pool_use_lifo=True,
        pool_timeout=CONNECT_TIMEOUT_S,
        use_native_hstore=False,
        hide_parameters=True,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "prepare_threshold": None},
    )
    return timing.watch(engine)


def _all_in_use(safe_url: str) -> StoreBusy:
    return StoreBusy(
        f"every connection of this process to the store at {safe_url} is in use",
        why=f"none came free within {CONNECT_TIMEOUT_S} s",
        fix="try again; nothing was changed",
    )


def _clock(connection: Connection) -> datetime:
    microseconds = connection.execute(_OPEN).one()[3]
    return _EPOCH + timedelta(microseconds=microseconds)


def _roll_back(begun: RootTransaction) -> None:
    try:
        begun.rollback()
    except DBAPIError as error:
        if not lost_connection(error):
            raise StoreUnavailable("the store did not roll back a change") from error
