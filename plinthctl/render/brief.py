"""A brief, as a person reads it: rendered on a terminal, Markdown in a pipe."""

import re
from collections.abc import Iterator, Sequence
from itertools import dropwhile
from typing import Final

from rich.segment import Segment
from rich.text import Text

from plinthctl.domain.briefs import Brief
from plinthctl.domain.text import safe_text
from plinthctl.render.sheet import Lines, words

_TITLE: Final = re.compile(r"\A# [^\n]*\n+")
_SOURCES: Final = "\n\n## Sources\n\n"


def markdown(brief: Brief) -> Lines:
    """The brief as it is kept, line by line."""
    return [words(line) for line in safe_text(brief.markdown).rstrip("\n").split("\n")]


def rendered(brief: Brief, width: int) -> Iterator[Text]:
    """Its text at that width, without its title and its sources, which stand beside it."""
    from rich.console import Console
    from rich.markdown import Markdown

    text, _, rest = _TITLE.sub("", brief.markdown).rpartition(_SOURCES)
    # What cannot be followed here is not made a link, whatever the text says.
    shown = Markdown(safe_text(text or rest), hyperlinks=False)
    lines = Console(width=width).render_lines(shown, pad=False)
    for line in dropwhile(_is_blank, map(_line, lines)):
        line.rstrip()
        yield line


def _line(segments: Sequence[Segment]) -> Text:
    return words(*((part.text, str(part.style or "")) for part in segments))


def _is_blank(line: Text) -> bool:
    return not line.plain.strip()
