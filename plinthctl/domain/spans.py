"""Durations in words."""


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
