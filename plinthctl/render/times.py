"""Times, ages and durations, as people read them and as scripts do."""

from datetime import UTC, datetime
from enum import StrEnum

from plinthctl.domain.spans import age, span, zulu


class TimeStyle(StrEnum):
    """How a point in time is written; ages are only for people."""

    RELATIVE = "relative"
    LOCAL = "local"
    UTC = "utc"


def clock(at: datetime, style: TimeStyle) -> str:
    """A time of day to the second, in UTC with ``Z`` or in the local zone."""
    if style is TimeStyle.LOCAL:
        return at.astimezone().strftime("%H:%M:%S")
    return at.astimezone(UTC).strftime("%H:%M:%SZ")


def stamp(at: datetime, now: datetime, style: TimeStyle) -> str:
    """A point in time in the style that was asked for; relative is an age."""
    if style is TimeStyle.RELATIVE:
        return age((now - at).total_seconds())
    if style is TimeStyle.LOCAL:
        return at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return zulu(at) or ""


def field(at: datetime, now: datetime, style: TimeStyle) -> str:
    """The same as one field of a line, for scripts: without a space in it."""
    if style is TimeStyle.LOCAL:
        return at.astimezone().isoformat(timespec="seconds")
    return stamp(at, now, style)


def dated(at: datetime, style: TimeStyle) -> str:
    """A day and a time of day, in UTC with ``Z`` or in the local zone."""
    there = at.astimezone() if style is TimeStyle.LOCAL else at.astimezone(UTC)
    return f"{there.date()} {clock(at, style)}"


def local_time(at: datetime, now: datetime) -> str:
    """A time to the minute in the local zone, with its day where that is another:
    ``14:30``, ``14:30 tomorrow``, ``14:30 on 2026-11-26``."""
    local, today = at.astimezone(), now.astimezone().date()
    day = {0: "", 1: " tomorrow"}.get((local.date() - today).days, f" on {local.date()}")
    return f"{local:%H:%M}{day}"


def starts(at: datetime, now: datetime) -> str:
    """When something starts: ``at 14:30, in 10m``."""
    return f"at {local_time(at, now)}, in {span((at - now).total_seconds())}"
