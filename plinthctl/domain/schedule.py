"""When a job may start that is not to start at once."""

from datetime import datetime, timedelta
from typing import Final

from plinthctl.errors import UsageError

# A scheduled job counts under the limits all the while; further ahead is more
# likely a slip in the year than a plan.
FARTHEST: Final = timedelta(days=30)


def start_in(delay: timedelta, now: datetime) -> datetime:
    """The moment that lies ``delay`` ahead.

    Raises:
        UsageError: that is more than 30 days.
    """
    if delay > FARTHEST:
        raise _too_far(f"a start in {delay / timedelta(days=1):,.0f} days")
    return now + delay


def start_at(wanted: datetime, now: datetime) -> datetime:
    """The moment from which a job may be claimed, as somebody wants it.

    The words of an error are in the time zone of ``wanted``.

    Raises:
        UsageError: it has passed, or is more than 30 days ahead.
    """
    if wanted < now:
        raise UsageError(
            f"{_said(wanted)} has passed; it is {_said(now.astimezone(wanted.tzinfo))}",
            fix="name a later time, such as --in 10m, or none to start at once",
        )
    if wanted - now > FARTHEST:
        raise _too_far(_said(wanted))
    return wanted


def _too_far(what: str) -> UsageError:
    return UsageError(
        f"{what} is more than {FARTHEST.days} days ahead",
        why="a job counts under the limits until it has ended",
        fix="name an earlier time, or let cron submit it then",
    )


def _said(at: datetime) -> str:
    return at.isoformat(sep=" ", timespec="seconds")
