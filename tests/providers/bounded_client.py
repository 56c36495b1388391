"""A client of one kind meets answers that are too much, and says how much it grew.

Run as a program: ``python -m tests.providers.bounded_client KIND URL...``; each URL is
asked once, after a first one that is answered well. A line of JSON for each: the class
of its failure, the growth of the peak memory in MB and the seconds it took.
"""

import asyncio
import json
import re
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from pydantic import BaseModel, SecretStr

from tests.providers.loopback import KEY, Try
from worker.context import ProviderError
from worker.providers.config import Endpoint, LlmEndpoint
from worker.providers.direct import DirectReader
from worker.providers.exa import Exa
from worker.providers.llm import Llm

TIMEOUT_S: Final = 1.5
STATUS: Final = Path("/proc/self/status")


class Answer(BaseModel):
    name: str


def _direct(url: str) -> tuple[DirectReader, Awaitable[object]]:
    reader = DirectReader(TIMEOUT_S, allow_private=True)
    return reader, reader.read(url, Try().call)


def _llm(url: str) -> tuple[Llm, Awaitable[object]]:
    llm = Llm(LlmEndpoint(url, TIMEOUT_S, SecretStr(KEY), model="m"))
    return llm, llm.write(Answer, "system", "prompt", Try().call, room=1)


def _exa(url: str) -> tuple[Exa, Awaitable[object]]:
    exa = Exa(Endpoint(url, TIMEOUT_S, SecretStr(KEY)))
    return exa, exa.search("q", Try().call)


KINDS: Final[dict[str, Callable[[str], tuple]]] = {
    "direct": _direct,
    "exa": _exa,
    "llm": _llm,
}


def _peak_bytes() -> int:
    # Not ru_maxrss where there is better: it remembers the process that started this one.
    if STATUS.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text())
        assert found
        return int(found[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


async def _outcome(kind: str, url: str) -> str:
    client, asked = KINDS[kind](url)
    try:
        await asked
    except ProviderError as error:
        return f"{error.failure.failure_class} {error.failure.provider_code}"
    finally:
        await client.close()
    return "read"


async def main(kind: str, first: str, *others: str) -> None:
    await _outcome(kind, first)
    for url in others:
        before, began_s = _peak_bytes(), time.monotonic()
        ended = await _outcome(kind, url)
        grew = (_peak_bytes() - before) / 1024**2
        said = {"ended": ended, "grew_mb": grew, "took_s": time.monotonic() - began_s}
        sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
