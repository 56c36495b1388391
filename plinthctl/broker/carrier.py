"""What carries deliveries to a worker: arq's Worker, told when to look.

Of arq's are the loop's life, the registered function and the codec. What it does
with Redis beside that is left out: a job's fate is the store's, so nothing is
claimed, counted, retried or kept here.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from typing import TYPE_CHECKING, Any, Final, Protocol

from arq.jobs import deserialize_job_raw
from arq.worker import Worker, func

from plinthctl.broker import codec, links, scripts
from plinthctl.broker.ending import ended
from plinthctl.broker.names import LOOK, WORK, Names

if TYPE_CHECKING:
    from arq.connections import ArqRedis

IDLE_S: Final = 1.0  # without a wake-up: look again, and leave word again after a flush
LISTEN_S: Final = 60.0
IDLE_BELIEVED_MS: Final = 60_000

log = logging.getLogger("plinthctl.worker.bell")

Take = Callable[[str], Awaitable[None]]


class Desk(Protocol):
    """The worker behind a carrier."""

    @property
    def worker_id(self) -> str:
        """Who is woken."""
        ...

    def room(self) -> int:
        """How many more jobs it can take just now."""
        ...

    def claiming(self) -> AbstractAsyncContextManager[None]:
        """While this is held, the room that was just asked for is not given away."""
        ...

    async def take(self, job_id: str) -> None:
        """A job was delivered."""
        ...

    def look(self) -> None:
        """Somebody asks for one of its jobs to be stopped."""
        ...


class Carrier(Worker):
    """Hands over what is delivered, until `stop`, or until Redis fails: then
    `async_run` raises what redis-py raised."""

    def __init__(
        self,
        pool: "ArqRedis",
        names: Names,
        desk: Desk,
        types: Sequence[str],
        ready: Callable[[], None],
    ) -> None:
        super().__init__(
            [func(_run, name=codec.FUNCTION, keep_result=0, max_tries=1)],
            queue_name=names.queue("any"),
            redis_pool=pool,
            handle_signals=False,
            keep_result=0,
            max_tries=1,
            retry_jobs=False,
            log_results=False,
            job_serializer=codec.dumps,
            job_deserializer=codec.loads,
            ctx={"take": desk.take},
        )
        self._desk = desk
        self._me = desk.worker_id
        self._names = names
        self._ready = ready
        self._keys = [key for t in types for key in (names.queue(t), names.idle(t))]
        self._idle_keys = [names.idle(t) for t in types]
        self._pop = pool.register_script(scripts.POP)
        self._relay = pool.register_script(scripts.RELAY)
        self._wake = asyncio.Event()
        self._woken = False

    def wake(self) -> None:
        """A slot came free, or something else makes a look worth while."""
        self._wake.set()

    def stop(self) -> None:
        """Take no more, and let `async_run` return."""
        self.allow_pick_jobs = False
        self._wake.set()

    async def main(self) -> None:
        """Look when woken, and each second; arq's own loop looks each half second."""
        async with self.pool.pubsub() as ear:
            await ear.subscribe(self._names.wake(self._me))
            if await ear.get_message(timeout=links.ANSWER_S) is None:
                raise TimeoutError
            listening = self.loop.create_task(self._listen(ear))
            try:
                await self._until_stopped(listening)
            finally:
                await ended(listening)

    async def _until_stopped(self, listening: "asyncio.Task[None]") -> None:
        while self.allow_pick_jobs and self._desk.worker_id == self._me:
            self._wake.clear()
            await self._poll_iteration()
            self._ready()
            with suppress(TimeoutError):
                async with asyncio.timeout(IDLE_S):
                    await self._wake.wait()
            if listening.done():
                listening.result()

    async def _listen(self, ear: Any) -> None:
        try:
            while True:
                # None would mean the socket's time limit here, and silence is no failure.
                message = await ear.get_message(ignore_subscribe_messages=True, timeout=LISTEN_S)
                if message is not None and message["data"] == WORK.encode():
                    self._woken = True
                    self._wake.set()
                elif message is not None and message["data"] == LOOK.encode():
                    self._desk.look()
        finally:
            self._wake.set()

    async def _poll_iteration(self) -> None:
        """Take as many deliveries as there is room for, in one call."""
        async with self._desk.claiming():
            room, woken = self._desk.room(), self._woken
            self._woken = False
            told = (self._me, room, IDLE_BELIEVED_MS, codec.LONGEST_BYTES)
            popped = await self._pop(keys=self._keys, args=told)
            pairs = list(zip(popped[::2], popped[1::2], strict=True))
            await self._hand_over([job for i, payload in pairs if (job := _job_in(i, payload))])
            if room and len(pairs) == room and self._desk.room():
                self._wake.set()  # some were none of ours or taken already: there may be more
        if woken and room == 0:
            await self._relay(keys=self._idle_keys, args=[self._names.wake_prefix, WORK])

    async def _hand_over(self, ids: Sequence[str]) -> None:
        for job_id in ids:
            call = self.functions[codec.FUNCTION].coroutine(
                {**self.ctx, "job_id": job_id}, v=codec.VERSION, job=job_id
            )
            self.tasks[job_id] = self.loop.create_task(call)
        if ids:
            await asyncio.wait([self.tasks.pop(job_id) for job_id in ids])


async def _run(ctx: dict[str, Any], *, v: int, job: str) -> None:
    """The one function that arq knows: hand the job's id to the worker."""
    await ctx["take"](job)


def _job_in(name: bytes, payload: bytes) -> str | None:
    """The job that a delivery names; None: it is none of ours, or forgotten, and goes
    no further."""
    if not payload:
        return None
    try:
        _, _, call, _, _ = deserialize_job_raw(payload, deserializer=codec.loads)
        job_id: str = call["job"]
    except Exception:  # noqa: BLE001 - arq wraps what the codec raises
        job_id = ""
    if not job_id or job_id.encode() != name:
        log.warning("dropped a delivery that is none of ours", extra={"event": "not_ours"})
        return None
    return job_id
