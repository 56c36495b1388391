"""One writer at a time among the processes that share a SQLite file, in turn.

SQLite's own lock is unfair: one busy group-committing writer keeps another's
heartbeat waiting for seconds. Two file locks make a queue of it: whoever holds
``gate`` is next, whoever holds ``turn`` writes. Source: CORE.md, "SQLite's files".
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final

_MODE: Final = 0o600
_STATES: Final = {
    "R": "running",
    "S": "waiting",
    "D": "waiting for its disk",
    "T": "stopped",
    "t": "stopped by a debugger",
    "Z": "dead",
}


class Turnstile:
    """The queue of writers beside the database file ``path``.

    Not for two threads: a process has one writer thread. The holder's process
    id stands in the ``turn`` file, for the error that others are shown.
    Entering raises OSError where the file system gives no locks.
    """

    def __init__(self, path: Path) -> None:
        self._turn_path = path.with_name(path.name + ".turn")
        self._gate = _open(path.with_name(path.name + ".gate"))
        self._turn = _open(self._turn_path)
        self._open: tuple[int, ...] = (self._gate, self._turn)

    def __enter__(self) -> None:
        fcntl.flock(self._gate, fcntl.LOCK_EX)
        try:
            fcntl.flock(self._turn, fcntl.LOCK_EX)
        finally:
            fcntl.flock(self._gate, fcntl.LOCK_UN)
        with suppress(OSError):  # on a full disk nobody reads who writes
            os.pwrite(self._turn, f"{os.getpid():<10}".encode(), 0)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        fcntl.flock(self._turn, fcntl.LOCK_UN)

    def close(self) -> None:
        """Leave for good; a lock still held is released. May be called twice."""
        for descriptor in self._open:
            os.close(descriptor)
        self._open = ()

    def holder(self) -> str:
        """Who writes just now, in words: its process id and its state."""
        pid = self.holder_pid()
        return "another process" if pid is None else f"process {pid} ({_state(pid)})"

    def holder_pid(self) -> int | None:
        """The process that writes just now; None: nobody has noted it."""
        try:
            return int(self._turn_path.read_text())
        except (OSError, ValueError):
            return None


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _MODE)


def _state(pid: int) -> str:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "state unknown"
    return _STATES.get(stat.rpartition(")")[2].split()[0], "state unknown")
