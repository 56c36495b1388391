"""A SQLite file as the store: made once, read freely, written in turn."""

import os
import re
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TypeVar

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool, QueuePool

from plinthctl.domain.news import Listener
from plinthctl.errors import BadConfiguration, StoreUnavailable
from plinthctl.store import timing
from plinthctl.store.database import WAIT_S
from plinthctl.store.file_faults import in_our_words, safe_url, unusable
from plinthctl.store.sqlite_driver import driver, file_uri
from plinthctl.store.tx import Tx
from plinthctl.store.writer import Writer

__all__ = ["SqliteDatabase", "driver", "driver_version", "filesystem_of", "path_of", "utc_now"]

T = TypeVar("T")

BUSY_MS: Final = 5_000
FORCE: Final = "shared_filesystem"
# Their locks do not hold between machines, or not at all.
SHARED_FILESYSTEMS: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs", "afs", "ceph", "glusterfs"}
)


def utc_now() -> datetime:
    """This machine's clock, which is SQLite's."""
    return datetime.now(UTC)


class SqliteDatabase:
    """The database at a ``sqlite:///`` URL.

    Args:
        url: With an absolute path; ``?shared_filesystem=yes`` allows NFS and its like.
        clock: Aware UTC; tests hand in their own.
        wait_s: That a write waits for its turn.

    Raises:
        BadConfiguration: no file path, or a shared file system.
        StoreUnavailable: the file or its folder cannot be made or opened.
    """

    def __init__(
        self, url: URL, clock: Callable[[], datetime] = utc_now, wait_s: float = WAIT_S
    ) -> None:
        self.path = path_of(url)
        self.safe_url = safe_url(self.path)
        self._clock = clock
        if url.query.get(FORCE) != "yes":
            _refuse_shared_filesystem(self.path)
        _make_file(self.path)
        self._writer_engine = _engine(self.path, writes=True)
        self._reader_engine = _engine(self.path, writes=False)
        self._writer = _new_writer(self._writer_engine, self.path, clock, wait_s)

    def read(self, work: Callable[[Tx], T]) -> T:
        try:
            with self._reader_engine.begin() as connection:
                return work(Tx(connection, self._clock()))
        except DBAPIError as error:
            raise in_our_words(error, self.path) or error from error

    def write(self, work: Callable[[Tx], T], *, urgent: bool = False, lasting: bool = True) -> T:
        return self._writer.write(work, urgent=urgent, lasting=lasting)

    def copy_into(self, target: Any) -> None:
        """Fill another connection's database with this one, as it is at one moment.

        One step is one read transaction: in several, each write of another process
        would begin the copy anew.
        """
        with closing(self._reader_engine.raw_connection()) as source:
            connection: Any = source.driver_connection
            connection.backup(target, pages=-1)

    def listen(self, listener: Listener) -> None:
        self._writer.listener = listener

    def quiesce(self) -> None:
        self._writer.quiesce()

    def resume(self) -> None:
        self._writer.resume()

    def close(self) -> None:
        # Readers first: the last connection to close checkpoints, and only the
        # writer may do that.
        self._reader_engine.dispose()
        self._writer.close()
        self._writer_engine.dispose()


def driver_version() -> str:
    """The version of SQLite itself."""
    return str(driver.sqlite_version)


def path_of(url: URL) -> Path:
    """The file of a ``sqlite:///`` URL. Raises `BadConfiguration`."""
    if not url.database or url.database == ":memory:":
        raise BadConfiguration(
            "database.url names no file",
            fix="use sqlite:////an/absolute/path.db, or leave it out for the default",
        )
    path = Path(url.database).expanduser().absolute()
    # One store, one turnstile, by whatever links it is reached; a link that
    # points at nothing is not followed.
    return path.resolve() if path.exists() else path


def _make_file(path: Path) -> None:
    """Make the file and its folder, for their owner only, before SQLite sees them:
    the log and index beside it take their modes from it."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW, 0o600))
    except FileExistsError:
        _check_existing(path)
    except OSError as error:
        raise StoreUnavailable(
            f"the store at {safe_url(path)} cannot be made",
            why=error.strerror,
            fix="set database.url to a file in a folder that you may write to",
        ) from error


def _check_existing(path: Path) -> None:
    # By path only: closing a descriptor of the database drops SQLite's own locks.
    if not path.is_file():
        raise StoreUnavailable(
            f"the store at {safe_url(path)} is not a file", fix="set database.url to a file"
        )
    if not os.access(path, os.R_OK):
        raise StoreUnavailable(
            f"the store at {safe_url(path)} may not be read",
            fix=f"check its owner and mode: ls -l {path}",
        )


def _refuse_shared_filesystem(path: Path) -> None:
    kind = filesystem_of(str(path.parent.resolve()), _mounts())
    if kind in SHARED_FILESYSTEMS or kind.startswith("fuse"):
        raise BadConfiguration(
            f"{path} is on a shared file system ({kind}), where SQLite's locks do not hold",
            fix=f"use a local disk or PostgreSQL; to take the risk, add ?{FORCE}=yes to the URL",
        )


def _mounts() -> str:
    try:
        return Path("/proc/self/mounts").read_text()
    except OSError:
        return ""


def filesystem_of(folder: str, mounts: str) -> str:
    """The kind of file system that holds ``folder`` (absolute, no links), by the
    lines of /proc/self/mounts; "" where that cannot be told."""
    held = [fields[1:3] for fields in (line.split() for line in mounts.splitlines()) if fields]
    points = [(_unescaped(point), kind) for point, kind in held]
    above = [(point, kind) for point, kind in points if _is_under(folder, point)]
    return max(above, key=lambda mount: len(mount[0]), default=("", ""))[1]


def _unescaped(mount_point: str) -> str:
    """Spaces and their like stand there as octal numbers, see getmntent(3)."""
    return re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), mount_point)


def _is_under(path: str, mount_point: str) -> bool:
    return path == mount_point or path.startswith(mount_point.rstrip("/") + "/")


def _new_writer(
    engine: Engine, path: Path, clock: Callable[[], datetime], wait_s: float
) -> "Writer | _NoWriter":
    try:
        return Writer(engine, path, clock, wait_s)
    except OSError as error:
        return _NoWriter(unusable(path, error.strerror or str(error)))


class _NoWriter:
    """Stands in where the folder may be read but not written to."""

    listener: Listener

    def __init__(self, refusal: StoreUnavailable) -> None:
        self._refusal = refusal

    def write(self, work: Callable[[Tx], T], *, urgent: bool = False, lasting: bool = True) -> T:
        raise self._refusal

    def quiesce(self) -> None: ...

    def resume(self) -> None: ...

    def close(self) -> None: ...


def _engine(path: Path, *, writes: bool) -> Engine:
    """An engine whose transactions begin as SQLite should: IMMEDIATE for the
    writer; readers open the file read-only, so they can never checkpoint it."""
    engine = create_engine(
        "sqlite://",
        module=_module(),
        creator=lambda: _connect(path, writes=writes),
        poolclass=NullPool if writes else QueuePool,
        hide_parameters=True,
    )
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return timing.watch(engine)


def _module() -> ModuleType:
    module: ModuleType = driver
    return module


def _connect(path: Path, *, writes: bool) -> Any:
    connection = driver.connect(
        file_uri(path, writes=writes),
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=BUSY_MS / 1000,
    )
    if writes:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # before WAL, or it is ignored
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection
