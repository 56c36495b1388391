"""Python's way to SQLite: the newest that is on this machine."""

from pathlib import Path
from urllib.parse import quote

try:  # SQLite 3.7.0 to 3.51.2 can lose a commit beside a checkpoint (sqlite.org/wal.html)
    from pysqlite3 import dbapi2 as driver  # type: ignore[import-untyped]
except ImportError:
    import sqlite3 as driver

__all__ = ["driver", "file_uri"]


def file_uri(path: Path, *, writes: bool) -> str:
    """The file for ``driver.connect``; whoever opens it to read can never checkpoint it."""
    return f"file:{quote(str(path))}?mode={'rw' if writes else 'ro'}"
