"""How long a provider asks us to stay away, in every form that one uses."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

_NUMBER: Final = re.compile(r"\d{1,12}(?:\.\d{1,9})?")
_IN_TEXT: Final = re.compile(r"retry after (\d{1,9}(?:\.\d{1,9})?) ?s", re.IGNORECASE)


def retry_after_s(headers: Mapping[str, str], body: Any, now: datetime) -> float | None:
    """Seconds to wait; None: nothing that could be read, or a time gone by.

    ``headers`` have lower-case names (or ignore case), ``body`` is the decoded
    JSON or None, ``now`` is aware and used where there is no ``Date`` header.

    Source: contracts/error-classification.md section 3, which gives the order.
    """
    header = headers.get("retry-after")
    waits: tuple[Callable[[], float | None], ...] = (
        lambda: _thousandth(_seconds(headers.get("retry-after-ms"))),
        lambda: _seconds(header),
        # Against the server's own clock, where it shows it: ours may be wrong.
        lambda: _until(header, _date(headers.get("date")) or now),
        lambda: _in_body(body),
    )
    return next((wait for read in waits if (wait := read()) is not None), None)


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value).strip()
    return float(text) if _NUMBER.fullmatch(text) else None


def _thousandth(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _date(text: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _until(text: str | None, now: datetime) -> float | None:
    date = _date(text)
    wait_s = (date - now).total_seconds() if date else -1.0
    return wait_s if wait_s >= 0 else None


def _in_body(body: Any) -> float | None:
    if not isinstance(body, Mapping):
        return None
    details = body.get("details")
    inner = details.get("retryAfterSeconds") if isinstance(details, Mapping) else None
    named = (_seconds(inner), _seconds(body.get("retry_after_seconds")))
    return next((wait for wait in named if wait is not None), _in_text(body.get("error")))


def _in_text(text: Any) -> float | None:
    found = _IN_TEXT.search(text) if isinstance(text, str) else None
    return float(found[1]) if found else None
