"""Jobs that were lost twice run in a process of their own: one that kills its
worker then kills nobody else's jobs. Its death is just another loss."""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from plinthctl import programs
from plinthctl.domain.ids import short
from plinthctl.domain.liveness import ALONE_AT_MOST
from worker.clocks import steady_s
from worker.logs import log

SAME_JOB_AFTER_S: Final = 5.0  # a child that could not even start is not started at once again


class Alone:
    """The children of a worker, one job each, at most two at a time.

    Args:
        arguments: Options that each child gets beside its job.
        environ: Variables set for the children on top of this process's own.
        ended: Called when a child has ended.
    """

    def __init__(
        self, arguments: Sequence[str], environ: Mapping[str, str], ended: Callable[[], None]
    ) -> None:
        self._arguments = tuple(arguments)
        self._environ = dict(environ)
        self._ended = ended
        self._children: dict[str, asyncio.subprocess.Process] = {}
        self._watching: set[asyncio.Task[None]] = set()
        self._not_before_s: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._children)

    @property
    def free(self) -> int:
        """How many more children there may be."""
        return ALONE_AT_MOST - len(self._children)

    async def start(self, job_id: str) -> None:
        """Start a child for a job, unless there is one or there just was."""
        if job_id in self._children or steady_s() < self._not_before_s.get(job_id, 0.0):
            return
        # A session of its own: Ctrl-C is for the worker, which tells its children.
        child = await asyncio.create_subprocess_exec(
            *programs.command("plinthctl", "worker", "--job", job_id, *self._arguments),
            stdin=asyncio.subprocess.DEVNULL,
            env=programs.environment({**os.environ, **self._environ}),
            start_new_session=True,
        )
        log.info(f"{short(job_id)} runs alone", event="alone", job=job_id, pid=child.pid)
        self._children[job_id] = child
        watch = asyncio.create_task(self._watch(job_id, child), name=f"child {job_id}")
        self._watching.add(watch)
        watch.add_done_callback(self._watching.discard)

    async def _watch(self, job_id: str, child: asyncio.subprocess.Process) -> None:
        code = await child.wait()
        self._not_before_s[job_id] = steady_s() + SAME_JOB_AFTER_S
        del self._children[job_id]
        log.info(
            f"{short(job_id)} alone ended ({code})", event="alone_ended", job=job_id, code=code
        )
        self._ended()

    def stop(self) -> None:
        """Ask every child to stop, as the worker itself was asked."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End every child at once; their jobs are recovered like any other's."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        for child in self._children.values():
            if child.returncode is None:
                child.send_signal(number)

    async def all_ended(self) -> None:
        """Return once no child is left."""
        while self._watching:
            await asyncio.wait(set(self._watching))
