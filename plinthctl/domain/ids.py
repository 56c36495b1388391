"""Identifiers: a prefix and a ULID, so that ids sort by their time.

Source: the ULID specification (github.com/ulid/spec): 48 bits of milliseconds
and 80 random bits, in Crockford's base 32.
"""

import re
from enum import StrEnum
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ULID_LENGTH: Final = 26
SHORT_LENGTH: Final = 8  # the last 8: ids of one moment share their beginning
SHORTEST_PART: Final = 4  # of an id that an operator may type
RANDOM_BYTES: Final = 10

_PART = re.compile(rf"(?:[a-z]+_)?[{ALPHABET}]*", re.IGNORECASE | re.ASCII)


class IdPrefix(StrEnum):
    """What an id names."""

    JOB = "job"
    WORKER = "wrk"
    DECISION = "dec"
    OPTION = "opt"
    PROFILE = "cp"
    EVIDENCE = "ev"
    ANALYSIS = "oa"
    BRIEF = "br"
    ALERT = "al"


def new_id(prefix: IdPrefix, unix_ms: int, random: bytes) -> str:
    """An id made at ``unix_ms`` from 10 random bytes, as ``job_01KAVJ5N…``.

    Raises:
        ValueError: ``random`` is not 10 bytes, or the time is past the year 10889.
    """
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"an id takes {RANDOM_BYTES} random bytes, got {len(random)}")
    if not 0 <= unix_ms < 2**48:
        raise ValueError(f"an id's time is 48 bits of milliseconds, got {unix_ms}")
    number = unix_ms << 80 | int.from_bytes(random)
    digits = (ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
    return f"{prefix}_{''.join(digits)}"


def first_id(prefix: IdPrefix, unix_ms: int) -> str:
    """The least id that can be made at ``unix_ms``; before 1970 it is the least of all."""
    return new_id(prefix, max(0, unix_ms), bytes(RANDOM_BYTES))


def tail(identifier: str) -> str:
    """An id without its prefix: its time and its random part."""
    return identifier.rpartition("_")[2]


def made_at_ms(identifier: str) -> int:
    """The milliseconds since 1970 at which a whole id was made."""
    number = 0
    for digit in tail(identifier):
        number = number << 5 | ALPHABET.index(digit)
    return number >> 80


def short(identifier: str) -> str:
    """The last 8 characters, which is what people see and type."""
    return identifier[-SHORT_LENGTH:]


def is_full(identifier: str, prefix: IdPrefix) -> bool:
    """Whether this is a whole id of that kind."""
    return bool(re.fullmatch(rf"{prefix}_[{ALPHABET}]{{{ULID_LENGTH}}}", identifier))


def canonical_part(typed: str) -> str | None:
    """What an operator typed, as it would stand in an id; None if it never could.

    Letters are raised, the prefix lowered. At least 4 characters must remain.
    """
    if not _PART.fullmatch(typed):
        return None
    head, mark, tail = typed.rpartition("_")
    if len(tail) < SHORTEST_PART:
        return None
    return head.lower() + mark + tail.upper()
