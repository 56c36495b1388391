"""What an error of SQLite means, in our words. It says little of what ails the file:
the disk is looked at, and who may write to what."""

import os
import shlex
from collections.abc import Callable, Sequence
from enum import Enum, auto
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError

from plinthctl.errors import PlinthError, StoreUnavailable
from plinthctl.store.faults import busy, full

ROOM_BYTES: Final = 65_536  # less than that, and SQLite cannot begin its log and its index
_BESIDE: Final = ("", "-wal", "-shm", ".gate", ".turn")


class Disk(Enum):
    """What keeps a disk from being written to."""

    FULL = auto()
    READ_ONLY = auto()


def in_our_words(error: DBAPIError, path: Path) -> PlinthError | None:
    """The error an operator can do something about; None: it is a bug of ours."""
    why = str(error.orig).strip()
    fitting = (meant for signs, meant in _MEANT if any(sign in why for sign in signs))
    meant = next(fitting, None)
    return None if meant is None else meant(path, why)


def safe_url(path: Path) -> str:
    """The file as the store's address."""
    return f"sqlite:///{path}"


def may_not_be_written(path: Path, why: str) -> StoreUnavailable:
    """The file, one beside it or its folder is closed to this user, or to everybody."""
    return StoreUnavailable(
        f"the store at {safe_url(path)} may not be written to",
        why=why,
        fix=f"{_way_in(path)}; nothing was changed",
    )


def unusable(path: Path, why: str) -> StoreUnavailable:
    """The file cannot be opened, read or written, and SQLite does not say what for."""
    match _disk_of(path):
        case Disk.FULL:
            return full(safe_url(path), why)
        case Disk.READ_ONLY:
            return may_not_be_written(path, why)
    if _closed_to_us(path):
        return may_not_be_written(path, why)
    return StoreUnavailable(
        f"the store at {safe_url(path)} cannot be used",
        why=why,
        fix="check that it is still there, its disk, and the limits of this process (ulimit -a);"
        " nothing was changed",
    )


def ailment(disk: os.statvfs_result) -> Disk | None:
    """What keeps a disk from being written to; None: nothing that it says."""
    if disk.f_flag & os.ST_RDONLY:
        return Disk.READ_ONLY
    no_room = disk.f_bavail * disk.f_frsize < ROOM_BYTES
    no_names = disk.f_files > 0 and disk.f_favail == 0  # some file systems count none
    return Disk.FULL if no_room or no_names else None


def _disk_of(path: Path) -> Disk | None:
    try:
        return ailment(os.statvfs(path.parent))
    except OSError:
        return None


def _way_in(path: Path) -> str:
    if _disk_of(path) is Disk.READ_ONLY:
        return f"mount the file system of {path.parent} for writing, or set database.url elsewhere"
    if closed := _closed_to_us(path):
        return f"make writable, or ask their owner to: {shlex.join(map(str, closed))}"
    return f"check the owners and modes in its folder: ls -la {shlex.quote(str(path.parent))}"


def _closed_to_us(path: Path) -> Sequence[Path]:
    """The folder, the file and those beside it that this user may not write to."""
    files = (path.with_name(path.name + end) for end in _BESIDE)
    there = [path.parent, *(file for file in files if file.exists())]
    return [one for one in there if not os.access(one, os.W_OK)]


def _is_busy(path: Path, why: str) -> StoreUnavailable:
    return busy(safe_url(path), why)


def _is_full(path: Path, why: str) -> StoreUnavailable:
    return full(safe_url(path), why)


def _is_damaged(path: Path, why: str) -> StoreUnavailable:
    return StoreUnavailable(
        f"the file at {safe_url(path)} is damaged, or not a store",
        why=why,
        fix="set database.url to another file, or restore this one; nothing was changed",
    )


_MEANT: Final[Sequence[tuple[Sequence[str], Callable[[Path, str], StoreUnavailable]]]] = (
    (("database or disk is full",), _is_full),
    (("readonly database",), may_not_be_written),
    (("database is locked", "database table is locked"), _is_busy),
    (("file is not a database", "malformed"), _is_damaged),
    (("unable to open", "disk I/O"), unusable),
)
