"""Telling: each letter to its sink, all at the same time, each in a process of its own."""

import asyncio
import os
import re
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final

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
    try:
        process = await asyncio.create_subprocess_exec(
            *sink.program,
            stdin=PIPE,
            stdout=DEVNULL,
            stderr=PIPE,
            env=dict(sink.environment),
            start_new_session=True,  # so that what it starts itself can be ended with it
        )
    except (OSError, ValueError) as error:
        return f"cannot be started: {getattr(error, 'strerror', None) or error}"
    try:
        async with asyncio.timeout(sink.within_s):
            said = await _converse(process, sink.told(letter))
            code = await process.wait()
    except TimeoutError:
        return f"did not take it within {sink.within_s:g} s"
    finally:
        await _end(process)
    return None if code == 0 else (said or f"ended with exit code {code}")


async def _converse(process: Process, told: str) -> str:
    """Hand it the letter; the last line that it says on stderr."""
    assert process.stdin is not None
    assert process.stderr is not None
    with suppress(BrokenPipeError, ConnectionResetError):  # it need not read it
        process.stdin.write(told.encode())
        await process.stdin.drain()
    process.stdin.close()
    heard = b""
    while some := await process.stderr.read(_HEARD_BYTES):
        heard = (heard + some)[-_HEARD_BYTES:]
    lines = heard.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""


async def _end(process: Process) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.returncode is None:
        await process.wait()


def _scrubbed(error: str, secrets: Iterable[str]) -> str:
    """One short line of it, without a secret."""
    for secret in secrets:
        error = error.replace(secret, REDACTED)
    return cut(safe_line(one_line(_ADDRESS.sub(REDACTED, error))), ERROR_CHARS)
