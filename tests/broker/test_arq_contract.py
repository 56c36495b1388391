"""What we rely on of arq, which is frozen at 0.28 and lets nobody rely on these names.

When one of these fails after an upgrade, read `plinthctl/broker/carrier.py` beside
arq's `worker.py`: the carrier is a Worker whose loop and whose look are its own.
"""

import asyncio
import inspect
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import pytest
from arq import constants
from arq.connections import ArqRedis
from arq.jobs import deserialize_job_raw, serialize_job
from arq.worker import Function, Worker, func
from redis.asyncio import Redis

from plinthctl.broker import codec, scripts
from plinthctl.broker.address import parse
from plinthctl.broker.carrier import Carrier
from plinthctl.broker.links import _options, pool
from tests.broker.desks import Desk, carrying
from tests.broker.ringing import NAMES, TYPE
from tests.stores import an_id
from tests.valkeys import Valkey

ROOT: Final = Path(__file__).parents[2]
JOB: Final = "job_01KAVJ5N3C0ZP4RD8W7Q2K9M4T"
CHANGED: Final = f"arq {metadata.version('arq')} has changed what plinthctl/broker relies on: "


def test_arq_is_pinned_to_the_version_that_was_read() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "arq==0.28.0" in project["dependencies"]
    assert metadata.version("arq") == "0.28.0", f"{CHANGED}read its worker.py again"


@pytest.mark.parametrize(
    "keyword",
    [
        "queue_name",
        "redis_pool",
        "handle_signals",
        "keep_result",
        "max_tries",
        "retry_jobs",
        "log_results",
        "job_serializer",
        "job_deserializer",
        "ctx",
    ],
)
def test_a_worker_takes_what_the_carrier_gives(keyword: str) -> None:
    assert keyword in inspect.signature(Worker.__init__).parameters, f"{CHANGED}no {keyword}="


@pytest.mark.parametrize("method", ["main", "async_run", "_poll_iteration"])
def test_a_worker_has_the_methods_that_are_overridden_or_called(method: str) -> None:
    assert inspect.iscoroutinefunction(getattr(Worker, method, None)), f"{CHANGED}no {method}()"
    assert not set(inspect.signature(getattr(Worker, method)).parameters) - {"self"}


@asynccontextmanager
async def _unused_carrier() -> AsyncIterator[Carrier]:
    async with pool(parse("unix:///nowhere.sock")) as link:
        yield Carrier(link, NAMES, Desk(), (TYPE,), lambda: None)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("functions", dict),
        ("tasks", dict),
        ("ctx", dict),
        ("allow_pick_jobs", bool),
        ("loop", asyncio.AbstractEventLoop),
        ("pool", ArqRedis),
    ],
)
def test_a_worker_has_the_attributes_that_the_carrier_uses(name: str, kind: type) -> None:
    async def look() -> None:
        async with _unused_carrier() as carrier:
            assert isinstance(getattr(carrier, name, None), kind), f"{CHANGED}no {name}"

    asyncio.run(look())


def test_what_else_arq_could_do_is_off() -> None:
    """No results, retries, cron, hooks or aborts; the codec, and one function."""

    async def look() -> None:
        async with _unused_carrier() as carrier:
            off = ("keep_result_s", "retry_jobs", "log_results", "allow_abort_jobs", "cron_jobs")
            assert not any(getattr(carrier, name) for name in off)
            hooks = ("on_startup", "on_shutdown", "on_job_start", "on_job_end", "after_job_end")
            assert [name for name in hooks if getattr(carrier, name) is not None] == []
            assert (carrier.job_serializer, carrier.job_deserializer) == (codec.dumps, codec.loads)
            (only,) = carrier.functions.values()
            assert (only.name, only.max_tries, only.keep_result_s) == ("plinth_run", 1, 0)  # type: ignore[union-attr]

    asyncio.run(look())


def test_a_function_is_registered_under_its_name_and_can_be_called() -> None:
    async def work(ctx: dict[Any, Any]) -> None: ...

    made = func(work, name="plinth_run", keep_result=0, max_tries=1)
    assert isinstance(made, Function)
    assert (made.name, made.coroutine) == ("plinth_run", work), f"{CHANGED}Function.coroutine"


def test_arqs_payload_is_the_one_that_the_codec_writes() -> None:
    raw = serialize_job("plinth_run", (), {"v": 1, "job": JOB}, None, 7, serializer=codec.dumps)
    ours = codec.loads(codec.payload(JOB, 7))
    assert codec.loads(raw) == ours, f"{CHANGED}the envelope of a job"


def test_arq_takes_a_payload_apart_in_the_order_that_the_carrier_reads() -> None:
    told: Any = deserialize_job_raw(codec.payload(JOB, 7), deserializer=codec.loads)
    assert told == ("plinth_run", [], {"v": 1, "job": JOB}, None, 7), f"{CHANGED}{told}"


@pytest.mark.parametrize("script", [scripts.DELIVER, scripts.POP])
def test_payloads_are_where_arq_keeps_them(script: str) -> None:
    assert f"'{constants.job_key_prefix}'" in script, f"{CHANGED}{constants.job_key_prefix}"


@pytest.mark.parametrize("url", ["redis://u:p@h", "rediss://h", "unix:///v.sock"])
def test_the_pool_takes_our_options(url: str) -> None:
    taken = inspect.signature(Redis.__init__).parameters
    assert _options(parse(url)).keys() <= taken.keys()
    own = inspect.signature(ArqRedis.__init__).parameters
    assert {"job_serializer", "job_deserializer", "kwargs"} <= own.keys(), f"{CHANGED}ArqRedis"


def test_what_a_stock_pool_enqueues_is_brought_to_the_desk(valkey: Valkey) -> None:
    """Whoever speaks arq can deliver: the same function, queue and codec are all it takes."""
    job_id = an_id()

    async def play() -> None:
        desk = Desk()
        async with (
            carrying(valkey.url, desk),
            ArqRedis(
                unix_socket_path=str(valkey.socket),
                job_serializer=codec.dumps,
                job_deserializer=codec.loads,
            ) as stock,
        ):
            enqueued = await stock.enqueue_job(
                "plinth_run", v=1, job=job_id, _job_id=job_id, _queue_name=NAMES.queue(TYPE)
            )
            assert enqueued is not None
            await desk.looks_again()
            assert desk.taken == [job_id]
            assert await stock.keys("arq:*") == []

    asyncio.run(play())
