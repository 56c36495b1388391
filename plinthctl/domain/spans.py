"""Durations, ages and times in words. Whoever shows one, on a line or on a screen, says it so."""

from datetime import UTC, datetime
from typing import Final

_ENDINGS: Final = {1: "st", 2: "nd", 3: "rd"}


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


def window(seconds: float) -> str:
    """A span that is looked back over: ``1h``, ``15m``, ``1h30m``, ``7d``."""
    return span(seconds).replace("h00m", "h").replace("d0h", "d")


def usual(usual_s: tuple[float, float]) -> str:
    """``30-90s``; below 10 s with tenths."""
    return f"{_figure(usual_s[0])}-{_figure(usual_s[1])}s"


def _figure(seconds: float) -> str:
    return f"{seconds:.0f}" if seconds >= 9.95 else f"{seconds:.1f}".removesuffix(".0")


def zulu(at: datetime | None) -> str | None:
    """RFC 3339 in UTC with milliseconds and ``Z``; None stays None."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ordinal(number: int) -> str:
    """``1st 2nd 3rd 4th … 11th 12th 13th … 21st``."""
    teens = number % 100 in {11, 12, 13}
    return f"{number}{'th' if teens else _ENDINGS.get(number % 10, 'th')}"
