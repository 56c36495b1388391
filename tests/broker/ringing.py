"""What the tests of the bell ring with: news, names and a bell at an address."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from redis import Redis

from plinthctl.broker.address import parse
from plinthctl.broker.bell import Bell
from plinthctl.broker.names import Names
from plinthctl.domain.job import SUBMITTED
from plinthctl.domain.news import News
from tests.stores import an_id

STORE: Final = "0123456789abcdef"
NAMES: Final = Names(STORE)
TYPE: Final = "competitor_analysis"
OTHER: Final = "market_research"
NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)

BEFORE_NOON_MS: Final = int(NOON.timestamp() * 1000) - 1000


def news(kind: str = SUBMITTED, **values: Any) -> News:
    """News of a new job that is due, unless told otherwise."""
    usual = {"job_id": an_id(), "type": TYPE, "seq": 1, "worker_id": None}
    return News(**{**usual, "kind": kind, "due_at": NOON, "at": NOON, **values})


def waiting_for(seconds: float) -> datetime:
    """When a job became due that has waited for so long at noon."""
    return NOON - timedelta(seconds=seconds)


def bell_at(url: str, store: str = STORE) -> Bell:
    return Bell(lambda: parse(url), lambda: store)


def rings(url: str) -> Callable[[Sequence[News]], None]:
    return bell_at(url).ring


def until(condition: Callable[[], Any], what: str = "it comes") -> None:
    """Wait for it, and fail if it does not come."""
    give_up_at = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < give_up_at, f"not within 20 s: {what}"
        time.sleep(0.002)


def queued(server: Redis, job_type: str = TYPE, names: Names = NAMES) -> list[str]:
    """The ids in a type's queue, the oldest first."""
    ids: Any = server.zrange(names.queue(job_type), 0, -1)
    return [one.decode() for one in ids]


def idle(server: Redis, job_type: str = TYPE, names: Names = NAMES) -> set[str]:
    """The workers that wait for a job of the type."""
    waiting: Any = server.smembers(names.idle(job_type))
    return {one.decode() for one in waiting}


def lives_ms(server: Redis) -> Mapping[str, int]:
    """Every key there is, with the milliseconds that it has to live; -1: for ever."""
    keys: Any = server.keys("*")
    return {key.decode(): server.pttl(key) for key in keys}  # type: ignore[misc]
