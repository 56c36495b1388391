"""Telling: each letter to its sink, all at the same time, each in a process of its own."""

import asyncio
import os
import re
import signal
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import IO, Final

from plinthctl.domain.alert_life import Delivery, Letter
from plinthctl.domain.text import REDACTED, cut, one_line, safe_line
from plinthctl.telling.sinks import Sink

Done = Callable[[Delivery], Awaitable[None]]

ERROR_CHARS: Final = 200
_HEARD_BYTES: Final = 4_000  # of what a program says on stderr; its last line counts
_ADDRESS: Final = re.compile(r"\S+://\S+")  # may be one that only its owner knows
_SHORTEST_SECRET: Final = 4


async def send(
    letters: Sequence[Letter],
    sinks: Mapping[str, Sink],
    done: Done,
    secrets: Iterable[str] = (),
) -> None:
    """Tell each letter to its sink, until all are told or too late.

    Args:
        done: Is told of each at once: one that hangs does not hide that another is told.

    Cancelled, it kills what still runs: those letters are tried again by whoever
    takes them next.
    """
    known = tuple(one for one in secrets if len(one) >= _SHORTEST_SECRET)

    async def one(letter: Letter) -> None:
        error = await _tell(letter, sinks[letter.sink])
        await done(Delivery(letter, error and _scrubbed(error, known)))

    async with asyncio.TaskGroup() as group:
        for letter in letters:
            group.create_task(one(letter))


async def _tell(letter: Letter, sink: Sink) -> str | None:
    """Why the sink did not take it; None: it did."""
    # No pipe: what the program leaves running may hold it open for ever.
    with tempfile.TemporaryFile() as heard:
        try:
            code = await _run(sink, sink.told(letter), heard)
        except TimeoutError:
            return f"did not take it within {sink.within_s:g} s"
        except (OSError, ValueError) as error:
            return f"cannot be started: {getattr(error, 'strerror', None) or error}"
        return None if code == 0 else (_last_line(heard) or f"ended with exit code {code}")


async def _run(sink: Sink, told: str, heard: IO[bytes]) -> int:
    process = await asyncio.create_subprocess_exec(
        *sink.program,
        stdin=PIPE,
        stdout=DEVNULL,
        stderr=heard,
        env=dict(sink.environment),
        start_new_session=True,  # so that what it starts itself can be ended with it
    )
    try:
        async with asyncio.timeout(sink.within_s):
            await _hand_over(process, told)
            return await process.wait()
    finally:
        await _end(process)


async def _hand_over(process: Process, told: str) -> None:
    assert process.stdin is not None
    with suppress(BrokenPipeError, ConnectionResetError):  # it need not read it
        process.stdin.write(told.encode())
        await process.stdin.drain()
    process.stdin.close()


def _last_line(heard: IO[bytes]) -> str:
    size = heard.seek(0, os.SEEK_END)
    heard.seek(max(0, size - _HEARD_BYTES))
    lines = heard.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""


async def _end(process: Process) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _scrubbed(error: str, secrets: Iterable[str]) -> str:
    """One short line of it, without a secret."""
    for secret in secrets:
        error = error.replace(secret, REDACTED)
    return cut(safe_line(one_line(_ADDRESS.sub(REDACTED, error))), ERROR_CHARS)
