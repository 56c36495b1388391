"""Making text from outside fit for a screen, a line and a database.

Company names, scraped pages, what a model wrote, a provider's error: all of it
is data. A terminal obeys some of the characters that data may hold, and a
database cannot hold all of them.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any, Final

REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
REDACTED: Final = "****"
MARKS_IN_A_ROW: Final = 4  # more combining marks on one letter run over other lines

# Controls, invisible formatting (bidi, zero width), surrogates, private use,
# unassigned, and the two separators that some terminals break lines at.
_NOT_SHOWN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_CREDENTIALS: Final = re.compile(r"(?<=://)[^/\s@]+(?=@)")
# PostgreSQL stores no NUL, and no database a lone surrogate.
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def safe_text(text: str) -> str:
    """``text`` as several lines may show it: line breaks stay, tabs are spaces."""
    return "\n".join(safe_line(line) for line in text.replace("\r\n", "\n").split("\n"))


def safe_line(text: str) -> str:
    """``text`` as one line may show it: line breaks and tabs become spaces, every
    other character that is not shown becomes U+FFFD."""
    if text.isascii() and text.isprintable():
        return text
    flat = text.replace("\r\n", " ").replace("\n", " ").replace("\t", " ")
    return "".join(_shown(flat))


def _shown(text: str) -> Iterator[str]:
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category.startswith("M") else 0
        if marks <= MARKS_IN_A_ROW:
            yield REPLACEMENT if category in _NOT_SHOWN else character


def without_credentials(text: str) -> str:
    """``text`` with what stands before the ``@`` of an address blanked out."""
    return _CREDENTIALS.sub(REDACTED, text)


def storable(value: Any) -> Any:
    """A JSON value whose every text can be stored: NUL and lone surrogates replaced.

    Raises:
        RecursionError: it is nested past what Python can walk.
    """
    if isinstance(value, str):
        return _UNSTORABLE.sub(REPLACEMENT, value)
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    return value


def cut(text: str, chars: int) -> str:
    """``text``, at most ``chars`` characters long; an ellipsis marks a cut."""
    return text if len(text) <= chars else text[: max(0, chars - 1)].rstrip() + "…"


def one_line(text: str) -> str:
    """``text`` with every run of white space as one space."""
    return " ".join(text.split())


def json_text(
    value: Any, *, indent: int | None = None, default: Callable[[Any], Any] | None = None
) -> str:
    """A value as ASCII JSON: what a terminal would obey is escaped, never lost.
    ``default`` makes of what JSON cannot say something that it can."""
    # ensure_ascii leaves DEL as it is, and a terminal does not.
    told = json.dumps(value, ensure_ascii=True, indent=indent, default=default)
    return told.replace("\x7f", "\\u007f")
