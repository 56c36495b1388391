"""Where the tests' files go: into memory where there is room, since no test ends with the
machine's power, and waiting for a disk is most of what a durable store takes."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

MEMORY: Final = Path("/dev/shm")
ENOUGH_BYTES: Final = 4_000_000_000


def into_memory() -> None:
    """Make a folder there the temporary one of this process and of those it starts, unless
    somebody has named one. It goes with the process, and all that was left in it."""
    if "TMPDIR" in os.environ or not _has_room(MEMORY):
        return
    folder = tempfile.mkdtemp(prefix="pt-", dir=MEMORY)  # short: sockets have paths, too
    Path(folder).chmod(0o755)  # run by root, PostgreSQL is another user's
    os.environ["TMPDIR"] = folder
    tempfile.tempdir = None  # asked for again
    atexit.register(_remove, folder, os.getpid())


def _remove(folder: str, maker: int) -> None:
    if os.getpid() == maker:  # and not a process that was forked from it
        shutil.rmtree(folder, ignore_errors=True)


def _has_room(folder: Path) -> bool:
    if not os.access(folder, os.W_OK | os.X_OK):
        return False
    runs_programs = not os.statvfs(folder).f_flag & os.ST_NOEXEC
    return runs_programs and shutil.disk_usage(folder).free >= ENOUGH_BYTES
