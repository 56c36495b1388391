"""The parts of a soak: a store, a simulator, a Valkey server and real processes on them."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.chaos.cutting import Cutter, Proxy
from tests.chaos.soak.history import TOLD_CHARACTERS, History, now_us
from tests.stores import Postgres
from tests.valkeys import Valkey
from worker.simulator.control import SimulatorControl
from worker.simulator.process import SimulatorProcess

ERRANDS: Final = Path(__file__).parents[1] / "errands"
SPEED: Final = 15.0  # a job takes seconds: long enough to be interrupted
SLOTS: Final = 6
PATIENCE_S: Final = 120.0
STOPPED_WITHIN_S: Final = 60.0
KILLED: Final = -signal.SIGKILL


@dataclass
class World:
    """``books_url``: the store's own address, ``store_url`` what the processes use;
    ``pace``: how many times as fast as usual workers give each other up."""

    folder: Path
    store_url: str
    books_url: str
    simulator: SimulatorProcess
    valkey: Valkey
    history: History
    cutter: Cutter | None
    pace: float
    redis_up: bool = True
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _changing: threading.Lock = field(default_factory=threading.Lock)

    @property
    def control(self) -> SimulatorControl:
        return SimulatorControl(self.simulator.url)

    @property
    def environment(self) -> dict[str, str]:
        home = self.folder / "home"
        return {
            **{k: v for k, v in os.environ.items() if not k.startswith("PLINTHCTL_")},
            "HOME": str(home),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "PYTHONPATH": str(ERRANDS),
            "PLINTH_TEST_ERRANDS": str(self.folder),
            "PLINTH_TEST_PACE": str(self.pace),
            "PLINTHCTL_DATABASE_URL": self.store_url,
            "PLINTHCTL_REDIS_URL": self.valkey.url,
            "PLINTHCTL_SIMULATOR_URL": self.simulator.url,
            "PLINTHCTL_EXPIRY_PENDING": "1h",  # who waits is no fault of anybody's here
            "PLINTHCTL_CIRCUITS_MIN_SAMPLES": "1000",
        }

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "plinthctl", *words]

    # -- the command line -----------------------------------------------------------

    def run(
        self, act: str, *words: str, given: str = "", kill_after_s: float | None = None, **more: Any
    ) -> tuple[int, list[str]]:
        """Its exit code and the words on its stdout, after they are noted."""
        began, up = now_us(), self.redis_up
        code, out, err = self._result(words, given, kill_after_s)
        told = out.split() if code in (0, 5, KILLED) else []
        more |= {"jobs": [word for word in told if word.startswith("job_")]}
        more |= {"exit": code, "redis": up and self.redis_up, "killed": kill_after_s is not None}
        if code:
            more["stderr"] = err[-TOLD_CHARACTERS:]
        self.history.note(act, _said(code), began, **more)
        return code, told

    def _result(
        self, words: tuple[str, ...], given: str, kill_after_s: float | None
    ) -> tuple[int, str, str]:
        process = subprocess.Popen(
            self.command(*words),
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            out, err = process.communicate(given, timeout=kill_after_s or PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
        return process.returncode, out, err

    # -- workers --------------------------------------------------------------------

    def hire(self) -> None:
        with (self.folder / "workers.log").open("ab") as log, self._changing:
            words = ("worker", "--concurrency", str(SLOTS), "--drain", "5s", "-o", "json")
            new = subprocess.Popen(
                self.command(*words),
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            self.workers.append(new)

    def taken_out(self, worker: subprocess.Popen[bytes]) -> None:
        with self._changing:
            self.workers.remove(worker)

    def send_home(self, worker: subprocess.Popen[bytes]) -> None:
        """As an operator does; how it left is noted."""
        began = now_us()
        self.taken_out(worker)
        worker.terminate()
        try:
            code = worker.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            worker.kill()
            code = worker.wait()
        self.history.note("leave", _said(code), began, exit=code, pid=worker.pid)

    def put_away(self) -> None:
        """End every worker however it is."""
        for worker in self.workers:
            worker.kill()
            worker.wait()

    def log(self) -> str:
        path = self.folder / "workers.log"
        return path.read_text(errors="replace") if path.exists() else ""


def _said(code: int) -> str:
    return {0: "ok", 4: "refused", 5: "refused"}.get(code, "unknown")


@contextmanager
def world(folder: Path, database: str, pace: float) -> Iterator[World]:
    """A world with an empty store and no worker yet."""
    with ExitStack() as until:
        short = Path(until.enter_context(tempfile.TemporaryDirectory(prefix="plinthctl-soak-")))
        short.chmod(0o755)  # run by root, the server of PostgreSQL is another user's
        (folder / "home").mkdir()
        (place := short / "valkey").mkdir()
        valkey = Valkey(place)
        valkey.start()
        until.callback(valkey.kill)
        books_url, store_url, cutter = _store(until, folder, short, database)
        journal = folder / "journal.jsonl"
        simulator = until.enter_context(SimulatorProcess.start(journal, speed=SPEED))
        history = History(folder / "history.jsonl")
        made = World(folder, store_url, books_url, simulator, valkey, history, cutter, pace)
        until.callback(made.put_away)
        done = subprocess.run(
            made.command("db", "upgrade"), env=made.environment, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        yield made


def _store(
    until: ExitStack, folder: Path, short: Path, database: str
) -> tuple[str, str, Cutter | None]:
    if database == "sqlite":
        url = f"sqlite:///{folder / 'plinthctl.db'}"
        return url, url, None
    (short / "postgres").mkdir()
    server = Postgres(short / "postgres" / "data")
    until.callback(server.stop)
    url, cutter = server.new_database(), Cutter()
    return url, until.enter_context(Proxy(url, cutter)).url, cutter
