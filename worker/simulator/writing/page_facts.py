"""What a company's page says, found by its form: paragraphs, bullets, prices."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_AMOUNT: Final = re.compile(
    r"(from\s+)?([$€£]\s?\d[\d.,]*|\d[\d.,]*\s?(USD|EUR|GBP|€|dollars|euros))", re.IGNORECASE
)
_BULLET: Final = re.compile(r"[-*+•]\s+|\d+[.)]\s+")
_NOT_PRODUCTS: Final = re.compile(r"customer|client|partner|contact|team|news|career|legal", re.I)
_PRICES: Final = re.compile(r"pric|plan|tariff", re.I)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page, its markup gone, under the heading that it stands."""

    text: str
    section: str
    bullet: bool
    heading: bool = False


def lines_of(markdown: str) -> list[Line]:
    """The page's lines; quotes, tables' rules and lines of links are left out."""
    return list(_lines(markdown))


def paragraphs(lines: list[Line]) -> list[str]:
    """Running text: no bullets, no headings, no prices and no tables."""
    return [
        line.text
        for line in lines
        if not (line.bullet or line.heading or _priced(line) or "|" in line.text)
    ]


def offerings(lines: list[Line]) -> list[tuple[str, str]]:
    """Names and descriptions of the bullets that are no prices and no customers."""
    bullets = [
        line
        for line in lines
        if line.bullet
        and not _priced(line)
        and not _NOT_PRODUCTS.search(line.section)
        and not _PRICES.search(line.section)
    ]
    return [_named(line.text) for line in bullets]


def prices(lines: list[Line]) -> list[tuple[str, str]]:
    """Plans and their prices, as the page writes them."""
    return [_plan(line) for line in lines if _priced(line) and not line.heading]


def customers(lines: list[Line]) -> list[str]:
    return [x.text for x in lines if x.bullet and re.search(r"customer|client", x.section, re.I)]


def sentences(text: str) -> list[str]:
    """Its sentences, each with its end."""
    return [part.strip() for part in re.split(r"(?<=[.!?])\s+", text) if part.strip()]


def first_sentences(text: str, count: int = 2) -> str:
    return " ".join(sentences(text)[:count])


def _lines(markdown: str) -> Iterator[Line]:
    section = ""
    for raw in markdown.splitlines():
        stripped = raw.strip()
        if stripped.startswith("#"):
            section = _plain(stripped.lstrip("# "))
            yield Line(section, section, bullet=False, heading=True)
        elif _says_something(stripped):
            bullet = _BULLET.match(stripped)
            yield Line(
                _plain(stripped[bullet.end() :] if bullet else stripped), section, bool(bullet)
            )


def _says_something(stripped: str) -> bool:
    without_links = re.sub(r"!?\[[^\]]*\]\([^)]*\)", "", stripped)
    return not stripped.startswith(">") and any(c.isalnum() for c in without_links)


def _plain(text: str) -> str:
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"\s+", " ", text.replace("`", "")).strip(" |").replace("__", "**")


def _named(text: str) -> tuple[str, str]:
    """ "**Name** does", "Name: does" or "Name - does" as name and description."""
    bold = re.match(r"\*\*(.+?)\*\*[:\s–—-]*(.*)", text)
    name, rest = bold.groups() if bold else _split(text)
    rest = rest.replace("**", "").strip()
    return name.strip(": "), rest[:1].upper() + rest[1:]


def _split(text: str) -> tuple[str, str]:
    name, mark, rest = re.sub(r"\s+[–—-]\s+", ": ", text, count=1).partition(": ")
    if mark:
        return name, rest
    words = text.split()
    return (text, "") if len(words) <= 6 else (" ".join(words[:4]) + "…", text)


def _priced(line: Line) -> bool:
    return _AMOUNT.search(line.text) is not None and (
        line.bullet or "|" in line.text or _PRICES.search(line.section) is not None
    )


def _plan(line: Line) -> tuple[str, str]:
    text = line.text.replace("**", "")
    amount = _AMOUNT.search(text)
    start = amount.start() if amount else 0
    plan = text[:start].strip(" :|–—-(") or line.section or "Price"
    return plan, text[start:].strip(" |)")
