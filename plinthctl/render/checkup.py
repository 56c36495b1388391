"""What a look at an installation found: a line a check, with the command that helps."""

from collections.abc import Sequence
from typing import Any, Final

from rich.text import Text

from plinthctl.domain.checkup import Check, Level
from plinthctl.render.sheet import Lines, hang, padded, words

_MARKS: Final = {
    Level.OK: ("✓", "green"),
    Level.WARNING: ("▲", "yellow"),
    Level.FAILED: ("✗", "red"),
    Level.UNKNOWN: ("–", "dim"),
}
_NAME: Final = 11


def check_lines(check: Check, width: int | None) -> Lines:
    """The check, and its fix on a line of its own, whole, so that it can be copied;
    in a pipe all of it on one line, with its level as a word."""
    glyph, colour = _MARKS[check.level]
    fix = words((check.fix, "bold")) if check.fix else Text()
    if width is None:
        told = words(padded(check.name, _NAME), padded(check.level.value, 9), check.said)
        return [told + Text("  -> ") + fix if check.fix else told]
    head = words((f"{glyph} ", colour), padded(check.name, _NAME))
    lines = hang(head, words(check.said), width)
    indent = Text(" " * head.cell_len)
    return [*lines, indent + Text("-> ", "dim") + fix] if check.fix else lines


def sum_line(checks: Sequence[Check]) -> Text:
    """How many are not as they should be."""
    failed, warned = _count(checks, Level.FAILED), _count(checks, Level.WARNING)
    if not failed and not warned:
        return words(("all is well", "green"))
    warnings = f"{warned} warning" if warned == 1 else f"{warned} warnings"
    return words(f"{failed} failed, {warnings}")


def checks_object(checks: Sequence[Check]) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "checks": [
            {"name": c.name, "level": c.level.value, "said": c.said, "fix": c.fix} for c in checks
        ],
        "failed": _count(checks, Level.FAILED),
        "warnings": _count(checks, Level.WARNING),
    }


def _count(checks: Sequence[Check], level: Level) -> int:
    return sum(check.level is level for check in checks)
