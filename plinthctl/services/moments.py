"""Durations and points in time as operators type them, on a line or into a screen."""

from datetime import datetime, timedelta

from plinthctl.errors import UsageError


def duration(typed: str, what: str) -> timedelta:
    """``30s``, ``5m``, ``1h30m``, ``7d``; above zero.

    Raises:
        UsageError: it is none of these. ``what`` names the option.
    """
    span = _span(typed)
    if span is None or span <= timedelta(0):
        raise UsageError(f'{what}: "{typed}" is not a duration', fix="such as 30s, 5m, 1h30m or 7d")
    return span


def _span(typed: str) -> timedelta | None:
    import durationpy

    try:
        found = durationpy.from_str(typed)
    except (durationpy.DurationError, OverflowError, ValueError):
        return None
    return found if isinstance(found, timedelta) else None


def moment(typed: str, what: str, now: datetime) -> datetime:
    """A time (ISO 8601; without a zone it is local), or so long before ``now``.

    Raises:
        UsageError: it is neither.
    """
    try:
        return datetime.fromisoformat(typed).astimezone()
    except (ValueError, OverflowError):
        pass
    try:
        return now - duration(typed, what)
    except (UsageError, OverflowError):
        raise UsageError(
            f'{what}: "{typed}" is neither a time nor a duration',
            fix="such as 1h, 7d, 2026-11-24 or 2026-11-24T09:00Z",
        ) from None
