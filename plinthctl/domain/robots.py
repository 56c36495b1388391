"""What a website's robots.txt lets a reader read.

Source: RFC 9309, Robots Exclusion Protocol, section 2.2.
"""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

ANYBODY: Final = "*"
MOST_RULES: Final = 5_000
MOST_PATTERN_CHARS: Final = 2_000  # of a path, no address that is read has more

_ALLOWS: Final = {"allow": True, "disallow": False}


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern of paths, and whether they may be read."""

    pattern: str
    allows: bool


def rules_for(agent: str, robots: str) -> tuple[Rule, ...]:
    """The rules for ``agent``, a lower-case product name; those for anybody where it has
    none of its own."""
    groups: dict[str, list[Rule]] = {}
    for names, rule in _rules({agent, ANYBODY}, robots):
        for name in names:
            groups.setdefault(name, []).append(rule)
    return tuple(groups.get(agent, groups.get(ANYBODY, ()))[:MOST_RULES])


def may_read(rules: Iterable[Rule], path: str) -> bool:
    """Whether ``path``, with its query, may be read: the longest rule that matches
    decides, and of two as long the one that allows."""
    plain = unquote(path)
    matching = (rule for rule in rules if _matches(rule.pattern, plain))
    longest = max(matching, key=lambda rule: (len(rule.pattern), rule.allows), default=None)
    return longest is None or longest.allows


def _rules(wanted: Set[str], robots: str) -> Iterator[tuple[Set[str], Rule]]:
    """Each rule, and whose of the wanted it is."""
    # Of the others only that they are others: a group may name any number of them.
    names: Set[str] = set()
    naming = False
    for key, value in _lines(robots):
        if key == "user-agent":
            names = (names if naming else set()) | ({value.lower()} & wanted)
            naming = True
        elif key in _ALLOWS:
            naming = False
            if len(value) <= MOST_PATTERN_CHARS:
                # "Disallow:" of nothing allows everything, and is a rule of one's own.
                yield names, Rule(unquote(value), allows=_ALLOWS[key] or not value)


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
