"""Evidence, as a person reads it: what was found, in whose words, and what it is worth."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.text import Text

from plinthctl.domain.evidence import EvidenceItem, Stance
from plinthctl.render.claims import marks
from plinthctl.render.sheet import hang, words

_STANCES: Final = {
    Stance.FOR: ("speaks for it", "green"),
    Stance.AGAINST: ("speaks against it", "red"),
    Stance.NEUTRAL: ("takes no side", "dim"),
}


def lines(item: EvidenceItem, title: str, width: int | None) -> Iterator[Text]:
    """One item on a sheet of its own, whose title is its finding or the beginning of it."""
    if item.finding != title:
        yield from (Text(), *hang(Text("  "), words(item.finding), width))
    yield Text()
    yield from hang(Text("  "), _quote(item), width)
    yield from (Text(), Text("  ") + _worth(item))


def listed(items: Sequence[tuple[EvidenceItem, str]], width: int | None) -> Iterator[Text]:
    """Items with their ids, numbered, in the order given."""
    size = len(str(len(items)))
    for number, (item, name) in enumerate(items, 1):
        prefix, indent = words((f"{number:>{size}}  ", "dim")), Text(" " * (size + 2))
        yield Text()
        yield from hang(prefix, words((item.finding, "bold")), width)
        yield from hang(indent, _quote(item), width)
        yield indent + words(_worth(item), (name, "dim"), joiner=" · ")


def _quote(item: EvidenceItem) -> Text:
    return words(f"“{item.quote}”") + marks([item.source])


def _worth(item: EvidenceItem) -> Text:
    relevance = words((f"relevance {item.relevance:.2f}", "dim"))
    return (
        relevance if item.stance is None else words(relevance, _STANCES[item.stance], joiner=" · ")
    )
