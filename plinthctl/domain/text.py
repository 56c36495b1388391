"""Making text from outside fit for a screen.

Company names, scraped pages, what a model wrote, a provider's error: all of it
is data, and a terminal obeys some of the characters that data may hold.
"""

import unicodedata
from collections.abc import Iterator
from typing import Final

REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
MARKS_IN_A_ROW: Final = 4  # more combining marks on one letter run over other lines

# Controls, invisible formatting (bidi, zero width), surrogates, private use,
# unassigned, and the two separators that some terminals break lines at.
_NOT_SHOWN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


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
