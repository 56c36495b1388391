"""Cutting a filter's text into terms: ``key:value,value``, words and "quoted text".

Within quotation marks, ``\\"`` is one and ``\\\\`` a backslash; outside of them a
backslash is a character like any other.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from plinthctl.errors import UsageError

LONGEST: Final = 2000  # characters of a filter

_QUOTED: Final = r'"(?:\\.|[^"\\])*"'
_TERM: Final = re.compile(rf'(?:{_QUOTED}|[^\s"])+', re.DOTALL)
_VALUE: Final = re.compile(rf'(?:{_QUOTED}|[^",])*', re.DOTALL)
_INSIDE: Final = re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL)
_KEY: Final = re.compile(r"([A-Za-z]+):(?!//)")  # an address is a word
_SPACE: Final = re.compile(r"\s*")


class FilterError(UsageError):
    """A filter that cannot be understood. ``start`` and ``end`` say where in its
    text, from 0 and the end exclusive."""

    code = "filter"

    def __init__(
        self,
        message: str,
        start: int,
        end: int,
        *,
        why: str | None = None,
        fix: str | None = None,
    ) -> None:
        super().__init__(message, why=why, fix=fix, details={"start": start, "end": end})
        self.start = start
        self.end = end


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the text: what it means, and from where to where it stands."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Term:
    """A key with its values, or, where ``key`` is None, one word."""

    key: Piece | None
    values: tuple[Piece, ...]


def terms(text: str) -> Iterator[Term]:
    """The terms of a filter, from left to right.

    Raises:
        FilterError: it is too long, a quotation mark is not closed, or a value
            is missing.
    """
    if len(text) > LONGEST:
        raise FilterError(
            f"a filter of {len(text):,} characters",
            LONGEST,
            len(text),
            fix=f"{LONGEST:,} characters at most",
        )
    at = _after_space(text, 0)
    while at < len(text):
        end = _end_of_term(text, at)
        yield _term(text, at, end)
        at = _after_space(text, end)


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _end_of_term(text: str, at: int) -> int:
    found = _TERM.match(text, at)
    end = found.end() if found else at
    if text[end : end + 1] == '"':
        raise FilterError(
            "a quotation mark is not closed", end, len(text), fix='close it: "two words"'
        )
    return end


def _term(text: str, start: int, end: int) -> Term:
    key = _KEY.match(text, start, end)
    if key is None:
        return Term(None, (_piece(text, start, end),))
    named = Piece(key[1].lower(), start, key.end())
    return Term(named, tuple(_values(text, key.end(), end)))


def _values(text: str, at: int, end: int) -> Iterator[Piece]:
    while True:
        found = _VALUE.match(text, at, end)
        until = found.end() if found else at
        yield _piece(text, at, until)
        if until == end:
            return
        at = until + 1  # past the comma


def _piece(text: str, start: int, end: int) -> Piece:
    meant = _INSIDE.sub(lambda quoted: re.sub(r'\\(["\\])', r"\1", quoted[1]), text[start:end])
    if not meant:
        # Where nothing stands, the mark before it is what to look at.
        begin = start - 1 if start == end else start
        raise FilterError("a value is missing", begin, end, fix="such as status:failed,cancelled")
    return Piece(meant, start, end)


def word(text: str) -> str:
    """The word that means ``text``, in quotation marks where it needs them."""
    return _quoted(text) if re.search(r'[\s"]', text) or _KEY.match(text) else text


def listed(key: str, values: Sequence[str]) -> str:
    """The term that gives a key these values."""
    return f"{key}:" + ",".join(
        _quoted(value) if re.search(r'[\s",]', value) else value for value in values
    )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
