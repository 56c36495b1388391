"""The filter language: ``status:failed org:"Acme, Inc",beta since:1h timeout``.

``status: type: org: user: decision: step: error: since: until:`` and ``is:``; anything
else is searched for. A key given twice allows the values of both; different keys
and words must all hold.
"""

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, assert_never

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.filter_terms import FilterError, Piece, Term, listed, terms, word
from plinthctl.domain.fingerprint import is_group_id
from plinthctl.domain.job import ACTIVE, JobStatus
from plinthctl.domain.queries import JobQuery
from plinthctl.errors import PlinthError

# Reads a point in time, or how long ago it was; the second argument names what is read.
# Raises a `PlinthError` in words for whoever typed it. The domain has no clock and no zone.
Moment = Callable[[str, str], datetime]

MOST_WORDS: Final = 20  # that are searched for at once


class Key(StrEnum):
    """What stands before a colon."""

    STATUS = "status"
    TYPE = "type"
    ORG = "org"
    USER = "user"
    DECISION = "decision"
    STEP = "step"
    ERROR = "error"
    SINCE = "since"
    UNTIL = "until"
    IS = "is"


STUCK: Final = "stuck"
_IS: Final[dict[str, frozenset[JobStatus]]] = {
    STUCK: frozenset(),
    "active": ACTIVE,
    **{status.value: frozenset({status}) for status in JobStatus},
}


def step_names() -> tuple[str, ...]:
    """The steps of all job types, each once."""
    specs = (spec for found in JOB_TYPES.values() for spec in found.steps)
    return tuple(dict.fromkeys(spec.name for spec in specs))


def parse(text: str, moment: Moment) -> JobQuery:
    """The jobs that a filter asks for.

    Raises:
        FilterError: with the place of what cannot be understood.
    """
    read = _Reading(moment)
    for term in terms(text):
        read.term(term)
    return JobQuery(
        statuses=frozenset(read.statuses),
        types=read.values(Key.TYPE),
        orgs=read.values(Key.ORG),
        users=read.values(Key.USER),
        decisions=read.values(Key.DECISION),
        steps=read.values(Key.STEP),
        groups=read.values(Key.ERROR),
        created_since=read.moments.get(Key.SINCE),
        created_until=read.moments.get(Key.UNTIL),
        stuck=read.stuck,
        words=tuple(read.words),
    )


def render(query: JobQuery) -> str:
    """The filter that asks for these jobs; `parse` gives the same query for it."""
    named = {
        Key.STATUS: [status for status in JobStatus if status in query.statuses],
        Key.TYPE: query.types,
        Key.ORG: query.orgs,
        Key.USER: query.users,
        Key.DECISION: query.decisions,
        Key.STEP: query.steps,
        Key.ERROR: query.groups,
        Key.SINCE: _written(query.created_since),
        Key.UNTIL: _written(query.created_until),
        Key.IS: [STUCK] if query.stuck else [],
    }
    keys = (listed(key, values) for key, values in named.items() if values)
    return " ".join((*keys, *map(word, query.words)))


def _written(at: datetime | None) -> list[str]:
    return [] if at is None else [at.isoformat()]


@dataclass(slots=True)
class _Reading:
    """What the terms before the next one have said."""

    moment: Moment
    statuses: set[JobStatus] = field(default_factory=set)
    named: dict[Key, dict[str, None]] = field(default_factory=dict)
    moments: dict[Key, datetime] = field(default_factory=dict)
    stuck: bool = False
    words: dict[str, None] = field(default_factory=dict)

    def values(self, key: Key) -> tuple[str, ...]:
        return tuple(self.named.get(key, ()))

    def term(self, term: Term) -> None:
        if term.key is None:
            self._word(term.values[0])
            return
        key = _key(term.key)
        for value in term.values:
            self._value(key, value)

    def _word(self, piece: Piece) -> None:
        self.words[piece.text] = None
        if len(self.words) > MOST_WORDS:
            raise FilterError(
                f"more than {MOST_WORDS} words to search for",
                piece.start,
                piece.end,
                fix='what stands together goes in quotation marks: "timed out"',
            )

    def _value(self, key: Key, piece: Piece) -> None:
        match key:
            case Key.STATUS:
                self.statuses.add(JobStatus(_known(key, piece, list(JobStatus))))
            case Key.TYPE:
                self._add(key, _known(key, piece, list(JOB_TYPES)))
            case Key.STEP:
                self._add(key, _known(key, piece, step_names()))
            case Key.ERROR:
                self._add(key, _group(piece))
            case Key.ORG | Key.USER | Key.DECISION:
                self._add(key, piece.text)
            case Key.SINCE | Key.UNTIL:
                self._moment(key, piece)
            case Key.IS:
                self._is(_known(key, piece, list(_IS)))
            case _:
                assert_never(key)

    def _add(self, key: Key, value: str) -> None:
        self.named.setdefault(key, {})[value] = None

    def _moment(self, key: Key, piece: Piece) -> None:
        if key in self.moments:
            raise FilterError(
                f"{key} has two values", piece.start, piece.end, fix="give one of them"
            )
        try:
            self.moments[key] = self.moment(piece.text, key)
        except PlinthError as error:
            raise FilterError(
                error.message, piece.start, piece.end, fix=error.fix or "such as 1h or 2026-11-24"
            ) from None

    def _is(self, state: str) -> None:
        self.stuck = self.stuck or state == STUCK
        self.statuses |= _IS[state]


def _key(piece: Piece) -> Key:
    try:
        return Key(piece.text)
    except ValueError:
        raise FilterError(
            f'no filter "{piece.text}:"',
            piece.start,
            piece.end,
            why=_near(piece.text, Key),
            fix=f"{_names(Key, mark=':')}; text with a colon goes in quotation marks",
        ) from None


def _known(key: Key, piece: Piece, known: Sequence[str]) -> str:
    if (value := piece.text.lower()) in known:
        return value
    raise FilterError(
        f'{key}: there is no "{piece.text}"',
        piece.start,
        piece.end,
        why=_near(value, known),
        fix=f"one of: {_names(known)}",
    )


def _group(piece: Piece) -> str:
    if is_group_id(value := piece.text.lower()):
        return value
    raise FilterError(
        f'error: "{piece.text}" is no failure group',
        piece.start,
        piece.end,
        fix="such as error:g1f0c2a9b; plinthctl stats --by error shows them",
    )


def _near(typed: str, known: Iterable[str]) -> str | None:
    found = difflib.get_close_matches(typed, [str(one) for one in known], n=1)
    return f"did you mean {found[0]}?" if found else None


def _names(known: Iterable[str], mark: str = "") -> str:
    return ", ".join(f"{one}{mark}" for one in known)
