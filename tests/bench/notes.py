"""What a worker's process notes for the bench, line by line: starts and commits.

Each kind is noted only where its variable names a file. Times are the machine's
monotonic clock, which all its processes share.
"""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from plinthctl.domain.news import Listener, News
from plinthctl.store import Store

STARTS: Final = "BENCH_STARTS"
COMMITS: Final = "BENCH_COMMITS"

Event = tuple[str, int]  # a job, and the event's number


def start(job_id: str, step: str) -> None:
    """A step begins, in this process."""
    if path := os.environ.get(STARTS):
        _append(path, f"{job_id} {step} {os.getpid()}\n")


def starts(path: Path, pid: int) -> list[tuple[str, str]]:
    """Job and step of every start that the process ``pid`` has noted."""
    noted = (line.split() for line in path.read_text().splitlines())
    return [(job_id, step) for job_id, step, by in noted if int(by) == pid]


def note_commits() -> None:
    """From now on note each event at the moment at which its COMMIT has returned."""
    if not (path := os.environ.get(COMMITS)):
        return
    listen = Store.listen

    def listened(store: Store, listener: Listener) -> None:
        def hear(news: Sequence[News]) -> None:
            committed_s = time.monotonic()
            listener(news)
            _append(path, "".join(f"{n.job_id} {n.seq} {committed_s}\n" for n in news))

        listen(store, hear)

    Store.listen = listened  # type: ignore[method-assign,assignment]


def commits(path: Path) -> Mapping[Event, float]:
    """When each event was committed, by its job and number."""
    noted = (line.split() for line in path.read_text().splitlines())
    return {(job_id, int(seq)): float(at_s) for job_id, seq, at_s in noted}


def _append(path: str, lines: str) -> None:
    # One write a call: those of several threads and processes do not mix.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        os.write(descriptor, lines.encode())
    finally:
        os.close(descriptor)
