"""What is taken of deliveries on a real Valkey, by whom, and what is left there."""

import asyncio
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import OutOfMemoryError

from plinthctl.broker import codec
from plinthctl.domain.news import CANCEL_REQUESTED
from tests.broker.desks import Desk, carrying
from tests.broker.ringing import (
    NAMES,
    OTHER,
    TYPE,
    bell_at,
    idle,
    lives_ms,
    news,
    queued,
    rings,
    waiting_for,
)
from tests.chaos.outages import FULL
from tests.valkeys import Valkey

pytestmark = pytest.mark.usefixtures("looks_only_when_told")


def test_the_oldest_are_taken_first_whatever_their_type(valkey: Valkey, server: Redis) -> None:
    ages_s = {TYPE: (1, 5, 9), OTHER: (2, 4, 8)}
    told = [
        news(type=job_type, due_at=waiting_for(age))
        for job_type, ages in ages_s.items()
        for age in ages
    ]
    for one in told:
        rings(valkey.url)([one])
    oldest = [one.job_id for one in sorted(told, key=lambda one: one.due_at)]

    async def play() -> None:
        desk = Desk(4, TYPE, OTHER)
        async with carrying(valkey.url, desk):
            assert desk.taken == oldest[:4]
            assert idle(server) == idle(server, OTHER) == set()
            desk.free = 10
            await desk.looks_again()
            assert desk.taken == oldest
            assert idle(server) == idle(server, OTHER) == {desk.worker_id}

    asyncio.run(play())


@pytest.mark.parametrize(
    ("room", "waits"),
    [
        pytest.param(4, True, id="more room than jobs"),
        pytest.param(3, False, id="as much room as jobs"),
        pytest.param(2, False, id="less room than jobs"),
        pytest.param(0, False, id="no room"),
    ],
)
def test_a_worker_leaves_word_only_while_it_has_room(
    valkey: Valkey, server: Redis, room: int, waits: bool
) -> None:
    rings(valkey.url)(told := [news() for _ in range(3)])

    async def play() -> None:
        desk = Desk(room)
        async with carrying(valkey.url, desk):
            assert desk.taken == sorted(one.job_id for one in told)[:room]
            assert (idle(server) == {desk.worker_id}) is waits

    asyncio.run(play())


@pytest.mark.parametrize(
    "room", [pytest.param(1, id="who has room"), pytest.param(0, id="who has none")]
)
def test_a_server_that_is_full_is_noticed(valkey: Valkey, room: int) -> None:
    async def play() -> None:
        desk = Desk(room)
        async with carrying(valkey.url, desk):
            FULL.strike(valkey)
            with pytest.raises(OutOfMemoryError):
                await desk.looks_again()

    asyncio.run(play())


def test_a_worker_that_stops_takes_no_more_and_is_not_waited_for(
    valkey: Valkey, server: Redis
) -> None:
    async def play() -> None:
        desk = Desk()
        async with carrying(valkey.url, desk):
            pass
        rings(valkey.url)([one := news()])
        assert (desk.taken, queued(server)) == ([], [one.job_id])
        assert idle(server) == set()  # it was tried, and nobody received it

    asyncio.run(play())


def test_somebody_is_told_to_look_at_its_own_jobs(valkey: Valkey) -> None:
    async def play() -> None:
        desk, other = Desk(), Desk()
        async with carrying(valkey.url, desk, other):
            asked = news(CANCEL_REQUESTED, worker_id=desk.worker_id, seq=4)
            await asyncio.to_thread(rings(valkey.url), [asked, asked])
            await desk.sees(lambda: desk.looks)
            await desk.looks_again()
            await other.looks_again()
            assert (desk.looks, other.looks) == (1, 0)
            assert desk.taken == other.taken == []

    asyncio.run(play())


def test_deliveries_to_nobody_wait_and_nothing_of_ours_stays_for_ever(
    valkey: Valkey, server: Redis
) -> None:
    told = [news(type=job_type) for job_type in (TYPE, OTHER) for _ in range(3)]
    rings(valkey.url)(told)
    assert {*queued(server), *queued(server, OTHER)} == {one.job_id for one in told}
    lives = lives_ms(server)
    assert lives.keys() == {
        NAMES.queue(TYPE),
        NAMES.queue(OTHER),
        *(f"arq:job:{one.job_id}" for one in told),
    }
    assert [key for key, ms in lives.items() if not 0 < ms <= codec.KEPT_FOR_MS] == []


def test_deliveries_that_nobody_took_for_an_hour_are_forgotten(
    valkey: Valkey, server: Redis
) -> None:
    old, younger = (news(due_at=waiting_for(60.0 * minutes)) for minutes in (61, 59))
    rings(valkey.url)([old])
    rings(valkey.url)([younger])
    rings(valkey.url)([new := news()])
    assert queued(server) == [younger.job_id, new.job_id]


def test_idle_workers_are_forgotten_and_what_was_taken_is_gone(
    valkey: Valkey, server: Redis
) -> None:
    async def play() -> None:
        desk = Desk(10, TYPE, OTHER)
        async with carrying(valkey.url, desk):
            await asyncio.to_thread(rings(valkey.url), [news() for _ in range(4)])
            await desk.sees(lambda: len(desk.taken) == 4)
            await desk.looks_again()
            lives = lives_ms(server)
            assert lives.keys() == {NAMES.idle(TYPE), NAMES.idle(OTHER)}
            assert [key for key, ms in lives.items() if not 0 < ms <= 60_000] == []

    asyncio.run(play())


def test_a_store_hears_nothing_of_another(valkey: Valkey, server: Redis) -> None:
    async def play() -> None:
        desk = Desk()
        async with carrying(valkey.url, desk):
            await asyncio.to_thread(bell_at(valkey.url, "another").ring, [news()])
            await desk.looks_again()
            assert desk.taken == []
            assert idle(server) == {desk.worker_id}

    asyncio.run(play())


def test_a_hundred_jobs_are_delivered_in_one_call(valkey: Valkey, server: Redis) -> None:
    def calls() -> dict[str, int]:
        stats: Any = server.info("commandstats")
        return {name: stats[f"cmdstat_{name}"]["calls"] for name in ("eval", "publish")}

    async def play() -> None:
        desks = [Desk(room=30) for _ in range(3)]
        async with carrying(valkey.url, *desks):
            rings(valkey.url)([news()])
            before = calls()
            told = [news() for _ in range(100)]
            await asyncio.to_thread(rings(valkey.url), told)
            assert calls()["eval"] == before["eval"] + 1
            for desk in desks:
                await desk.is_full()
            taken = [job_id for desk in desks for job_id in desk.taken]
            assert len(taken) == len(set(taken))

    asyncio.run(play())


def test_nothing_is_said_of_no_news(valkey: Valkey, server: Redis) -> None:
    before: Any = server.info("stats")
    rings(valkey.url)([])
    after: Any = server.info("stats")
    assert after["total_connections_received"] == before["total_connections_received"]
