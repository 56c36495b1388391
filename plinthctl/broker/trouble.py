"""What is wrong with the bell, in our words.

Never in the server's: its errors repeat commands, and with them what was sent.
"""

import errno
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from redis import exceptions as redis

from plinthctl.errors import BellUnavailable

ERRORS: Final = (redis.RedisError, OSError, TimeoutError)  # whatever a call to the bell may raise

_ANSWERS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (redis.ReadOnlyError, "is read-only"),
    (redis.OutOfMemoryError, "has no memory left"),
    (redis.BusyLoadingError, "is still loading"),
    (redis.NoPermissionError, "does not let its user do this (ACL)"),
    (redis.AuthenticationError, "refuses the password"),
    (redis.TimeoutError, "does not answer"),
    (TimeoutError, "does not answer"),
)
_BY_NUMBER: Final = {
    errno.ECONNREFUSED: "refuses connections",
    errno.ENOENT: "is not there",
    errno.EACCES: "may not be reached by this user",
    errno.ECONNRESET: "hung up",
    errno.EPIPE: "hung up",
}
_CODES: Final = {  # an answer's first word, where redis-py has no class of its own
    "NOAUTH": "wants a password",
    "WRONGPASS": "refuses the password",
    "MOVED": "is a cluster, which plinthctl does not speak to",
    "CROSSSLOT": "is a cluster, which plinthctl does not speak to",
    "MISCONF": "cannot write to its disk and refuses changes",
    "READONLY": "is read-only",
    "OOM": "has no memory left",
}


def words(error: BaseException) -> str:
    """What is wrong, to be said after the server's address."""
    for one in _chain(error):
        for kind, said in _ANSWERS:
            if isinstance(one, kind):
                return said
        if found := _of_system(one) or _CODES.get(str(one).partition(" ")[0]):
            return found
    return "hung up" if isinstance(error, redis.ConnectionError) else "answers with an error"


def _chain(error: BaseException) -> Iterator[BaseException]:
    one: BaseException | None = error
    while one is not None:
        yield one
        one = one.__cause__ or one.__context__


def _of_system(error: BaseException) -> str | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"has a certificate that is not trusted: {error.verify_message.rstrip('.')}"
    if isinstance(error, ssl.SSLError):
        return "does not speak TLS"
    if isinstance(error, socket.gaierror):
        return "is on a host that is not found"
    return _BY_NUMBER.get(error.errno or 0) if isinstance(error, OSError) else None


@contextmanager
def told(shown: str) -> Iterator[None]:
    """Turn whatever a call to the server at ``shown`` raises into `BellUnavailable`."""
    try:
        yield
    except ERRORS as error:
        raise unavailable(shown, error) from error


def unavailable(shown: str, error: BaseException) -> BellUnavailable:
    """The error for people."""
    return BellUnavailable(
        f"Redis at {shown} {words(error)}",
        fix="check redis.url and the server; jobs run all the same, found in the store",
    )
