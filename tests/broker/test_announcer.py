"""A worker tells what it has committed, to those who listen."""

import asyncio
from typing import Any

from redis import Redis

from plinthctl.broker import links
from plinthctl.broker.address import parse
from plinthctl.broker.announcer import Announcer
from tests.broker.ringing import (
    NAMES,
    bell_at,
    news,
    queued,
)
from tests.valkeys import Valkey


def test_a_worker_tells_what_it_has_committed_as_it_comes(valkey: Valkey) -> None:
    async def play() -> None:
        announcer = Announcer()
        one, other = (news("completed", seq=seq) for seq in (5, 9))
        ear: Any = await asyncio.to_thread(bell_at(valkey.url).ear, [one.job_id, other.job_id])
        async with links.pool(parse(valkey.url)) as link:
            saying = asyncio.create_task(announcer.say_all(link, NAMES))
            await asyncio.to_thread(announcer.hear, [one])
            assert await asyncio.to_thread(ear.wait, 10.0) == {one.job_id}
            await asyncio.to_thread(announcer.hear, [other])
            assert await asyncio.to_thread(ear.wait, 10.0) == {other.job_id}
            await asyncio.wait_for(announcer.said.wait(), 10.0)
            saying.cancel()
        ear.close()

    asyncio.run(play())


def test_what_was_told_while_nobody_listened_is_not_told_later(
    valkey: Valkey, server: Redis
) -> None:
    """It is found in the store; telling it late would only wake people for nothing."""

    async def play() -> None:
        announcer = Announcer()
        announcer.hear([news()])
        await asyncio.sleep(0)
        async with links.pool(parse(valkey.url)) as link:
            saying = asyncio.create_task(announcer.say_all(link, NAMES))
            await asyncio.sleep(0)
            announcer.hear([late := news()])
            await asyncio.wait_for(_said(announcer, server, late.job_id), 10.0)
            saying.cancel()
        assert queued(server) == [late.job_id]

    asyncio.run(play())


async def _said(announcer: Announcer, server: Redis, job_id: str) -> None:
    while job_id not in queued(server):
        await announcer.said.wait()
        await asyncio.sleep(0.001)
