"""What a website's robots.txt lets a reader read.

Source: RFC 9309, Robots Exclusion Protocol, section 2.2.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

ANYBODY: Final = "*"
MOST_RULES: Final = 5_000


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern of paths, and whether they may be read."""

    pattern: str
    allows: bool


def rules_for(agent: str, robots: str) -> tuple[Rule, ...]:
    """The rules for ``agent``, a lower-case product name; those for anybody where it has
    none of its own."""
    groups: dict[str, list[Rule]] = {}
    for agents, rule in _rules(robots):
        for name in agents:
            groups.setdefault(name, []).append(rule)
    return tuple(groups.get(agent, groups.get(ANYBODY, ()))[:MOST_RULES])


def may_read(rules: Iterable[Rule], path: str) -> bool:
    """Whether ``path``, with its query, may be read: the longest rule that matches
    decides, and of two as long the one that allows."""
    plain = unquote(path)
    matching = (rule for rule in rules if _matches(rule.pattern, plain))
    longest = max(matching, key=lambda rule: (len(rule.pattern), rule.allows), default=None)
    return longest is None or longest.allows


def _rules(robots: str) -> Iterator[tuple[list[str], Rule]]:
    agents: list[str] = []
    naming = False
    for key, value in _lines(robots):
        if key == "user-agent":
            agents = [*(agents if naming else []), value.lower()]
        elif key in {"allow", "disallow"} and value:
            yield agents, Rule(unquote(value), allows=key == "allow")
        elif key not in {"allow", "disallow"}:
            continue
        naming = key == "user-agent"


def _lines(robots: str) -> Iterator[tuple[str, str]]:
    for line in robots.removeprefix("\ufeff").splitlines():
        key, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield key.strip().lower(), value.strip()


def _matches(pattern: str, path: str) -> bool:
    # Piece by piece and never back: a pattern of stars costs no more than its length.
    first, *others = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    rest = path[len(first) :]
    if pattern.endswith("$"):
        if not others:
            return not rest
        last = others.pop()
        if not rest.endswith(last):
            return False
        rest = rest[: len(rest) - len(last)]
    return _in_order(filter(None, others), rest)


def _in_order(pieces: Iterable[str], text: str) -> bool:
    at = 0
    for piece in pieces:
        found = text.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True
