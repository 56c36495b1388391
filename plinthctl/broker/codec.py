"""What a delivery looks like: JSON, with a job's id and nothing else.

arq pickles by default, and unpickling runs what it reads: whoever can write to
Redis could run code here. So both ends get this codec, and whatever is not
exactly a delivery of ours is refused before anything is made of it.
"""

import json
import re
from typing import Any, Final

from plinthctl.domain.ids import ALPHABET, ULID_LENGTH, IdPrefix

FUNCTION: Final = "plinth_run"  # the one function that is registered with arq
VERSION: Final = 1
LONGEST_BYTES: Final = 1024
KEPT_FOR_MS: Final = 60 * 60 * 1000  # by then the store has long been asked

_JOB_ID: Final = re.compile(rf"{IdPrefix.JOB}_[{ALPHABET}]{{{ULID_LENGTH}}}")
_FIELDS: Final = frozenset({"t", "f", "a", "k", "et"})  # arq's: try, function, args, kwargs, time


class NotOurs(ValueError):
    """These bytes are no delivery of ours."""


def payload(job_id: str, at_ms: int) -> bytes:
    """What is delivered of a job: arq's envelope round ``{v, job}``."""
    return dumps(
        {"t": None, "f": FUNCTION, "a": [], "k": {"v": VERSION, "job": job_id}, "et": at_ms}
    )


def dumps(envelope: dict[str, Any]) -> bytes:
    """JSON for arq to store."""
    return json.dumps(envelope, separators=(",", ":"), allow_nan=False).encode()


def loads(raw: bytes) -> dict[str, Any]:
    """The envelope in ``raw``, if it is a delivery of ours.

    Raises:
        NotOurs: too long, no JSON, another function, or other fields.
    """
    if len(raw) > LONGEST_BYTES:
        raise NotOurs("too long")
    try:
        # Decoded here: the parser would take UTF-16 and 32 as well.
        envelope = json.loads(raw.decode(), parse_constant=_refused)
    except (ValueError, RecursionError):
        raise NotOurs("not JSON") from None
    if not isinstance(envelope, dict) or envelope.keys() != _FIELDS:
        raise NotOurs("another envelope")
    if envelope["f"] != FUNCTION or envelope["a"] != [] or not _is_ours(envelope["k"]):
        raise NotOurs("another call")
    return envelope


def _refused(constant: str) -> Any:
    raise NotOurs(f"{constant} is no JSON")


def _is_ours(call: Any) -> bool:
    return (
        isinstance(call, dict)
        and call.keys() == {"v", "job"}
        and type(call["v"]) is int  # to Python true and 1.0 are 1, too
        and call["v"] == VERSION
        and isinstance(call["job"], str)
        and _JOB_ID.fullmatch(call["job"]) is not None
    )
