"""Claims under their headings, each with the marks of its sources."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.text import Text

from plinthctl.domain.results import Claim
from plinthctl.render.sheet import hang, words


class Claims:
    """Claims under a heading, each with the marks of its sources."""

    def __init__(self, width: int | None) -> None:
        self._width = width

    def block(
        self, heading: str, claims: Sequence[Claim], *, bullet: str, colour: str = ""
    ) -> Iterator[Text]:
        if claims:
            yield from (Text(), words((heading, "bold cyan")))
            yield from self.items(claims, bullet, colour)

    def items(self, claims: Sequence[Claim], bullet: str, colour: str) -> Iterator[Text]:
        for claim in claims:
            text = words(claim.text) + marks(claim.sources)
            yield from hang(words((bullet, colour)), text, self._width)

    def named(self, heading: str, rows: Sequence[tuple[str, str, Any]]) -> Iterator[Text]:
        if not rows:
            return
        yield from (Text(), words((heading, "bold cyan")))
        for name, text, claim in rows:
            told = words((name, "bold"), f"  {text}" if text else "") + marks(claim.sources)
            yield from hang(Text("  • "), told, self._width)


def marks(ids: Sequence[str]) -> Text:
    """``[S1] [S2]``, each behind a blank."""
    return words(*((f" [{source}]", "dim") for source in ids))
