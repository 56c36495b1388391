"""How full the limits are, a line each."""

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from plinthctl.domain.occupancy import Occupancy
from plinthctl.render.sheet import Lines, columns, words


def table(found: Sequence[Occupancy], width: int | None) -> Lines:
    """Scope, id, active and limit; the last column marks the full ones."""
    rows = [
        [
            words(one.scope.value),
            words(one.identifier),
            words(str(one.active)),
            words(str(one.limit)),
            _used(one),
        ]
        for one in found
    ]
    return columns(("SCOPE", "ID", "ACTIVE", "LIMIT", "USED"), rows, width)


def _used(one: Occupancy) -> Text:
    used = f"{one.active}/{one.limit}"
    return words((f"{used} full", "bold red")) if one.full else words(used)


def place_object(one: Occupancy) -> dict[str, Any]:
    """One organisation, user or decision."""
    return {
        "scope": one.scope.value,
        "id": one.identifier,
        "active": one.active,
        "limit": one.limit,
        "full": one.full,
    }
