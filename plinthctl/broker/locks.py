"""File locks between processes; the kernel lets go of them when their holder dies.

They are `flock` locks: each belongs to the open file, so that a process which was
handed the descriptor keeps the lock, also when the one that took it has closed its own.
"""

import fcntl
import os
from pathlib import Path
from typing import Final

_MODE: Final = 0o600


def try_shared(path: Path) -> int | None:
    """The descriptor that holds the lock beside others; None: somebody has it alone."""
    return _try(path, fcntl.LOCK_SH)


def try_alone(path: Path) -> int | None:
    """The descriptor that holds the lock alone; None: somebody has it."""
    return _try(path, fcntl.LOCK_EX)


def release(descriptor: int) -> None:
    """Give the lock back, also where a child process has inherited it."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether somebody has the lock alone; of a file that is not there nobody has."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # Shared, so that two who look at once do not see each other.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _try(path: Path, kind: int) -> int | None:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, _MODE)
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
