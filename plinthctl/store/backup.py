"""A copy of a SQLite store, made and checked by SQLite itself while others write."""

from contextlib import closing
from pathlib import Path
from typing import Any

from plinthctl.errors import StoreUnavailable
from plinthctl.store.sqlite import SqliteDatabase, driver


def fill(database: SqliteDatabase, draft: Path) -> None:
    """Make ``draft``, an empty file of the caller's, a copy of the store as it is now.

    The copy is on disk and sound when this returns; it is one file, without a log.

    Raises:
        StoreUnavailable: it cannot be made, or is not sound.
    """
    try:
        with closing(driver.connect(str(draft), isolation_level=None)) as target:
            target.execute("PRAGMA journal_mode = MEMORY")  # what is half done is thrown away
            database.copy_into(target)
            _stand_alone(target)
            _check(target, database.safe_url)
    except driver.Error as error:
        raise StoreUnavailable(
            f"the store at {database.safe_url} could not be copied",
            why=str(error),
            fix=f"make room in {draft.parent}, or name a file on another disk",
        ) from error


def _stand_alone(target: Any) -> None:
    # A copy says of itself that it has a log beside it, as the store does.
    target.execute("PRAGMA journal_mode = DELETE")


def _check(target: Any, safe_url: str) -> None:
    found = [str(row[0]) for row in target.execute("PRAGMA integrity_check(1)")]
    if found != ["ok"]:
        raise StoreUnavailable(
            f"the copy of the store at {safe_url} is not sound",
            why=found[0],
            fix="keep your earlier copies, check the disk, then try again",
        )
