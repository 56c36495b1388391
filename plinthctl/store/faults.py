"""What a database's error means, in our words."""

from typing import Final

from sqlalchemy.exc import DBAPIError

from plinthctl.errors import PlinthError, StoreBusy, StoreUnavailable

_FULL: Final = ("database or disk is full",)
_READ_ONLY: Final = ("readonly database", "read-only transaction")
_LOCKED: Final = ("database is locked", "database table is locked")
_DAMAGED: Final = ("file is not a database", "malformed")
_AWAY: Final = ("unable to open", "disk I/O", "connection", "failed to resolve host")
# Deadlock, serialization failure, lock timeout: the transaction is gone, not the wish.
RETRIED_SQLSTATES: Final = frozenset({"40P01", "40001", "55P03"})
_DISK_FULL_SQLSTATE: Final = "53100"
_READ_ONLY_SQLSTATE: Final = "25006"


def sqlstate(error: DBAPIError) -> str | None:
    """PostgreSQL's error code; None where the server gave no answer, and on SQLite."""
    state = getattr(error.orig, "sqlstate", None)
    return state if isinstance(state, str) else None


def in_our_words(error: DBAPIError, safe_url: str) -> PlinthError | None:
    """The error an operator can do something about; None: it is a bug of ours."""
    text = str(error.orig).strip()
    state = sqlstate(error)
    if state == _DISK_FULL_SQLSTATE or any(sign in text for sign in _FULL):
        return StoreUnavailable(
            f"the store at {safe_url} is full",
            why=text,
            fix="make room on its disk, then try again; nothing was changed",
        )
    if state == _READ_ONLY_SQLSTATE or any(sign in text for sign in _READ_ONLY):
        return StoreUnavailable(
            f"the store at {safe_url} may not be written to",
            why=text,
            fix="check the owner and mode of the file and its folder; nothing was changed",
        )
    if state in RETRIED_SQLSTATES or any(sign in text for sign in _LOCKED):
        return StoreBusy(
            f"the store at {safe_url} is busy", why=text, fix="try again; nothing was changed"
        )
    if any(sign in text for sign in _DAMAGED):
        return StoreUnavailable(
            f"the file at {safe_url} is damaged, or not a store",
            why=text,
            fix="set database.url to another file, or restore this one; nothing was changed",
        )
    if lost_connection(error):
        return unreachable(safe_url, text)
    return None


def lost_connection(error: DBAPIError) -> bool:
    """Whether the server is away, rather than unwilling."""
    if error.connection_invalidated:
        return True
    state = sqlstate(error)
    if state is not None:
        return state.startswith(("08", "57P0"))
    text = str(error.orig)
    return any(sign in text for sign in _AWAY)


def unreachable(safe_url: str, why: str) -> StoreUnavailable:
    """Nobody answers at the store's address."""
    first_line = why.splitlines()[0] if why else None
    return StoreUnavailable(
        f"cannot reach the store at {safe_url}",
        why=first_line,
        fix="check database.url, and that the database runs; nothing was changed",
    )
