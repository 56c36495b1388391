"""Text from outside, made fit to be stored and to stand on a line."""

import re
from typing import Any, Final

REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"

# PostgreSQL stores no NUL, and no database a lone surrogate.
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


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
