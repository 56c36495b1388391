"""The dashboard's own process, for the bench: it shows a store, presses keys while it looks,
leaves it alone for a while, and tells what that took.

    python -m tests.bench.shown URL DESCRIPTOR
"""

import asyncio
import json
import os
import sys
import threading
import time
from typing import Any, Final

from pydantic import SecretStr
from sqlalchemy import event
from sqlalchemy.engine import Engine
from textual.events import Key

from plinthctl.settings import Settings
from plinthctl.settings.tree import Database
from plinthctl.wiring import Services
from tests.bench.processes import peak_mb
from tui.actions import Actions
from tui.app import TopApp
from tui.feed import Feed
from tui.frame import Frame, Wanted
from tui.listener import Listener
from tui.looking import Looker
from tui.messages import Arrived
from tui.site import Site

INTERVAL_S: Final = 2.0
KEYS: Final = 40
IDLE_S: Final = 10.0


class Looks:
    """Looks at a store, and says when."""

    def __init__(self, services: Services) -> None:
        self._looker = Looker(services)
        self.count = 0
        self.begun, self.ended = threading.Event(), threading.Event()

    def look(self, wanted: Wanted) -> Frame:
        self.ended.clear()
        self.begun.set()
        try:
            return self._looker.look(wanted)
        finally:
            self.count += 1
            self.begun.clear()
            self.ended.set()


class Queries:
    """Counts what a database is asked, and on which threads."""

    def __init__(self) -> None:
        self.count = 0
        self.threads: set[str] = set()
        event.listen(Engine, "before_cursor_execute", self._asked)

    def _asked(self, *_: object) -> None:
        self.count += 1
        self.threads.add(threading.current_thread().name)


class Measured(TopApp):
    """Measures itself."""

    def __init__(self, services: Services, began_s: float, queries: Queries) -> None:
        looks = Looks(services)
        super().__init__(
            Site(name="bench"),
            lambda one: Feed(looks.look, one.post_message, INTERVAL_S),
            lambda one: Actions(services, one.post_message),
            lambda one: Listener(lambda: services.bell, lambda: services.store, one.post_message),
        )
        self._began_s, self._looks, self._queries = began_s, looks, queries
        self._arrived = asyncio.Event()
        self.painted = 0
        self.told: dict[str, Any] = {}
        self._count_bytes()

    def _count_bytes(self) -> None:
        """Count what the driver is given to write."""
        app = self

        class Counting(self.driver_class):  # type: ignore[misc,name-defined]
            def write(self, data: str) -> None:
                app.painted += len(data.encode())
                super().write(data)

        self.driver_class = Counting

    def on_mount(self) -> None:
        """Begin to measure."""
        self.call_after_refresh(self._painted_first)
        self.run_worker(self._play())

    def on_arrived(self, message: Arrived) -> None:
        """Say that there are figures; the dashboard shows them as well."""
        self._arrived.set()

    def _painted_first(self) -> None:
        self.told["paint_s"] = time.perf_counter() - self._began_s
        self.told["first_bytes"] = self.painted

    async def _play(self) -> None:
        await self._arrived.wait()
        self.told["figures_s"] = time.perf_counter() - self._began_s
        self.told["keys_s"] = [await self._key_while_it_looks("jk"[n % 2]) for n in range(KEYS)]
        await self._idle()
        self.told |= {
            "rss_bytes": peak_mb(os.getpid()) * 2**20,
            "queries": self._queries.count,
            "threads": sorted(self._queries.threads),
        }
        self.exit(0)

    async def _key_while_it_looks(self, key: str) -> float:
        """Seconds from a key to the end of the paint after it."""
        self.feed.now()
        await asyncio.to_thread(self._looks.begun.wait)
        painted, pressed_s = asyncio.Event(), time.perf_counter()
        self.post_message(Key(key, key))
        self.call_later(lambda: self.call_after_refresh(painted.set))
        await painted.wait()
        took_s = time.perf_counter() - pressed_s
        await asyncio.to_thread(self._looks.ended.wait)
        return took_s

    async def _idle(self) -> None:
        looks, painted, cpu_s = self._looks.count, self.painted, time.process_time()
        await asyncio.sleep(IDLE_S)
        self.told |= {
            "cpu": (time.process_time() - cpu_s) / IDLE_S,
            "bytes": self.painted - painted,
            "looks": self._looks.count - looks,
            "idle_s": IDLE_S,
        }


def main(url: str, descriptor: str) -> None:
    queries, began_s = Queries(), time.perf_counter()
    app = Measured(Services(Settings(database=Database(url=SecretStr(url)))), began_s, queries)
    app.run()
    os.write(int(descriptor), json.dumps(app.told).encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
