"""A prompt read back: what it asks about, the decision and the sources it holds."""

import re
from dataclasses import dataclass
from typing import Final

_SOURCE: Final = re.compile(
    r"<<<SOURCE (?P<id>\S+) (?P<mark>\w+)>>>\n(?P<body>.*?)\n?<<<END (?P=id) (?P=mark)>>>",
    re.DOTALL,
)
_AGAIN: Final = "\nYour last answer could not be used."
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class PromptSource:
    """One source of the prompt. ``kind``: website, news, web, review, or what jobs
    have made: evidence, profile, analysis."""

    id: str
    kind: str
    url: str
    title: str
    published: str | None
    text: str

    def field(self, name: str) -> str | None:
        """The rest of the text's line that begins with ``name:``."""
        found = re.search(rf"^{re.escape(name)}:[ \t]*(\S.*)$", self.text, re.MULTILINE)
        return found[1].strip() if found else None


@dataclass(frozen=True, slots=True)
class Prompt:
    """``head`` is all that stands before the sources, ``decision`` its part from the
    decision's title on, "" for none. ``again``: the last answer could not be used."""

    head: str
    decision: str
    sources: tuple[PromptSource, ...]
    again: bool = False

    @property
    def company(self) -> str:
        return self.said("Company")

    def said(self, name: str) -> str:
        """The rest of the head's first line that begins with ``name:``; "" for none."""
        found = re.search(rf"^{re.escape(name)}:[ \t]*(\S.*)$", self.head, re.MULTILINE)
        return found[1].strip() if found else ""

    def of_kind(self, *kinds: str) -> list[PromptSource]:
        return [source for source in self.sources if source.kind in kinds]


def read(text: str) -> Prompt:
    """The prompt in ``text``; what it does not hold is empty."""
    head = text.partition("<<<SOURCE ")[0]
    decision = re.search(r"^Decision:(.*)", head, re.MULTILINE | re.DOTALL)
    return Prompt(
        head=head,
        decision=decision[1].strip() if decision else "",
        sources=tuple(_source(found) for found in _SOURCE.finditer(text)),
        again=_AGAIN in text.rpartition("<<<END ")[2],
    )


def _source(found: re.Match[str]) -> PromptSource:
    head, _, text = found["body"].partition("\ntext:")
    fields = dict(_field(line) for line in head.splitlines())
    date = _DATE.match(fields.get("published", ""))
    return PromptSource(
        id=found["id"],
        kind=fields.get("kind", ""),
        url=fields.get("url", ""),
        title=fields.get("title", ""),
        published=date[0] if date else None,
        text=text.strip(),
    )


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip(), value.strip()
