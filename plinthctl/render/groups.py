"""Failure groups: a line each, and as JSON."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from plinthctl.domain.groups import Group
from plinthctl.domain.spans import zulu
from plinthctl.render.sheet import NOTHING, Lines, columns, words
from plinthctl.render.times import TimeStyle, stamp


def group_table(
    found: Sequence[Group], now: datetime, style: TimeStyle, width: int | None
) -> Lines:
    """A line a group; the message comes last, since it is what may be cut."""
    header = ("GROUP", "JOBS", "TRYING", "ORGS", "FIRST", "LAST", "ERROR", "AT", "MESSAGE")
    rows = [
        [
            words(one.id),
            words(str(one.failed)),
            words(str(one.trying)),
            words(str(len(one.orgs))),
            words(stamp(one.first_at, now, style)),
            words(stamp(one.last_at, now, style)),
            words(one.cause.code),
            words(" ".join(filter(None, [one.cause.step, one.cause.provider])) or NOTHING),
            words(one.cause.message or NOTHING),
        ]
        for one in found
    ]
    return columns(header, rows, width)


def group_object(one: Group) -> dict[str, Any]:
    """One group; ``jobs`` have failed, ``trying`` may still go well."""
    return {
        "group": one.id,
        "class": one.cause.code,
        "provider": one.cause.provider,
        "step": one.cause.step,
        "message": one.cause.message,
        "jobs": one.failed,
        "trying": one.trying,
        "orgs": list(one.orgs),
        "types": list(one.types),
        "first_at": zulu(one.first_at),
        "last_at": zulu(one.last_at),
        "last_job": one.ids[0],
    }
