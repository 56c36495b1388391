"""``python -m worker.simulator``: listen, say where, stay until told to go."""

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

from worker.simulator.journal import JournalWriter
from worker.simulator.server import LOOPBACK, Conduct, Simulator


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m worker.simulator",
        description="Firecrawl, Exa, G2 and an LLM on loopback, all invented.",
    )
    parser.add_argument("--journal", type=Path, required=True, help="where requests are noted")
    parser.add_argument(
        "--speed", type=float, default=1.0, help="1 real time, 10 ten times faster, 0 no waiting"
    )
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--key", default="simulated", help="the API key that is accepted")
    parser.add_argument(
        "--today", type=date.fromisoformat, default=None, help="the day before which news is dated"
    )
    parser.add_argument("--with-parent", action="store_true", help="exit when standard input ends")
    return parser.parse_args()


async def _run(arguments: argparse.Namespace) -> None:
    today = arguments.today or datetime.now(UTC).date()
    journal = JournalWriter(arguments.journal)
    simulator = Simulator(Conduct(arguments.speed, arguments.key, today), journal)
    stop = _told_to_stop()
    server = await simulator.listen(arguments.port)
    _say({"url": f"http://{LOOPBACK}:{server.sockets[0].getsockname()[1]}"})
    await _until_gone(stop, with_parent=arguments.with_parent)
    server.close()
    await simulator.hang_up()
    journal.close()


def _told_to_stop() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _until_gone(stop: asyncio.Event, *, with_parent: bool) -> None:
    waits: list[asyncio.Future[Literal[True]]] = [asyncio.ensure_future(stop.wait())]
    if with_parent:
        waits.append(asyncio.ensure_future(_end_of_input()))
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    await asyncio.gather(*waits, return_exceptions=True)


async def _end_of_input() -> Literal[True]:
    """Returns when the parent has closed our standard input, or is dead."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(1024):
        pass
    return True


def _say(words: dict[str, str]) -> None:
    sys.stdout.write(f"{json.dumps(words)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_run(_arguments()))
    except OSError as error:
        sys.exit(f"the simulator cannot start: {error}")
