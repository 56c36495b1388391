"""From what is typed to values: input items, durations, times, names."""

import difflib
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

from plinthctl.errors import InvalidInput, PlinthError, UsageError
from plinthctl.services.moments import duration as duration
from plinthctl.services.moments import moment as moment

STDIN: Final = "-"
FILE_BYTES: Final = 1_000_000  # far above what an input may hold; not a whole disk
_ITEM = re.compile(r"(?P<key>[A-Za-z_]\w*)(?P<mark>:=|=@|=)(?P<value>.*)", re.DOTALL)
_TIME_OF_DAY = re.compile(r"\d\d:")

Word = TypeVar("Word", bound=StrEnum)


def items(given: Sequence[str], flag: str = "-i") -> dict[str, Any]:
    """The fields that ``-i``, or another flag, gives.

    Raises:
        UsageError, InvalidInput: in words for the person who typed it.
    """
    found: dict[str, Any] = {}
    for typed in given:
        key, value = input_item(typed, flag)
        if key in found:
            raise UsageError(f"{key} is given twice")
        found[key] = value
    return found


def input_item(typed: str, flag: str = "-i") -> tuple[str, Any]:
    """``k=text``, ``k:=json`` or ``k=@file``.

    Raises:
        UsageError, InvalidInput: it is none of these, or cannot be read.
    """
    match = _ITEM.fullmatch(typed)
    if match is None:
        raise UsageError(
            f'{flag} "{typed}" is not KEY=VALUE',
            fix=f"{flag} name=text, {flag} number:=3 (JSON) or {flag} notes=@notes.txt (a file)",
        )
    key, mark, value = match["key"], match["mark"], match["value"]
    if mark == ":=":
        return key, _json(key, value)
    return key, read(value) if mark == "=@" else value


def _json(key: str, value: str) -> Any:
    from plinthctl.domain.inputs import parse_json

    try:
        return parse_json(value)
    except InvalidInput as error:
        raise InvalidInput(
            f"{key}: {error.message}", fix=f"text without JSON: -i {key}=…"
        ) from None


def read(file: str, at_most_bytes: int = FILE_BYTES) -> str:
    """The text of a file, or of stdin for ``-``.

    Raises:
        UsageError: it cannot be read.
        InvalidInput: it is too long, or not UTF-8.
    """
    with opened(file) as stream:
        content = stream.read(at_most_bytes + 1)
    if len(content) > at_most_bytes:
        raise too_large(file, at_most_bytes)
    return decoded(content, file)


@contextmanager
def opened(file: str) -> Iterator[BinaryIO]:
    """A file, or stdin for ``-``, to be read within the block.

    Raises:
        UsageError: it cannot be read, or stdin is a terminal.
    """
    if file == STDIN and sys.stdin.isatty():
        raise UsageError("stdin is a terminal; nothing is piped in", fix="… | plinthctl … -")
    try:
        if file == STDIN:
            yield sys.stdin.buffer
        else:
            with Path(file).open("rb") as stream:
                yield stream
    except OSError as error:
        raise UsageError(
            f"cannot read {file}: {error.strerror or error}",
            fix="name a file that you may read, or - for stdin",
        ) from None


def too_large(file: str, at_most_bytes: int = FILE_BYTES) -> InvalidInput:
    """The error for a file that is larger than what is read of one."""
    return InvalidInput(
        f"{file} is larger than {at_most_bytes // 1_000_000} MB",
        fix="name a smaller file; an input or a context holds 64 kB at most",
    )


def decoded(content: bytes, what: str) -> str:
    """The text that UTF-8 bytes are. Raises `InvalidInput`."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise InvalidInput(f"{what} is not UTF-8 text", fix="save it as UTF-8") from None


def ids(typed: Sequence[str]) -> list[str]:
    """The ids that are named, with ``-`` replaced by those on stdin, one a line."""
    named: list[str] = []
    for part in typed:
        named += read(part).split() if part == STDIN else [part]
    return list(dict.fromkeys(named))


def seconds(typed: str | None, what: str) -> float | None:
    """The seconds of a duration that may be left out. Raises as `duration` does."""
    return None if typed is None else duration(typed, what).total_seconds()


def waiting_limit_s(typed: str | None, *, wait: bool) -> float | None:
    """The seconds of a ``--timeout`` that may be left out.

    Raises:
        UsageError: it is no duration, or nobody waits.
    """
    if typed is not None and not wait:
        raise UsageError("--timeout is for waiting", fix="add --wait")
    return seconds(typed, "--timeout")


def upcoming(typed: str, what: str, now: datetime) -> datetime:
    """A time (ISO 8601; without a zone it is local), or the next time that clocks
    show ``14:30``.

    Raises:
        UsageError: it is neither.
    """
    try:
        if _TIME_OF_DAY.match(typed):
            return _next(time.fromisoformat(typed), now)
        return datetime.fromisoformat(typed).astimezone()
    except (ValueError, OverflowError):
        raise UsageError(
            f'{what}: "{typed}" is not a time', fix="such as 14:30 or 2026-11-24T09:00Z"
        ) from None


def _next(at: time, now: datetime) -> datetime:
    today = now.astimezone(at.tzinfo).date()
    days = (datetime.combine(today + timedelta(days=n), at).astimezone(at.tzinfo) for n in (0, 1))
    return next(day for day in days if day >= now)


def one_of(words: type[Word], typed: str, what: str) -> Word:
    """The word that was typed.

    Raises:
        UsageError: with the nearest word, and all of them.
    """
    try:
        return words(typed)
    except ValueError:
        raise no_such(what, typed, [w.value for w in words]) from None


def no_such(what: str, typed: str, known: Sequence[str]) -> PlinthError:
    """The error for a word that is not among the known ones."""
    near = difflib.get_close_matches(typed, known, n=1)
    return UsageError(
        f'no {what} "{typed}"',
        why=f"did you mean {near[0]}?" if near else None,
        fix=f"one of: {', '.join(known)}",
    )


def commas(typed: Iterable[str]) -> list[str]:
    """Words given apart or with commas between."""
    return [word for part in typed for word in part.split(",") if word]
