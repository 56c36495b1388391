"""Deliveries on a real Valkey: whom they wake, what is taken, and what is left there."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from redis import Redis

from plinthctl.broker import carrier, codec, links
from plinthctl.broker.address import parse
from plinthctl.broker.announcer import Announcer
from plinthctl.domain.news import CANCEL_REQUESTED
from tests.broker.desks import Desk, carrying
from tests.broker.ringing import (
    NAMES,
    NOON,
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
from tests.stores import an_id
from tests.valkeys import Valkey

BEFORE_NOON_MS = int(NOON.timestamp() * 1000) - 1000


@pytest.fixture
def server(valkey: Valkey) -> Any:
    with valkey.client() as client:
        yield client


@pytest.fixture(autouse=True)
def _looks_only_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found here was told: the look each second would find it, too."""
    monkeypatch.setattr(carrier, "IDLE_S", 60.0)


async def all_looked(*desks: Desk) -> None:
    for desk in desks:
        await desk.looks_again()


# -- waking ------------------------------------------------------------------------------


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
            # Whoever listens to all counts as woken, so that at most one more is tried.
            assert [t["channel"].decode() for t in told if t] == [NAMES.wake(first.worker_id)]

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


def _is_full(desk: Desk) -> bool:
    return desk.free <= 0


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


# -- taking ------------------------------------------------------------------------------


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
            await all_looked(desk, other)
            assert (desk.looks, other.looks) == (1, 0)
            assert desk.taken == other.taken == []

    asyncio.run(play())


# -- what is left on the server ------------------------------------------------------------


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
                await desk.sees(partial(_is_full, desk))
            taken = [job_id for desk in desks for job_id in desk.taken]
            assert len(taken) == len(set(taken))

    asyncio.run(play())


def test_nothing_is_said_of_no_news(valkey: Valkey, server: Redis) -> None:
    before: Any = server.info("stats")
    rings(valkey.url)([])
    after: Any = server.info("stats")
    assert after["total_connections_received"] == before["total_connections_received"]


# -- hostile deliveries --------------------------------------------------------------------

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


# -- telling -------------------------------------------------------------------------------


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
