"""What is wrong with the bell, in our words.

Never in the server's: its errors repeat commands, and with them what was sent.
"""

import errno
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from redis import exceptions as redis

from plinthctl.errors import BellUnavailable

ERRORS: Final = (redis.RedisError, OSError, TimeoutError)  # whatever a call to the bell may raise

_KINDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (redis.ReadOnlyError, "is read-only"),
    (redis.OutOfMemoryError, "has no memory left"),
    (redis.BusyLoadingError, "is still loading"),
    (redis.NoPermissionError, "does not let its user do this (ACL)"),
    (redis.InvalidResponse, "does not speak Redis's protocol"),
    (redis.TimeoutError, "does not answer"),
    (TimeoutError, "does not answer"),
)
_ANSWERS: Final = {  # what an answer holds, where redis-py has no class of its own
    "Authentication required": "wants a password",
    "max number of clients": "has no room for another connection",
    "DB index": "has no database of that number",
    "ACL failure": "does not let its user do this (ACL)",
    "unknown command": "does not know a command that plinthctl needs",
    "MOVED": "is a cluster, which plinthctl does not speak to",
    "CROSSSLOT": "is a cluster, which plinthctl does not speak to",
    "CLUSTERDOWN": "is a cluster, which plinthctl does not speak to",
    "MISCONF": "cannot write to its disk and refuses changes",
    "NOREPLICAS": "has too few replicas and refuses changes",
    "MASTERDOWN": "is a replica that has lost its master",
    "BUSY": "is busy with a script of somebody's",
    "WRONGTYPE": "holds something else under a name of plinthctl's",
    "READONLY": "is read-only",
    "OOM": "has no memory left",
}
_ANSWER: Final = re.compile("|".join(_ANSWERS))
_ANSWERED: Final = (redis.ResponseError, redis.AuthenticationError)  # others hold an address
_BY_NUMBER: Final = {
    errno.ECONNREFUSED: "refuses connections",
    errno.ENOENT: "is not there",
    errno.EACCES: "may not be reached by this user",
    errno.EHOSTUNREACH: "cannot be reached from here",
    errno.ENETUNREACH: "cannot be reached from here",
    errno.ECONNRESET: "hung up",
    errno.EPIPE: "hung up",
}
# asyncio joins the errors of a host with several addresses, and forgets their numbers.
_NUMBER: Final = re.compile(r"\[Errno (\d+)\]")


def words(error: BaseException) -> str:
    """What is wrong, to be said after the server's address."""
    found = (_of_one(one) for one in _chain(error))
    unknown = "hung up" if isinstance(error, redis.ConnectionError) else "answers with an error"
    return next((said for said in found if said), unknown)


def _chain(error: BaseException) -> Iterator[BaseException]:
    one: BaseException | None = error
    while one is not None:
        yield one
        one = one.__cause__ or one.__context__


def _of_one(error: BaseException) -> str | None:
    for kind, said in _KINDS:
        if isinstance(error, kind):
            return said
    if isinstance(error, OSError):
        return _of_system(error)
    return _of_answer(error) if isinstance(error, redis.RedisError) else None


def _of_answer(error: redis.RedisError) -> str | None:
    # redis-py repeats the command before what a pipeline's server has said to it.
    said = _ANSWER.search(str(error).rpartition(" caused error: ")[2])
    if said and (isinstance(error, _ANSWERED) or said.start() == 0):
        return _ANSWERS[said[0]]
    return "refuses the password" if isinstance(error, redis.AuthenticationError) else None


def _of_system(error: OSError) -> str | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"has a certificate that is not trusted: {error.verify_message.rstrip('.')}"
    if isinstance(error, ssl.SSLError):
        return "does not speak TLS"
    if isinstance(error, socket.gaierror):
        return "is on a host that is not found"
    number = error.errno or next(map(int, _NUMBER.findall(str(error))), 0)
    return _BY_NUMBER.get(number)


@contextmanager
def told(shown: str) -> Iterator[None]:
    """Turn whatever a call to the server at ``shown`` raises into `BellUnavailable`."""
    try:
        yield
    except ERRORS as error:
        raise unavailable(shown, error) from error


def unavailable(shown: str, error: BaseException) -> BellUnavailable:
    """The error for people."""
    said = words(error)
    if shown.startswith("rediss:") and said == "does not answer":
        said = "does not answer to TLS"  # one without it waits for the end of the line
    return BellUnavailable(
        f"Redis at {shown} {said}",
        fix="check redis.url and the server (redis:// is without TLS, rediss:// with it);"
        " jobs run all the same, found in the store",
    )
