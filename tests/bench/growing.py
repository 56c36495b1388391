"""What a million jobs cost beside ten thousand: a look at them, a submit, a claim, an end;
and how long others wait while a hundred thousand are purged."""

import statistics
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import BigInteger, Table, cast, func, insert, literal, select, text, type_coerce

from plinthctl.domain.expiry import Expiry, Retention
from plinthctl.domain.limits import Limits
from plinthctl.services.bookkeeping import Bookkeeper
from plinthctl.services.watch import Watch
from plinthctl.store import Store, open_store, upgrade_store
from plinthctl.store.tables import UtcTime, job_data, job_ends, job_events, jobs, step_tries
from plinthctl.store.tx import Tx
from tests.bench.table import Figure, ms, spread
from tests.seeding import Seeds
from tests.store.acts import NO_LIMITS, TYPE, complete, registered, write
from tests.store.by_hand import agrees, sums
from tests.stores import Postgres, a_job

FEW: Final = 10_000
COPIES: Final = 100  # of the few: a million
MONTH: Final = timedelta(days=30)
PURGED: Final = 100_000
CHECKED: Final = 100_000  # jobs whose numbers are worked out by hand
LOOKS: Final = 15
RUNS: Final = 200
LOOK_TIMES: Final = 2.0
RUN_TIMES: Final = 1.3
DELAY_S: Final = 0.100
ORIGINALS: Final = "job_01"  # how ids of these years begin; the copies' begin with less


def figures(folder: Path) -> list[Figure]:
    postgres = Postgres(folder / "pg", durable=True)
    try:
        return [
            *on("SQLite", _files(folder)),
            *on("PostgreSQL", postgres.new_database),
        ]
    finally:
        postgres.stop()


def _files(folder: Path) -> Callable[[], str]:
    numbers = iter(range(9))
    return lambda: f"sqlite:///{folder / f'{next(numbers)}.db'}"


def on(database: str, new_url: Callable[[], str]) -> list[Figure]:
    """The figures of one database."""
    found = [_agreement(database, opened(new_url()))]
    few, many = opened(new_url()), opened(new_url())
    fill_and_roll_up(few, MONTH, 1)
    fill_and_roll_up(many, MONTH / COPIES, COPIES)
    found += [*_looks(database, few, many), *_runs(database, few, many), _purge(database, many)]
    for store in (few, many):
        store.close()
    return found


def opened(url: str) -> Store:
    """A new store."""
    upgrade_store(url)
    return open_store(url)


def _said(what: str) -> None:
    sys.stderr.write(f"  {what}\n")


# -- filling ---------------------------------------------------------------------------


def fill_and_roll_up(store: Store, span: timedelta, copies: int) -> None:
    """Jobs over 30 days, each with its input, an event, a try and an end, rolled up."""
    began_s = time.monotonic()
    fill(store, span, copies)
    filled_s = time.monotonic() - began_s
    keeper = Bookkeeper(store, Expiry())
    hours = keeper.catch_up(10_000)
    keeper.keep_normals()
    took_s = time.monotonic() - began_s - filled_s
    _said(f"{FEW * copies:,} jobs in {filled_s:.0f} s, {hours} hours rolled up in {took_s:.0f} s")


def fill(store: Store, span: timedelta, copies: int) -> None:
    """The same, not rolled up: some that are sown, and copies of them."""
    Seeds(store.now(), span, recent=0).sow(store, FEW, whole=True)
    for back in range(1, copies):
        write(store, partial(_copy, back=back, shift=span * back))
    if write(store, lambda tx: tx.on_postgresql):
        write(store, lambda tx: tx.execute(text("ANALYZE")))


def _copy(tx: Tx, back: int, shift: timedelta) -> None:
    """The first jobs once more, so much earlier, under ids that are as much smaller."""
    for table in (jobs, job_data, job_events, step_tries, job_ends):
        source = select(*(_copied(column, back, shift) for column in table.c))
        source = source.where(_id(table) >= ORIGINALS)
        tx.execute(insert(table).from_select(list(table.c.keys()), source))


def _id(table: Table) -> Any:
    return table.c.id if table is jobs else table.c.job_id


def _copied(column: Any, back: int, shift: timedelta) -> Any:
    if column is _id(column.table):
        return literal(f"job_00{COPIES - back:02}") + func.substr(column, 9)
    if isinstance(column.type, UtcTime):
        return type_coerce(column, BigInteger) - cast(
            shift // timedelta(microseconds=1), BigInteger
        )
    return column


# -- measuring --------------------------------------------------------------------------


def _agreement(database: str, store: Store) -> Figure:
    began_s = time.monotonic()
    Seeds(store.now(), timedelta(days=9)).sow(store, CHECKED)
    Bookkeeper(store, Expiry()).catch_up(1_000)
    counted, kept = [], True
    for window in (timedelta(hours=6), timedelta(days=30)):
        found = Watch(store, Expiry(), Limits()).snapshot(window)
        try:
            # What ended meanwhile is in neither: nobody works.
            agrees(found, sums(store, found.at - window))
        except AssertionError as error:
            _said(f"{database}: {error}")
            kept = False
        counted.append(sum(one.completed for one in found.types))
    took_s = time.monotonic() - began_s
    store.close()
    here = f"{counted[0]:,} completed of 6 h, {counted[1]:,} of 30 d; {took_s:.0f} s"
    return Figure(f"{database}: numbers of {CHECKED:,} jobs", 1, "the rows by hand", here, kept)


def _looks(database: str, few: Store, many: Store) -> list[Figure]:
    def first(store: Store) -> None:
        Watch(store, Expiry(), Limits()).snapshot()

    warm = {store: Watch(store, Expiry(), Limits()) for store in (few, many)}
    return [
        _compared(f"{database}: a first look", first, few, many, LOOKS, LOOK_TIMES),
        _compared(
            f"{database}: each further look",
            lambda store: warm[store].snapshot(),
            few,
            many,
            LOOKS,
            LOOK_TIMES,
        ),
    ]


@dataclass
class Runs:
    """Jobs that go through a store, one after another; each act as long as it took."""

    store: Store
    worker: str = field(init=False)
    times_s: dict[str, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.worker = registered(self.store)

    def run_one(self) -> None:
        self._timed("submit", lambda: self.store.admit(a_job(), NO_LIMITS, "bench", {}))
        (job,) = self._timed("claim", lambda: self.store.claim(self.worker, [TYPE], 1))
        self._timed("finish", lambda: self.store.apply(complete(job)))

    def _timed(self, name: str, act: Callable[[], Any]) -> Any:
        began_s = time.perf_counter()
        found = act()
        self.times_s.setdefault(name, []).append(time.perf_counter() - began_s)
        return found


def _runs(database: str, few: Store, many: Store) -> list[Figure]:
    small, large = Runs(few), Runs(many)
    for _ in range(RUNS):  # by turns: what else this machine does meets both
        small.run_one()
        large.run_one()
    return [
        _figure(f"{database}: {name}", small.times_s[name], large.times_s[name], RUN_TIMES)
        for name in small.times_s
    ]


def _compared(
    what: str,
    act: Callable[[Store], object],
    few: Store,
    many: Store,
    count: int,
    at_most_times: float,
) -> Figure:
    small_s: list[float] = []
    large_s: list[float] = []
    for _ in range(count):
        for store, times_s in ((few, small_s), (many, large_s)):
            began_s = time.perf_counter()
            act(store)
            times_s.append(time.perf_counter() - began_s)
    return _figure(what, small_s, large_s, at_most_times)


def _figure(what: str, small_s: list[float], large_s: list[float], at_most: float) -> Figure:
    small, large = statistics.median(small_s), statistics.median(large_s)
    times = large / small
    here = f"{ms(large)} of {FEW * COPIES:,}, {ms(small)} of {FEW:,}"
    return Figure(what, times, "of ten thousand", here, times <= at_most, at_most)


def _purge(database: str, many: Store) -> Figure:
    """Submits beside a purge of a tenth of all, against submits alone."""
    kept_for = MONTH * 0.9
    alone = _submits(many, lambda: time.sleep(5))
    purged: list[int] = []
    retention = Retention(kept_for, kept_for, kept_for)
    beside = _submits(many, lambda: purged.append(many.purge(retention)))
    longer_s = beside.longest_s - alone.longest_s
    here = f"{purged[0]:,} purged; submits beside {beside}; alone {alone}"
    return Figure(
        f"{database}: the longest submit beside a purge",
        beside.longest_s / alone.longest_s,
        "alone",
        here,
        longer_s <= DELAY_S and purged[0] >= PURGED * 0.9,
    )


def _submits(store: Store, meanwhile: Callable[[], object]) -> Any:
    """How long submits took while something else was done, in another thread."""
    other = threading.Thread(target=meanwhile)
    took_s: list[float] = []
    other.start()
    while other.is_alive() or len(took_s) < 2:
        began_s = time.perf_counter()
        store.admit(a_job(), NO_LIMITS, "bench", {})
        took_s.append(time.perf_counter() - began_s)
        time.sleep(0.01)
    other.join()
    return spread(took_s)
