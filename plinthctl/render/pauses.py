"""What is held back, by whom and why."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.text import Text

from plinthctl.domain.pauses import ALL, Pause
from plinthctl.domain.spans import age, zulu
from plinthctl.render.sheet import Lines, words


def scope_name(scope: str) -> str:
    """A job type's name, or ``all intake``."""
    return "all intake" if scope == ALL else scope


def scope_line(scope: str, became: str) -> Text:
    """What has become of a scope."""
    return words(("✓ ", "green"), (scope_name(scope), "bold"), f" {became}")


def scope_object(scope: str, standing: Sequence[Pause], *, changed: bool) -> dict[str, Any]:
    """A scope as it is now; ``scope`` is null for all intake."""
    held = next((pause for pause in standing if pause.scope == scope), None)
    return {
        "scope": None if scope == ALL else scope,
        "changed": changed,
        **pause_object(held),
    }


def named_pause(pause: Pause) -> dict[str, Any]:
    """A pause, and of what; ``scope`` is null for all intake."""
    return {"scope": None if pause.scope == ALL else pause.scope, **pause_object(pause)}


def pause_object(pause: Pause | None) -> dict[str, Any]:
    """Whether something is held back, since when, by whom and why."""
    return {
        "paused": pause is not None,
        "paused_at": zulu(pause.paused_at) if pause else None,
        "paused_by": pause.operator if pause else None,
        "reason": pause.reason if pause else None,
    }


def standing_lines(pauses: Sequence[Pause], now: datetime) -> Lines:
    """What is held back, and how to let it go."""
    return [
        words((f"paused: {pause_words(pause, now)}", "yellow"), f"; {resume_command(pause)}")
        for pause in pauses
    ]


def pause_words(pause: Pause, now: datetime) -> str:
    """``all intake, for 5m by ana (moving the database)``."""
    since = age((now - pause.paused_at).total_seconds())
    why = f" ({pause.reason})" if pause.reason else ""
    return f"{scope_name(pause.scope)}, for {since} by {pause.operator}{why}"


def resume_command(pause: Pause) -> str:
    """What lets go of what is held back."""
    return f"plinthctl resume {'--all' if pause.scope == ALL else pause.scope}"


def waits_words(pauses: Sequence[Pause], now: datetime) -> tuple[str, str]:
    """That a job waits for what is held back, and what lets it go."""
    held = ", and ".join(pause_words(pause, now) for pause in pauses)
    ways = " && ".join(resume_command(pause) for pause in pauses)
    return f"paused: {held}; the job waits, and does not expire meanwhile", ways
