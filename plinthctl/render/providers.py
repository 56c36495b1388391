"""How providers fare: one line each, and one for each circuit that is open."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from rich.text import Text

from plinthctl.domain.circuits import ANY_KEY, PROVIDERS, Circuit, CircuitState, Reason
from plinthctl.domain.spans import age, span, zulu
from plinthctl.render.sheet import NOTHING, Lines, columns, words

_SAID: Final = {
    CircuitState.CLOSED: ("✓ closed", "green"),
    CircuitState.OPEN: ("✗ open", "red"),
    CircuitState.HALF_OPEN: ("↻ half open", "yellow"),
}
_WHY: Final = {
    Reason.AUTH_REFUSED: "it refuses the key",
    Reason.QUOTA_GONE: "its budget is used up",
    Reason.ERROR_RATE: "too many tries fail",
    Reason.BY_HAND: "held back by hand",
}
Line = tuple[str, Circuit | None]  # a provider, and what is open to it


def lines_of(circuits: Sequence[Circuit]) -> tuple[Line, ...]:
    """Each provider with what is open to it, those of old included."""
    names = dict.fromkeys([*PROVIDERS, *(one.provider for one in circuits)])
    return tuple(line for name in names for line in _of(name, circuits))


def _of(name: str, circuits: Iterable[Circuit]) -> Sequence[Line]:
    open_ = [(name, one) for one in circuits if one.provider == name and not one.closed]
    return open_ or [(name, None)]


def table(lines: Sequence[Line], now: datetime, width: int | None) -> Lines:
    """What may be asked, what not and why, who waits, and when somebody asks again."""
    header = ("PROVIDER", "CIRCUIT", "SINCE", "PARKED", "PROBE", "KEY", "WHY")
    return columns(header, [_row(name, one, now, width) for name, one in lines], width)


def _row(name: str, one: Circuit | None, now: datetime, width: int | None) -> list[Text]:
    named = words((name, "bold" if width else ""))
    if one is None:
        closed = words(_SAID[CircuitState.CLOSED])
        return [named, closed, *(words(NOTHING) for _ in range(4)), words("")]
    cells = (
        age((now - one.opened_at).total_seconds()),
        str(one.parked),
        probe_words(one, now),
        "any" if one.key == ANY_KEY else one.key,
        why_words(one),
    )
    return [named, words(_SAID[one.state]), *(words(cell) for cell in cells)]


def probe_words(one: Circuit, now: datetime) -> str:
    """When the provider is asked again."""
    if one.state is CircuitState.HALF_OPEN:
        return "now"
    if one.probe_at is None:
        return "by hand"
    left_s = (one.probe_at - now).total_seconds()
    return f"in {span(left_s)}" if left_s > 0 else "due"


def why_words(one: Circuit) -> str:
    """Why it is open, in what was said, too."""
    by = f" by {one.operator}" if one.operator else ""
    said = f": {one.message}" if one.message else ""
    return f"{_WHY[one.reason]}{by}{said}"


def became_line(provider: str, became: str) -> Text:
    """What has become of a provider."""
    return words(("✓ ", "green"), (provider, "bold"), f" {became}")


def line_object(name: str, one: Circuit | None) -> dict[str, Any]:
    """A provider; ``key`` is the digest of the key that it is about, null for any."""
    return {
        "provider": name,
        "state": (one.state if one else CircuitState.CLOSED).value,
        "reason": one.reason.value if one else None,
        "message": one.message if one else None,
        "key": one.key if one and one.key != ANY_KEY else None,
        "opened_at": zulu(one.opened_at) if one else None,
        "opened_by": one.operator if one else None,
        "probe_at": zulu(one.probe_at) if one and one.probe_at else None,
        "refused": one.refused if one else 0,
        "parked": one.parked if one else 0,
    }
