"""Times, ages and durations, as people read them and as scripts do."""

from datetime import UTC, datetime
from enum import StrEnum


class TimeStyle(StrEnum):
    """How a point in time is written; ages are only for people."""

    RELATIVE = "relative"
    LOCAL = "local"
    UTC = "utc"


def zulu(at: datetime | None) -> str | None:
    """RFC 3339 in UTC with milliseconds and ``Z``; None stays None."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def span(seconds: float) -> str:
    """A duration in at most two units: ``0.4s 34s 2m01s 14m 3h12m 2d4h``."""
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f}s".replace(".0s", "s")
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 10:
        return f"{minutes}m{rest:02}s" if rest else f"{minutes}m"
    if minutes < 60:
        return f"{minutes}m"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}h{minutes:02}m"
    days, hours = divmod(hours, 24)
    return f"{days}d{hours}h"


def age(seconds: float) -> str:
    """How long ago, in whole seconds and up: nobody counts tenths of an age."""
    return span(float(max(0, int(seconds))))


def usual(usual_s: tuple[float, float]) -> str:
    """``30-90s``."""
    return f"{usual_s[0]:g}-{usual_s[1]:g}s"


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
