"""Whether a quote stands in its source, word for word.

The source must have the quote's words, all of them, one after another, and the
punctuation between them. Forgiven is what changes no word: white space, the shapes
of quotation marks, dashes and ellipses, ligatures, characters that nobody sees,
Markdown's emphasis, and the punctuation around the whole. Upper and lower case are
told apart, and so are figures and their signs: "5 %" is no quote of "15 %".
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from plinthctl.domain.text import one_line

LEAST_WORDS: Final = 3  # fewer stand in many a text, and prove nothing

_ELLIPSIS: Final = "..."
_OPENS: Final = "\"'([{"
_CLOSES: Final = "\"')]}.,;:!?"

# Chinese, Japanese, Thai, Lao, Burmese and Khmer are written without spaces: each
# character is a word. A dash stands between words, with spaces or without.
_UNSPACED: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u3400-\u9fff\uff00-\uffef"
_WORD: Final = re.compile(f"[{_UNSPACED}]|[—―]|[^\\s—―{_UNSPACED}]+")

_INVISIBLE: Final = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]"
)
_EMPHASIS: Final = re.compile(r"(?<!\w)[*_`]+|[*_`]+(?!\w)")
_PLAIN: Final = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛ʼ′‹›´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        "…": _ELLIPSIS,
        "ﬀ": "ff",
        "ﬁ": "fi",
        "ﬂ": "fl",
        "ﬃ": "ffi",
        "ﬄ": "ffl",
    }
)


class _Word(NamedTuple):
    """A word as it is compared, and where it stands."""

    plain: str
    start: int
    end: int


def find_quote(quote: str, text: str) -> str | None:
    """The passage of ``text`` that ``quote`` repeats, as it stands there, in one line.

    None: there is no such passage, or the quote has fewer than `LEAST_WORDS` words.
    """
    wanted = _bare([word.plain for word in _words(quote)])
    there = list(_words(text))
    if len(wanted) < LEAST_WORDS:
        return None
    for at in range(len(there) - len(wanted) + 1):
        passage = there[at : at + len(wanted)]
        if _repeats(wanted, passage):
            return one_line(text[passage[0].start : passage[-1].end])
    return None


def _words(text: str) -> Iterator[_Word]:
    for found in _WORD.finditer(text):
        if plain := _compared(found[0]):
            yield _Word(plain, *found.span())


def _compared(word: str) -> str:
    plain = _EMPHASIS.sub("", _INVISIBLE.sub("", word)).translate(_PLAIN)
    return unicodedata.normalize("NFC", plain)


def _bare(words: Sequence[str]) -> list[str]:
    """The quote's words without the punctuation around them, and without an ellipsis
    that says that it begins or ends within a sentence."""
    opened = " ".join(words).lstrip(f"{_OPENS} ").removeprefix(_ELLIPSIS)
    return opened.lstrip(f"{_OPENS} ").rstrip(f"{_CLOSES} ").split()


def _repeats(wanted: Sequence[str], passage: Sequence[_Word]) -> bool:
    first, *middle, last = wanted
    begins, *between, ends = (word.plain for word in passage)
    return (
        middle == between
        and begins.endswith(first)
        and not begins.removesuffix(first).strip(_OPENS)
        and ends.startswith(last)
        and not ends.removeprefix(last).strip(_CLOSES)
    )
