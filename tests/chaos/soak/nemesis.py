"""What is done to the parts: faults drawn by weight from a seed, each mended in its time.

The weights are those of the reliability rules, for what can be made here.
"""

import random
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import psycopg

from plinthctl.store.sqlite_driver import driver
from tests.chaos.cutting import When
from tests.chaos.soak.history import now_us
from tests.chaos.soak.world import World

LEASE_S: Final = 15.0
PROVIDER_FAULTS: Final = ("server_error", "unavailable", "hang_up", "body_cut", "rate_limited")
PROVIDERS: Final = ("firecrawl", "exa", "g2", "llm")
COMMITS: Final = ("submitted", "claimed", "step_done", "released", "INSERT INTO job_ends")
NO_MORE: Final = 3  # descriptors; whoever is at work has more
BUSY_S: Final = (0.5, 3.0)
Mend = Callable[[], None]


@dataclass(frozen=True)
class Fault:
    """``place``: what it is done to; no two are done to one at the same time. ``strike``
    returns what mends it; ``lasts_s``: how long it is left, from and to."""

    kind: str
    weight: int
    place: str
    strike: Callable[[random.Random], Mend | None]
    lasts_s: tuple[float, float] = (0.0, 0.0)


class Nemesis:
    """Strikes in a thread of its own until it is told to mend everything."""

    def __init__(self, world: World, seed: int, every_s: float) -> None:
        self._world = world
        self._dice = random.Random(seed)
        self._every_s = every_s
        self._over = threading.Event()
        self._struck = threading.Semaphore(0)
        self._open: dict[str, tuple[float, Fault, Mend, int]] = {}
        self._faults = [*self._of_any_store(), *self._of_this_store()]
        self._thread = threading.Thread(target=self._rage, name="nemesis")

    def __enter__(self) -> "Nemesis":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def wait(self, seconds: float, strikes: int) -> None:
        """Return after so long, or when it has struck so often."""
        over_at = time.monotonic() + seconds
        while strikes and self._struck.acquire(timeout=max(0.0, over_at - time.monotonic())):
            strikes -= 1

    def _rage(self) -> None:
        try:
            while not self._over.wait(self._every_s * self._dice.uniform(0.5, 1.5)):
                self._mend(time.monotonic())
                self._strike()
        finally:
            self._mend(float("inf"))

    def _strike(self) -> None:
        among = [one for one in self._faults if one.place not in self._open]
        fault = self._dice.choices(among, [one.weight for one in among])[0]
        began = now_us()
        mend = fault.strike(self._dice)
        if mend is None:
            self._note(fault, began)
        else:
            until = time.monotonic() + self._dice.uniform(*fault.lasts_s)
            self._open[fault.place] = (until, fault, mend, began)
        self._struck.release()

    def _mend(self, now: float) -> None:
        for place, (until, fault, mend, began) in list(self._open.items()):
            if until <= now:
                mend()
                del self._open[place]
                self._note(fault, began)

    def _note(self, fault: Fault, began: int) -> None:
        self._world.history.note("fault", fault.kind, began)

    # -- what can be done -----------------------------------------------------------

    def _of_any_store(self) -> list[Fault]:
        stopped = (LEASE_S + 3.0) / self._world.pace
        away = (0.5, 5.0)
        return [
            Fault("worker killed", 20, "worker", self._kill),
            Fault("worker stopped", 10, "stopped", self._stop, (stopped, stopped * 1.5)),
            Fault("worker sent home", 15, "worker", self._send_home),
            Fault("Redis killed", 10, "redis", self._kill_redis, away),
            Fault("Redis flushed", 5, "redis", self._flush),
            Fault("Redis frozen", 5, "redis", self._freeze, away),
            Fault("Redis read-only", 3, "redis", self._lock_redis, away),
            Fault("provider misbehaves", 15, "provider", self._misbehave),
            Fault("descriptors gone", 2, "descriptors", self._take_descriptors, away),
            Fault("two reaps, one killed", 5, "reap", self._reap_twice),
        ]

    def _of_this_store(self) -> list[Fault]:
        if self._world.cutter is None:
            return [Fault("store busy", 8, "store", self._hold_the_file)]
        return [
            Fault("connections terminated", 8, "store", self._terminate),
            Fault("COMMIT answer cut", 5, "store", self._cut),
            Fault("tables locked", 3, "store", self._lock_tables),
        ]

    def _some_worker(self, dice: random.Random) -> subprocess.Popen[bytes]:
        return dice.choice([one for one in self._world.workers if one is not self._standing])

    _standing: subprocess.Popen[bytes] | None = None

    def _kill(self, dice: random.Random) -> None:
        worker, began = self._some_worker(dice), now_us()
        self._world.taken_out(worker)
        worker.kill()
        worker.wait()
        self._world.history.note("kill", "ok", began, pid=worker.pid)
        self._world.hire()

    def _send_home(self, dice: random.Random) -> None:
        worker = self._some_worker(dice)
        self._world.hire()
        self._world.send_home(worker)

    def _stop(self, dice: random.Random) -> Mend:
        self._standing = worker = self._some_worker(dice)
        worker.send_signal(signal.SIGSTOP)

        def go_on() -> None:
            worker.send_signal(signal.SIGCONT)
            self._standing = None

        return go_on

    def _take_descriptors(self, dice: random.Random) -> Mend:
        """It can open nothing more; what it has open stays so."""
        pid = self._some_worker(dice).pid
        before = _limit_descriptors(pid, (NO_MORE, None))

        def give_back() -> None:
            _limit_descriptors(pid, before)

        return give_back

    def _kill_redis(self, _: random.Random) -> Mend:
        return self._redis_away(self._world.valkey.kill, self._world.valkey.start)

    def _freeze(self, _: random.Random) -> Mend:
        return self._redis_away(self._world.valkey.freeze, self._world.valkey.thaw)

    def _lock_redis(self, _: random.Random) -> Mend:
        server = self._world.valkey
        return self._redis_away(
            lambda: server.be_replica(read_only=True), lambda: server.be_replica(read_only=False)
        )

    def _redis_away(self, strike: Mend, mend: Mend) -> Mend:
        self._world.redis_up = False
        strike()

        def back() -> None:
            mend()
            self._world.redis_up = True

        return back

    def _flush(self, _: random.Random) -> None:
        with self._world.valkey.client() as client:
            client.flushall()

    def _misbehave(self, dice: random.Random) -> None:
        provider, known = dice.choice(PROVIDERS), self._world.control.known_faults()
        fault = dice.choice([one for one in PROVIDER_FAULTS if one in known[provider]])
        self._world.control.fault(provider, fault, times=dice.randint(1, 4))

    def _reap_twice(self, dice: random.Random) -> None:
        first = threading.Thread(target=self._world.run, args=("reap", "reap", "-q"))
        first.start()
        self._world.run("reap", "reap", "-q", kill_after_s=dice.uniform(0.3, 2.0))
        first.join()

    def _hold_the_file(self, dice: random.Random) -> None:
        """As a tool does that knows nothing of turns."""
        path = self._world.store_url.removeprefix("sqlite:///")
        holder = driver.connect(path, isolation_level=None, timeout=5.0)
        with suppress(driver.OperationalError):  # always busy: so it is without us
            holder.execute("BEGIN IMMEDIATE")
            time.sleep(dice.uniform(*BUSY_S))
            holder.execute("ROLLBACK")
        holder.close()

    def _terminate(self, _: random.Random) -> None:
        with psycopg.connect(self._world.books_url, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    def _cut(self, dice: random.Random) -> None:
        assert self._world.cutter is not None
        for word in dice.sample(COMMITS, 2):
            self._world.cutter.arm(word, dice.choice(list(When)))

    def _lock_tables(self, dice: random.Random) -> None:
        with psycopg.connect(self._world.books_url) as holder:
            holder.execute("LOCK TABLE job_events IN EXCLUSIVE MODE")
            time.sleep(dice.uniform(*BUSY_S))
            holder.rollback()


def _limit_descriptors(pid: int, limits: tuple[int, int | None]) -> tuple[int, int]:
    """Set how many a process may have, None: as before; return what it was."""
    with suppress(ProcessLookupError):
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        soft, hard = limits
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, before[1] if hard is None else hard))
        return before
    return (0, 0)
