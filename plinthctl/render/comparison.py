"""Two jobs side by side, as a table and as JSON."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from rich.text import Text

from plinthctl.domain.comparing import ABSENT, Compared, Pair, Part
from plinthctl.domain.ids import short
from plinthctl.domain.spans import span
from plinthctl.domain.text import cut, one_line
from plinthctl.render.jsons import line
from plinthctl.render.sheet import NOTHING, Lines, columns, words

NARROW: Final = 20  # cells of a value, however narrow the terminal
WIDE: Final = 60  # where nobody says how wide it is
NAME: Final = 36
_BEFORE: Final = 10  # characters that two texts share, shown before the first that differs
_GAPS: Final = 8  # cells between the columns, and the mark
_TITLES: Final = {
    Part.JOB: "job",
    Part.INPUT: "input",
    Part.STEP: "steps",
    Part.OUTPUT: "step outputs",
    Part.MADE: "results",
}


def comparison_table(
    one: Compared, other: Compared, pairs: Iterable[Pair], width: int | None, *, whole: bool
) -> Lines:
    """A line a thing, marked where it differs. Unless all is asked for, what is the same is
    left out of outputs, which are long, and what neither has is left out."""
    rows = list(_rows(pairs, _room(width), whole=whole))
    header = ("", "", short(one.detail.job.id), short(other.detail.job.id))
    return columns(header, rows, width)


def _room(width: int | None) -> int:
    return WIDE if width is None else max(NARROW, (width - NAME - _GAPS) // 2)


def _rows(pairs: Iterable[Pair], room: int, *, whole: bool) -> Iterator[list[Text]]:
    part = None
    for pair in pairs:
        if pair.same and not whole and (pair.part is Part.OUTPUT or pair.one is None):
            continue
        if pair.part is not part:
            part = pair.part
            yield [words(""), words((_TITLES[part], "bold")), words(""), words("")]
        yield _row(pair, room)


def _row(pair: Pair, room: int) -> list[Text]:
    differs = not pair.same and not pair.measured
    style = "yellow" if differs else ""
    one, other = _values(pair, room)
    return [
        words(("≠", "bold yellow") if differs else ""),
        words(cut(f"  {one_line(pair.name)}", NAME)),
        words((one, style)),
        words((other, style)),
    ]


def _values(pair: Pair, room: int) -> tuple[str, str]:
    one, other = _told(pair, pair.one), _told(pair, pair.other)
    if pair.same or max(len(one), len(other)) <= room:
        return cut(one, room), cut(other, room)
    shared = next((n for n, two in enumerate(zip(one, other, strict=False)) if two[0] != two[1]), 0)
    return _from(one, shared - _BEFORE, room), _from(other, shared - _BEFORE, room)


def _from(text: str, start: int, room: int) -> str:
    """A text from where two of them begin to differ."""
    return cut(f"…{text[start:]}" if start > 0 else text, room)


def _told(pair: Pair, value: Any) -> str:
    if value is ABSENT or value is None:
        return NOTHING
    if pair.measured and pair.name.endswith("_s"):
        return span(value)
    if pair.measured and pair.name.endswith("_usd"):
        return f"${value:,.4f}"
    return one_line(value) if isinstance(value, str) else line(value)


def comparison_object(one: Compared, other: Compared, pairs: Iterable[Pair]) -> dict[str, Any]:
    """Both whole, and the names of what differs; what one of them lacks is left out of it."""
    every = list(pairs)
    return {
        "a": _job_object(one, every, other=False),
        "b": _job_object(other, every, other=True),
        "differs": [
            {"part": pair.part.value, "name": pair.name, **_sides(pair)}
            for pair in every
            if not pair.same and not pair.measured
        ],
    }


def _job_object(compared: Compared, pairs: Iterable[Pair], *, other: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"id": compared.detail.job.id, **{part.value: {} for part in Part}}
    for pair in pairs:
        value = pair.other if other else pair.one
        if value is not ABSENT:
            found[pair.part.value][pair.name] = value
    return found


def _sides(pair: Pair) -> dict[str, Any]:
    sides = {"a": pair.one, "b": pair.other}
    return {side: value for side, value in sides.items() if value is not ABSENT}
