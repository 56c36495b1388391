"""Whom a delivery to a real Valkey wakes: one that waits for it, and nobody else."""

import asyncio
from functools import partial
from typing import Any

import pytest
from redis import Redis

from plinthctl.broker import codec
from tests.broker.desks import Desk, carrying
from tests.broker.ringing import (
    BEFORE_NOON_MS,
    NAMES,
    OTHER,
    TYPE,
    idle,
    news,
    rings,
)
from tests.stores import an_id
from tests.valkeys import Valkey

pytestmark = pytest.mark.usefixtures("looks_only_when_told")


def test_one_submit_wakes_one_idle_worker_and_no_other(valkey: Valkey, server: Redis) -> None:
    async def play() -> None:
        desks = [Desk() for _ in range(4)]
        async with carrying(valkey.url, *desks):
            assert idle(server) == {desk.worker_id for desk in desks}
            woken: Any = server.pubsub()
            await asyncio.to_thread(woken.psubscribe, NAMES.wake("*"))
            woken.get_message(timeout=5)
            one = news()
            await asyncio.to_thread(rings(valkey.url), [one])
            first = await _who_got_it(desks)
            assert first.taken == [one.job_id]
            assert sum(len(desk.taken) for desk in desks) == 1
            told = [woken.get_message(timeout=0.05) for _ in range(3)]
            assert [t["channel"].decode() for t in told if t] == [NAMES.wake(first.worker_id)]
            woken.close()

    asyncio.run(play())


async def _who_got_it(desks: list[Desk]) -> Desk:
    done, waiting = await asyncio.wait(
        [asyncio.create_task(_has_taken(desk)) for desk in desks],
        return_when=asyncio.FIRST_COMPLETED,
    )
    for task in waiting:
        task.cancel()
    return done.pop().result()


def _more_than(desk: Desk, number: int) -> bool:
    return len(desk.taken) > number


async def _has_taken(desk: Desk) -> Desk:
    await desk.sees(lambda: desk.taken)
    return desk


def test_each_submit_wakes_another_worker_as_long_as_one_is_idle(valkey: Valkey) -> None:
    async def play() -> None:
        desks = [Desk(room=1) for _ in range(4)]
        async with carrying(valkey.url, *desks):
            for _ in desks:
                await asyncio.to_thread(rings(valkey.url), [news()])
            for desk in desks:
                await _has_taken(desk)
            assert [len(desk.taken) for desk in desks] == [1] * 4

    asyncio.run(play())


def test_a_dead_workers_place_is_skipped(valkey: Valkey, server: Redis) -> None:
    async def play() -> None:
        desk = Desk(20)
        async with carrying(valkey.url, desk):
            server.sadd(NAMES.idle(TYPE), *(dead := [an_id() for _ in range(50)]))
            for n in range(10):
                await asyncio.to_thread(rings(valkey.url), [news()])
                await desk.sees(partial(_more_than, desk, n))
                await desk.looks_again()
            assert idle(server) < {desk.worker_id, *dead}  # those that were tried are gone

    asyncio.run(play())


def test_a_worker_of_other_types_is_not_woken(valkey: Valkey, server: Redis) -> None:
    async def play() -> None:
        desk, other = Desk(), Desk(10, OTHER)
        async with carrying(valkey.url, desk, other):
            assert (idle(server), idle(server, OTHER)) == ({desk.worker_id}, {other.worker_id})
            asks_of_other = other.looked_at
            await asyncio.to_thread(rings(valkey.url), [news()])
            await desk.sees(lambda: desk.taken)
            assert idle(server, OTHER) == {other.worker_id}
            await other.looks_again()
            assert (other.taken, other.looked_at) == ([], asks_of_other + 1)

    asyncio.run(play())


def test_a_worker_that_is_woken_without_room_wakes_another(valkey: Valkey, server: Redis) -> None:
    async def play() -> None:
        full, free = Desk(), Desk()
        async with carrying(valkey.url, full, free):
            full.free = 0  # filled by what it found in the store, and nobody knows yet
            server.srem(NAMES.idle(TYPE), free.worker_id)
            rings(valkey.url)([one := news()])  # wakes the full one, which has no turn to hear it
            server.sadd(NAMES.idle(TYPE), free.worker_id)
            await free.sees(lambda: free.taken)
            assert (full.taken, free.taken) == ([], [one.job_id])

    asyncio.run(play())


@pytest.mark.parametrize("ours", [True, False], ids=["taken by others before", "garbage"])
def test_a_look_that_brought_nothing_to_keep_is_repeated_at_once(
    valkey: Valkey, server: Redis, ours: bool
) -> None:
    """Ten deliveries of garbage or of taken jobs do not hide the eleventh."""

    async def play() -> None:
        desk = Desk(5, keeps=False)
        async with carrying(valkey.url, desk):
            before = desk.looked_at
            for n in range(10):
                job_id = an_id()
                payload = codec.payload(job_id, 0) if ours else b"garbage"
                server.set(f"arq:job:{job_id}", payload)
                server.zadd(NAMES.queue(TYPE), {job_id: BEFORE_NOON_MS + n})
            await asyncio.to_thread(rings(valkey.url), [one := news()])
            await desk.sees(lambda: one.job_id in desk.taken)
            assert desk.looked_at - before <= 4

    asyncio.run(play())
