"""A process that saturates a store with submits until its standard input ends.

    python -m tests.bench.busy URL THREADS [bare]

``bare``: without the turnstile, as SQLite alone would have it.
"""

import sys
import threading
from contextlib import suppress

from plinthctl.domain.limits import Limits
from plinthctl.errors import StoreUnavailable
from plinthctl.store import Store, open_store
from plinthctl.store.sqlite import SqliteDatabase
from plinthctl.store.writer import Writer
from tests.stores import a_job


class NoTurnstile:
    """Lets everybody in at once."""

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...

    def close(self) -> None: ...

    def holder(self) -> str:
        return "nobody"


def opened(url: str, *, bare: bool) -> Store:
    store = open_store(url)
    if bare:
        assert isinstance(store._database, SqliteDatabase)
        assert isinstance(store._database._writer, Writer)
        store._database._writer._turnstile = NoTurnstile()  # type: ignore[assignment]
    return store


def _submit(store: Store, over: threading.Event) -> None:
    while not over.is_set():
        with suppress(StoreUnavailable):
            store.admit(a_job(), Limits(), "busy", {})


def main(url: str, threads: str, *bare: str) -> None:
    store = opened(url, bare=bool(bare))
    over = threading.Event()
    busy = [threading.Thread(target=_submit, args=[store, over]) for _ in range(int(threads))]
    for thread in busy:
        thread.start()
    sys.stdout.write("busy\n")
    sys.stdout.flush()
    sys.stdin.read()
    over.set()
    for thread in busy:
        thread.join()
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
