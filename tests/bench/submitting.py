"""How long a submit takes: alone, beside a saturated writer, and without the turnstile."""

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from plinthctl.domain.limits import Limits
from plinthctl.errors import StoreUnavailable
from plinthctl.store import Store, upgrade_store
from tests.bench.busy import opened
from tests.bench.table import Figure, Spread, spread
from tests.stores import a_job

SUBMITS: Final = 300
AT_MOST_S: Final = 15.0  # for one series; what is slow is measured less often
REQUIRED_P99_S: Final = 0.100
BUSY_THREADS: Final = 32  # as many as a worker's threads to its store
PAUSE_S: Final = (0.005, 0.02)


def figures(folder: Path) -> list[Figure]:
    alone = _measured(folder / "alone.db", beside=False)
    beside = _measured(folder / "beside.db", beside=True)
    bare = _measured(folder / "bare.db", beside=True, bare=True)
    here = f"{beside}; alone {alone}; without {bare}"
    kept = beside.p99_s <= REQUIRED_P99_S
    return [
        Figure("submit beside a busy writer, p50", beside.p50_s / alone.p50_s, "alone", here),
        Figure("submit beside a busy writer, p99", beside.p99_s / alone.p99_s, "alone", "", kept),
        Figure("the same, p50", beside.p50_s / bare.p50_s, "without turnstile", ""),
        Figure("the same, p99", beside.p99_s / bare.p99_s, "without turnstile", ""),
    ]


def _measured(path: Path, *, beside: bool, bare: bool = False) -> Spread:
    url = f"sqlite:///{path}"
    upgrade_store(url)
    if not beside:
        return _submits(url, bare=bare)
    with _busy(url, bare=bare):
        return _submits(url, bare=bare)


@contextmanager
def _busy(url: str, *, bare: bool) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.bench.busy", url, str(BUSY_THREADS)]
    with subprocess.Popen(
        [*command, *(["bare"] if bare else [])], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        yield
        process.stdin.close()


def _submits(url: str, *, bare: bool) -> Spread:
    store = opened(url, bare=bare)
    took_s: list[float] = []
    over_at = time.monotonic() + AT_MOST_S
    while len(took_s) < SUBMITS and (len(took_s) < 2 or time.monotonic() < over_at):
        took_s.append(_one(store))
        # Without a pause SQLite's unfair lock would starve the other one instead.
        time.sleep(random.uniform(*PAUSE_S))
    store.close()
    return spread(took_s)


def _one(store: Store) -> float:
    job = a_job()
    began = time.perf_counter()
    while True:
        try:
            store.admit(job, Limits(), "bench", {})
        except StoreUnavailable:
            continue
        return time.perf_counter() - began
