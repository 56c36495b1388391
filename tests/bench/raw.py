"""Workers of plain arq, which the bench holds ours against.

BENCH_SOCKET=PATH python -m arq tests.bench.raw.Stock
"""

import asyncio
import importlib
import os
import time
from typing import Any, Final

from arq.connections import RedisSettings

SOCKET: Final = "BENCH_SOCKET"
BEGAN: Final = "bench:began"  # list: when functions began, on the machine's clock
ENDED: Final = "bench:ended"  # list: one entry for each nap that was slept to its end
STEPS: Final = 5
STOCK_POLL_S: Final = 0.5  # of a worker, and of who waits for a result
QUICK_POLL_S: Final = 0.01
LAPSES_AFTER_S: Final = 310  # a claim of a worker that is gone: the job's time limit and 10 s


def settings_for(socket: str) -> RedisSettings:
    """arq's own settings for a server behind a unix socket."""
    return RedisSettings(unix_socket_path=socket)


async def began(ctx: dict[str, Any]) -> None:
    """Do nothing but say when."""
    at_s = time.monotonic()
    await ctx["redis"].rpush(BEGAN, at_s)


async def noop(ctx: dict[str, Any]) -> None:
    """Do nothing; the first one says when."""
    await _say_once(ctx)


async def chain(ctx: dict[str, Any], step: int, state: list[dict[str, str]]) -> Any:
    """One step of five: its result travels to the next in its arguments."""
    await _say_once(ctx)
    state = [*state, {"text": "x" * 200}]
    if step < STEPS:
        await ctx["redis"].enqueue_job("chain", step + 1, state)
    return state[-1]


async def wait(_ctx: dict[str, Any], seconds: float) -> float:
    """Sleep, and return the machine's clock."""
    await asyncio.sleep(seconds)
    return time.monotonic()


async def nap(ctx: dict[str, Any], seconds: float) -> None:
    """Sleep, and say that it was slept to its end."""
    await _say_once(ctx)
    await asyncio.sleep(seconds)
    await ctx["redis"].rpush(ENDED, ctx["job_id"])


async def _say_once(ctx: dict[str, Any]) -> None:
    if not ctx.get("said"):
        ctx["said"] = True
        await began(ctx)


FUNCTIONS: Final = [began, noop, chain, wait, nap]
REDIS: Final = settings_for(os.environ.get(SOCKET, ""))


class Stock:
    """As arq is when nothing is said: a poll each 0.5 s, 10 jobs at once."""

    functions = FUNCTIONS
    redis_settings = REDIS


class Quick:
    """A poll each 10 ms, and as many jobs at once as our worker gets."""

    functions = FUNCTIONS  # said again: arq reads what stands in the class itself
    redis_settings = REDIS
    poll_delay = QUICK_POLL_S
    max_jobs = 100


class Loaded(Quick):
    """A poll each 0.5 s, in a process that has loaded the drivers which ours loads."""

    functions = FUNCTIONS
    redis_settings = REDIS
    poll_delay = STOCK_POLL_S

    @staticmethod
    async def on_startup(_ctx: dict[str, Any]) -> None:
        for name in ("sqlalchemy", "psycopg", "pysqlite3", "pydantic"):
            importlib.import_module(name)
