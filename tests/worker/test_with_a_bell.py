"""A worker with a real Valkey: hostile deliveries, locks that are changed, and what it says."""

import asyncio
import json
import logging
import pickle
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from redis import Redis

from plinthctl.broker import carrier, codec
from plinthctl.broker.address import parse
from plinthctl.broker.names import Names
from plinthctl.domain import floor
from plinthctl.domain.expiry import Expiry
from plinthctl.domain.job import JobStatus
from plinthctl.domain.liveness import WorkerMode
from plinthctl.domain.views import JobDetail
from plinthctl.services.sweep import Sweeper, SweepReport
from plinthctl.store import Store
from tests.broker.ringing import TYPE, bell_at, news
from tests.broker.test_codec import Bomb
from tests.e2e.program import PATIENCE_S
from tests.stores import an_id
from tests.valkeys import Valkey
from tests.worker.office import Desk, at_work, of_kind, submitted
from worker.simulator.process import SimulatorProcess

CANARY: Final = "c4n4ry"
HUGE: Final = 10_000_000
on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def server(valkey: Valkey) -> Iterator[Redis]:
    with valkey.client() as client:
        yield client


def _completed_once(detail: JobDetail) -> None:
    assert detail.job.status is JobStatus.COMPLETED, detail.job.error
    assert len(detail.results) == 1
    assert len(of_kind(detail, "completed")) == 1


def mode(store: Store) -> tuple[WorkerMode | None, str | None]:
    """What the only worker's row says of how it finds its work."""
    rows = [(worker.mode, worker.mode_why) for worker in store.workers()]
    return rows[0] if rows else (None, None)


async def hears(desk: Desk) -> None:
    await desk.sees(lambda: mode(desk.store) == (WorkerMode.BELL, None), "it hears the bell")


async def asks_the_store(desk: Desk, why: str) -> None:
    def says_why() -> bool:
        now, reason = mode(desk.store)
        return now is WorkerMode.STORE and why in (reason or "")

    await desk.sees(says_why, f"its row says: {why}")


def delivered(store: Store, valkey: Valkey) -> str:
    """A job that was submitted, its delivery included."""
    job_id, now = submitted(store), store.now()
    bell_at(valkey.url, store.name).ring([news(job_id=job_id, due_at=now, at=now)])
    return job_id


# -- hostile deliveries --------------------------------------------------------------------


def pickled(values: Callable[[Bomb], Any]) -> Callable[[Path], bytes]:
    return lambda file: pickle.dumps(values(Bomb(file)))


def written(raw: bytes) -> Callable[[Path], bytes]:
    return lambda _: raw


def _call(function: str) -> bytes:
    call = {"v": 1, "job": an_id()}
    return json.dumps({"t": None, "f": function, "a": [], "k": call, "et": 0}).encode()


HOSTILE: Final = {
    "a pickle bomb": pickled(lambda bomb: bomb),
    "a bomb in arq's envelope": pickled(
        lambda bomb: {"t": 1, "f": "plinth_run", "a": (bomb,), "k": {}, "et": 0}
    ),
    "an unknown function": written(_call("os.system")),
    "garbage": written(b"\x00\xff garbage [/b] \x1b[2J"),
    "10 MB": written(b"x" * HUGE),
    "another job's delivery": written(codec.payload(an_id(), 0)),
}


def put(server: Redis, names: Names, payload: bytes | None, job_id: str) -> None:
    """Into arq's queue, as anybody could who may write there."""
    if payload is not None:
        server.set(f"arq:job:{job_id}", payload)
    now: Any = server.time()
    server.zadd(names.queue(TYPE), {job_id: now[0] * 1000})


def test_hostile_deliveries_execute_nothing_and_lose_nothing(
    store: Store,
    valkey: Valkey,
    server: Redis,
    simulator: SimulatorProcess,
    data: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    names = Names(store.name)
    touched = tmp_path / "touched"

    def put_all() -> None:
        for make in HOSTILE.values():
            put(server, names, make(touched), an_id())
        foreign = an_id()
        put(server, names, codec.payload(foreign, 0), foreign)
        for worker in store.workers():
            server.publish(names.wake(worker.id), HOSTILE["a pickle bomb"](touched))
        put(server, Names("arq"), HOSTILE["a pickle bomb"](touched), an_id())

    async def play() -> None:
        put_all()
        first = delivered(store, valkey)
        async with at_work(store, simulator.url, data, bell=lambda: parse(valkey.url)) as desk:
            _completed_once(await desk.ended(first))
            put_all()
            second = await asyncio.to_thread(delivered, store, valkey)
            _completed_once(await desk.ended(second))
            await hears(desk)
            await desk.sees(lambda: not server.exists(names.queue(TYPE)), "the queue is empty")
            assert [w.silent_s < 15 for w in store.workers()] == [True]

    with caplog.at_level(logging.WARNING):
        asyncio.run(play())
    assert not touched.exists()
    dropped = [m for m in caplog.messages if m == "dropped a delivery that is none of ours"]
    assert len(dropped) == 2 * len(HOSTILE)
    assert [r for r in caplog.records if r.levelno > logging.WARNING] == []


@on_sqlite
def test_a_foreign_id_that_is_well_formed_is_looked_for_in_the_store_and_forgotten(
    store: Store, valkey: Valkey, server: Redis, simulator: SimulatorProcess, data: Path
) -> None:
    names = Names(store.name)

    async def play() -> None:
        async with at_work(store, simulator.url, data, bell=lambda: parse(valkey.url)) as desk:
            await hears(desk)
            foreign = an_id()
            put(server, names, codec.payload(foreign, 0), foreign)
            job_id = await asyncio.to_thread(delivered, store, valkey)
            _completed_once(await desk.ended(job_id))
            assert store.job(foreign) is None
            await desk.sees(lambda: not server.keys("arq:job:*"), "nothing is left")

    asyncio.run(play())


# -- how it finds its work -----------------------------------------------------------------


@on_sqlite
def test_a_password_that_is_changed_under_it_is_said_and_its_work_goes_on(
    store: Store,
    valkey: Valkey,
    simulator: SimulatorProcess,
    data: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def lock(password: str, known: str) -> None:
        with valkey.client(password=known) as client:
            client.config_set("requirepass", password)
            client.execute_command("CLIENT KILL TYPE normal SKIPME yes")
            client.execute_command("CLIENT KILL TYPE pubsub")

    url = f"redis://:{CANARY}-one@127.0.0.1:{valkey.port}/0"
    valkey.set("requirepass", f"{CANARY}-one")

    async def play() -> None:
        async with at_work(store, simulator.url, data, bell=lambda: parse(url)) as desk:
            await hears(desk)
            await asyncio.to_thread(lock, f"{CANARY}-two", f"{CANARY}-one")
            await asks_the_store(desk, "refuses the password")
            _completed_once(await desk.ended(submitted(store)))
            await asyncio.to_thread(lock, f"{CANARY}-one", f"{CANARY}-two")
            await hears(desk)

    with caplog.at_level(logging.DEBUG):
        asyncio.run(play())
    shown = f"Redis at redis://127.0.0.1:{valkey.port}/0"
    assert f"{shown} refuses the password; asking the store for work meanwhile" in caplog.messages
    assert caplog.messages.count("told of work through Redis") == 2
    assert CANARY not in caplog.text


@on_sqlite
@pytest.mark.parametrize(
    ("bell", "why"),
    [
        pytest.param(lambda: None, "there is no bell", id="no Valkey for this platform"),
        pytest.param(
            lambda: parse("redis://127.0.0.1:1"),
            "Redis at redis://127.0.0.1:1/0 refuses connections",
            id="a server that nobody listens on",
        ),
    ],
)
def test_without_a_bell_everything_works_and_one_line_says_why(
    store: Store,
    simulator: SimulatorProcess,
    data: Path,
    caplog: pytest.LogCaptureFixture,
    bell: Any,
    why: str,
) -> None:
    async def play() -> None:
        async with at_work(store, simulator.url, data, bell=bell) as desk:
            await asks_the_store(desk, why)
            for _ in range(3):
                _completed_once(await desk.ended(submitted(store)))

    with caplog.at_level(logging.INFO):
        asyncio.run(play())
    lines = [message for message in caplog.messages if why in message]
    assert lines == [f"{why}; asking the store for work meanwhile"]


@on_sqlite
def test_what_was_delivered_before_a_worker_might_claim_is_taken_as_soon_as_it_may(
    store: Store,
    valkey: Valkey,
    simulator: SimulatorProcess,
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    delivery, clear = threading.Event(), Sweeper.expire_waiting

    def clear_later(sweeper: Sweeper, expiry: Expiry) -> SweepReport:
        assert delivery.wait(PATIENCE_S)
        return clear(sweeper, expiry)

    monkeypatch.setattr(Sweeper, "expire_waiting", clear_later)
    # What finds lost deliveries would find this one, too.
    monkeypatch.setattr(carrier, "IDLE_S", 2 * PATIENCE_S)
    monkeypatch.setattr(floor, "LEFT_TO_THE_BELL_S", 2 * PATIENCE_S)

    async def play() -> None:
        async with at_work(store, simulator.url, data, bell=lambda: parse(valkey.url)) as desk:
            await hears(desk)
            job_id = await asyncio.to_thread(delivered, store, valkey)
            delivery.set()
            _completed_once(await desk.ended(job_id))

    asyncio.run(play())


@on_sqlite
def test_a_job_that_is_delivered_twice_runs_once(
    store: Store, valkey: Valkey, server: Redis, simulator: SimulatorProcess, data: Path
) -> None:
    async def play() -> None:
        async with at_work(store, simulator.url, data, bell=lambda: parse(valkey.url)) as desk:
            await hears(desk)
            job_id = await asyncio.to_thread(delivered, store, valkey)
            put(server, Names(store.name), codec.payload(job_id, 0), job_id)
            detail = await desk.ended(job_id)
            _completed_once(detail)
            assert len(of_kind(detail, "claimed")) == 1

    asyncio.run(play())
