"""What a database server's error means, in our words."""

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy.exc import DBAPIError

from plinthctl.errors import PlinthError, StoreBusy, StoreUnavailable

_AWAY: Final = ("connection", "failed to resolve host")
# Deadlock, serialization failure, lock timeout: the transaction is gone, not the wish.
RETRIED_SQLSTATES: Final = frozenset({"40P01", "40001", "55P03"})


def in_our_words(error: DBAPIError, safe_url: str) -> PlinthError | None:
    """The error an operator can do something about; None: it is a bug of ours."""
    why = str(error.orig).strip().partition("\n")[0]
    if meant := _MEANT.get(sqlstate(error) or ""):
        return meant(safe_url, why)
    return unreachable(safe_url, why) if lost_connection(error) else None


def sqlstate(error: DBAPIError) -> str | None:
    """PostgreSQL's error code; None where the server gave no answer."""
    state = getattr(error.orig, "sqlstate", None)
    return state if isinstance(state, str) else None


def lost_connection(error: DBAPIError) -> bool:
    """Whether the server is away, rather than unwilling."""
    if error.connection_invalidated:
        return True
    state = sqlstate(error)
    if state is not None:
        return state.startswith(("08", "57P0"))
    text = str(error.orig)
    return any(sign in text for sign in _AWAY)


def full(safe_url: str, why: str) -> StoreUnavailable:
    """There is no room for what is to be written."""
    return StoreUnavailable(
        f"the store at {safe_url} is full",
        why=why,
        fix="make room on its disk, then try again; nothing was changed",
    )


def busy(safe_url: str, why: str) -> StoreBusy:
    """Others were in the way for too long."""
    return StoreBusy(
        f"the store at {safe_url} is busy", why=why, fix="try again; nothing was changed"
    )


def unreachable(safe_url: str, why: str) -> StoreUnavailable:
    """Nobody answers at the store's address."""
    return StoreUnavailable(
        f"cannot reach the store at {safe_url}",
        why=why or None,
        fix="check database.url, and that the database runs; nothing was changed",
    )


def _reads_only(safe_url: str, why: str) -> StoreUnavailable:
    return StoreUnavailable(
        f"the store at {safe_url} may not be written to",
        why=why,
        fix="connect to the primary server, as a role that may write; nothing was changed",
    )


def _no_right(safe_url: str, why: str) -> StoreUnavailable:
    return StoreUnavailable(
        f"the store at {safe_url} does not let this role do that",
        why=why,
        fix="GRANT it the right, or connect as another role; nothing was changed",
    )


_MEANT: Final[Mapping[str, Callable[[str, str], StoreUnavailable]]] = {
    "53100": full,
    "25006": _reads_only,
    "42501": _no_right,
    **dict.fromkeys(RETRIED_SQLSTATES, busy),
}
