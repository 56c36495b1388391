"""Decisions: what the operators of Plinth are deciding, and between what."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, ClassVar, Final, Protocol

from plinthctl.domain.ids import canonical_part
from plinthctl.errors import Conflict, InvalidInput

MAX_BYTES: Final = 64 * 1024  # of all texts of a decision: prompts are made of them
MAX_ITEMS: Final = 100  # criteria, and options


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that counts; weight 0 to 1, ``better`` says which way is good."""

    name: str
    weight: float = 1.0
    better: str | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One of the things to decide between."""

    id: str
    name: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """A decision with its criteria and options, as a pipeline reads it."""

    id: str
    org: str
    title: str
    question: str | None
    context: str | None
    criteria: tuple[Criterion, ...]
    options: tuple[Option, ...]
    created_at: datetime


def checked(decision: DecisionContext) -> DecisionContext:
    """The decision, whose parts are few enough, small enough and told apart.

    Raises:
        InvalidInput: text that is not valid Unicode, more than 64 kB of it, more than
            100 criteria or options, or two of them by one name or id.
    """
    size = _size_bytes(decision)
    if size > MAX_BYTES:
        raise InvalidInput(
            f"a decision holds {MAX_BYTES // 1024} kB of text at most, this one {size // 1024} kB",
            fix="shorten its context or its descriptions",
        )
    _few("criteria", "criterion", [criterion.name for criterion in decision.criteria])
    _few("options", "option", [option.name for option in decision.options])
    _once("option id", [option.id for option in decision.options])
    return decision


def _size_bytes(decision: DecisionContext) -> int:
    try:
        return sum(len(text.encode()) for text in _texts(decision))
    except UnicodeEncodeError:
        raise InvalidInput(
            "its text, or the name of its organisation, is not valid Unicode",
            fix="write it as UTF-8",
        ) from None


def _texts(decision: DecisionContext) -> Iterator[str]:
    yield from (decision.org, decision.title, decision.question or "", decision.context or "")
    for criterion in decision.criteria:
        yield from (criterion.name, criterion.better or "")
    for option in decision.options:
        yield from (option.name, option.description or "")


def _few(many: str, one: str, names: Sequence[str]) -> None:
    if len(names) > MAX_ITEMS:
        raise InvalidInput(
            f"{len(names)} {many}; a decision has {MAX_ITEMS} at most",
            fix="leave out what does not matter",
        )
    _once(one, [name.casefold() for name in names])


def _once(what: str, names: Sequence[str]) -> None:
    twice = next((name for n, name in enumerate(names) if name in names[:n]), None)
    if twice is not None:
        raise InvalidInput(f'the {what} "{twice}" is there twice', fix="name it once")


def with_option(decision: DecisionContext, option: Option) -> DecisionContext:
    """The decision with one more option.

    Raises:
        Conflict: an option has this name, whether in small letters or capitals.
        InvalidInput: as `checked` does.
    """
    twin = next((o for o in decision.options if o.name.casefold() == option.name.casefold()), None)
    if twin is not None:
        raise Conflict(
            f'{decision.id} has an option "{twin.name}" already',
            fix="give the new one another name",
            details={"decision": decision.id, "option": twin.id},
        )
    return checked(replace(decision, options=(*decision.options, option)))


def named_option(decision: DecisionContext, typed: str) -> Option | None:
    """The option that is meant by its id, its whole name, or an end of its id of at
    least 4 characters that no other has; None: none is."""
    name = typed.strip().casefold()
    for option in decision.options:
        if typed == option.id or option.name.casefold() == name:
            return option
    part = canonical_part(typed.strip())
    ends = [option for option in decision.options if part and option.id.endswith(part)]
    return ends[0] if len(ends) == 1 else None


class Record(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


def differences(one: Record, other: Record) -> tuple[str, ...]:
    """The names of the fields that two records do not have alike; times count by the
    millisecond, which is what exports write."""
    return tuple(
        field.name
        for field in fields(one)
        if _compared(getattr(one, field.name)) != _compared(getattr(other, field.name))
    )


def _compared(value: object) -> object:
    return to_ms(value) if isinstance(value, datetime) else value


def to_ms(at: datetime) -> datetime:
    """A time without what is less than a millisecond."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
