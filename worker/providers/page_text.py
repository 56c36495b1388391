"""The text of a page, read by a process that lives for this one page."""

import asyncio
import json
import os
from dataclasses import dataclass
from typing import Final

from plinthctl import programs
from plinthctl.domain.text import storable

READ_WITHIN_S: Final = 20.0  # of which the process may use 10 of a processor
_KEPT_VARIABLES: Final = ("PATH", "PYTHONPATH")  # no key of ours is in the others' reach


class Unreadable(Exception):
    """The page was too much for its reader."""


@dataclass(frozen=True, slots=True)
class PageText:
    """What a page says; "" where it says nothing."""

    title: str
    description: str
    markdown: str


async def read_html(body: bytes, charset: str | None) -> PageText:
    """The text of an HTML page.

    Raises:
        Unreadable: it broke its reader, or its bounds of memory and time.
    """
    reader = await asyncio.create_subprocess_exec(
        *programs.command("worker.page_reader"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=programs.environment(_environment()),
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(READ_WITHIN_S):
            order = json.dumps({"charset": charset}).encode()
            said, _ = await reader.communicate(order + b"\n" + body)
    except TimeoutError:
        raise Unreadable(f"not read within {READ_WITHIN_S:g} s") from None
    finally:
        await _end(reader)
    if reader.returncode != 0:
        raise Unreadable(f"its reader ended with {reader.returncode}")
    return PageText(**storable(json.loads(said)))


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return {**kept, "PYTHONUTF8": "1"}


async def _end(reader: asyncio.subprocess.Process) -> None:
    if reader.returncode is None:
        reader.kill()
        await asyncio.shield(reader.wait())
