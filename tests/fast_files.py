"""Where the tests' files go: into memory where there is room, since no test ends with the
machine's power, and waiting for a disk is most of what a durable store takes."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

MEMORY: Final = Path("/dev/shm")
ENOUGH_BYTES: Final = 4_000_000_000


def into_memory() -> None:
    """Make it the temporary folder of this process and of those it starts, unless somebody
    has named one."""
    if "TMPDIR" not in os.environ and _has_room(MEMORY):
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # asked for again


def _has_room(folder: Path) -> bool:
    if not os.access(folder, os.W_OK | os.X_OK):
        return False
    runs_programs = not os.statvfs(folder).f_flag & os.ST_NOEXEC
    return runs_programs and shutil.disk_usage(folder).free >= ENOUGH_BYTES
