"""What the dashboard costs over a million jobs: its first paint, a key while it looks, its
processor time, memory and bytes, in a process and a terminal of its own."""

import fcntl
import json
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tests.bench import growing
from tests.bench.table import Figure, ms
from tests.stores import Postgres

PAINT_S: Final = 0.5  # after the imports
KEY_S: Final = 0.1
CPU: Final = 0.03  # of a core, at the rate of 2 s
RSS_BYTES: Final = 90 * 2**20
SIZE: Final = (40, 140)  # lines and columns


def figures(folder: Path) -> list[Figure]:
    postgres = Postgres(folder / "pg", durable=True)
    try:
        new_urls = {
            "SQLite": lambda: f"sqlite:///{folder / 'shown.db'}",
            "PostgreSQL": postgres.new_database,
        }
        return [one for name, new in new_urls.items() for one in of(name, _filled(new))]
    finally:
        postgres.stop()


def of(database: str, url: str) -> list[Figure]:
    """The figures of the dashboard over one store."""
    told = measured(url)
    paint_s, keys_s = told["paint_s"], sorted(told["keys_s"])
    slow_s, usual_s = keys_s[int(0.95 * (len(keys_s) - 1))], statistics.median(keys_s)
    off = [name for name in told["threads"] if name == "MainThread"]
    return [
        Figure(
            f"{database}: first paint",
            paint_s / PAINT_S,
            "0.5 s",
            f"{ms(paint_s)} after the imports, the first figures {ms(told['figures_s'])}",
            paint_s <= PAINT_S,
        ),
        Figure(
            f"{database}: a key while it looks, p95",
            slow_s / KEY_S,
            "100 ms",
            f"{ms(usual_s)} / {ms(slow_s)} / {ms(keys_s[-1])} (p50/p95/max of {len(keys_s)})",
            slow_s <= KEY_S,
        ),
        Figure(
            f"{database}: queries on the screen's thread",
            float(len(off)),
            "none",
            f"{told['queries']} queries, on {', '.join(sorted(told['threads']))}",
            not off and told["queries"] > 0,
        ),
        Figure(
            f"{database}: processor, every 2 s",
            told["cpu"] / CPU,
            "3 % of a core",
            f"{told['cpu']:.1%} over {told['idle_s']:g} s and {told['looks']} looks; "
            f"{told['bytes'] / told['idle_s']:.0f} bytes a second, {told['first_bytes']} at first",
            told["cpu"] <= CPU,
        ),
        Figure(
            f"{database}: memory",
            told["rss_bytes"] / RSS_BYTES,
            "90 MB",
            f"{told['rss_bytes'] / 2**20:.0f} MB at most",
            told["rss_bytes"] <= RSS_BYTES,
        ),
    ]


def _filled(new_url: Callable[[], str]) -> str:
    """A store of a million jobs over a month."""
    url = new_url()
    store = growing.opened(url)
    growing.fill_and_roll_up(store, growing.MONTH / growing.COPIES, growing.COPIES)
    store.close()
    return url


def measured(url: str) -> dict[str, Any]:
    """What the dashboard's process says of itself once it has ended; the terminal is read
    meanwhile, as somebody's would be."""
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
    noted, note = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.shown", url, str(note)],
        stdin=there,
        stdout=there,
        stderr=there,
        pass_fds=[note],
        env={**os.environ, "TERM": "xterm-256color"},
    )
    os.close(there)
    os.close(note)
    reader = threading.Thread(target=_drain, args=(here,))
    reader.start()
    with os.fdopen(noted, "rb") as told:
        said = told.read()
    process.wait()
    reader.join()
    os.close(here)
    value: dict[str, Any] = json.loads(said)
    return value


def _drain(descriptor: int) -> None:
    while True:
        select.select([descriptor], [], [])
        try:
            if not os.read(descriptor, 65_536):
                return
        except OSError:  # the other end is closed
            return
