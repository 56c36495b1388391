"""Why an answer of the right shape cannot be used: what LLMs invent, and how they are told."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from plinthctl.domain.addresses import strange_addresses
from plinthctl.domain.text import cut

NAMED_CHARS: Final = 200  # of what is wrong, and of what would be right


@dataclass(frozen=True, slots=True)
class Flaw:
    """One reason to refuse an answer. ``told`` is what the model hears at its next try."""

    code: str
    told: str


def unknown_source(cited: Iterable[str], given: Sequence[str]) -> Flaw | None:
    """The flaw of an answer that cites what it was not given; None: it has none."""
    strangers = sorted(set(cited) - set(given))
    if not strangers:
        return None
    verb = "are not sources" if len(strangers) > 1 else "is not a source"
    named = cut(", ".join(strangers), NAMED_CHARS)
    return Flaw("unknown_source", f"{named} {verb}. {_may_cite(given)}")


def _may_cite(given: Sequence[str]) -> str:
    if not given:
        return "There are no sources: cite nothing."
    return f"Cite only {cut(', '.join(given), NAMED_CHARS)}."


def strange_address(value: Any, known: Collection[str]) -> Flaw | None:
    """The flaw of a JSON value that names a page which nobody fetched; None: it has none."""
    strange = [url for text in texts_in(value) for url in strange_addresses(text, known)]
    if not strange:
        return None
    named = cut(strange[0], NAMED_CHARS)
    return Flaw("strange_address", f"{named} is no source's address. Write no web address.")


def texts_in(value: Any) -> Iterator[str]:
    """Every text of a JSON value, but for the names of its fields."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)
    elif isinstance(value, dict):
        yield from texts_in(list(value.values()))
