"""What somebody else has put into the queue is dropped, and takes nobody with it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis

from plinthctl.broker import codec
from tests.broker.desks import Desk, carrying
from tests.broker.ringing import (
    BEFORE_NOON_MS,
    NAMES,
    TYPE,
    lives_ms,
    news,
    rings,
)
from tests.stores import an_id
from tests.valkeys import Valkey

pytestmark = pytest.mark.usefixtures("looks_only_when_told")


HUGE = b"\x80" * 10_000_000


def as_value(value: bytes) -> Callable[[Redis, str], None]:
    return lambda server, job_id: server.set(f"arq:job:{job_id}", value)  # type: ignore[return-value]


def as_list(server: Redis, job_id: str) -> None:
    server.rpush(f"arq:job:{job_id}", "a", "b")


def absent(_: Redis, __: str) -> None: ...


@pytest.mark.parametrize(
    "put",
    [
        pytest.param(as_value(b""), id="empty"),
        pytest.param(as_value(b"garbage"), id="garbage"),
        pytest.param(as_value(HUGE), id="10 MB"),
        pytest.param(as_value(codec.payload(an_id(), 0)), id="another job's delivery"),
        pytest.param(as_list, id="a list"),
        pytest.param(absent, id="nothing at all"),
    ],
)
def test_what_is_none_of_ours_is_dropped_and_takes_nobody_with_it(
    valkey: Valkey, server: Redis, put: Callable[[Redis, str], None]
) -> None:
    hostile = an_id()
    server.zadd(NAMES.queue(TYPE), {hostile: BEFORE_NOON_MS})
    put(server, hostile)
    rings(valkey.url)(told := [news(), news()])
    sent = _bytes_sent(server)

    async def play() -> None:
        desk = Desk()
        async with carrying(valkey.url, desk):
            await desk.sees(lambda: len(desk.taken) == 2)
            assert sorted(desk.taken) == sorted(one.job_id for one in told)
            assert lives_ms(server).keys() == {NAMES.idle(TYPE)}

    asyncio.run(play())
    assert _bytes_sent(server) - sent < 100_000


def _bytes_sent(server: Redis) -> int:
    stats: Any = server.info("stats")
    return int(stats["total_net_output_bytes"])


@pytest.mark.parametrize("name", [b"garbage", b"", b"\xff\xfe", b"[/b]\x1b[2J", b"x" * 1_000_000])
def test_a_name_that_is_no_id_is_dropped(valkey: Valkey, server: Redis, name: bytes) -> None:
    server.zadd(NAMES.queue(TYPE), {name: BEFORE_NOON_MS})
    server.set(b"arq:job:" + name, codec.payload(an_id(), 0))
    rings(valkey.url)([one := news()])

    async def play() -> None:
        desk = Desk()
        async with carrying(valkey.url, desk):
            assert desk.taken == [one.job_id]

    asyncio.run(play())
