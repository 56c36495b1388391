"""The program as its user runs it: real processes against a real store."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from plinthctl.broker.embedded import EmbeddedBell
from plinthctl.domain.views import JobDetail
from plinthctl.store import Store
from tests.nursery import Call, Process, finished

T = TypeVar("T")

PATIENCE_S: Final = 60.0
LAUNCHER: Final = ("-m", "plinthctl")
COMPANY: Final = ("-i", "company_name=Acme Corp", "-i", "company_url=https://acme.com")


def wait_for(wanted: Callable[[], T | None], what: str, patience_s: float = PATIENCE_S) -> T:
    """What ``wanted`` returns, as soon as that is something."""
    give_up_at = time.monotonic() + patience_s
    while not (found := wanted()):
        assert time.monotonic() < give_up_at, f"not within {patience_s:g} s: {what}"
        time.sleep(0.02)
    return found


@dataclass(frozen=True)
class Program:
    """``plinthctl`` with one store, one simulator and one home; ``simulator_url``
    None: each worker starts its own. ``variables`` are set for every process."""

    store: Store
    store_url: str
    simulator_url: str | None
    home: Path
    launcher: tuple[str, ...] = LAUNCHER
    variables: Mapping[str, str] = field(default_factory=dict)
    forks: bool = True

    @property
    def afresh(self) -> "Program":
        """The same, each process of which imports all it needs itself."""
        return replace(self, forks=False)

    @property
    def environment(self) -> dict[str, str]:
        own = {
            "HOME": str(self.home),
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "PLINTHCTL_DATABASE_URL": self.store_url,
            **self.variables,
        }
        if self.simulator_url is not None:
            own["PLINTHCTL_SIMULATOR_URL"] = self.simulator_url
        return {**os.environ, **own}

    def end_bell(self) -> None:
        """End the embedded server that workers left which were killed."""
        EmbeddedBell(self.home / "data" / "plinthctl").stop_orphan()

    def command(self, *words: str) -> list[str]:
        return [sys.executable, *self.launcher, *words]

    def run(self, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
        if not options:
            return self._run(*words)
        return subprocess.run(
            self.command(*words),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
            **options,
        )

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        def start(*streams: int) -> Process:
            return self.start(words, *streams)

        return subprocess.CompletedProcess(self.command(*words), *finished(start, PATIENCE_S))

    def start(self, words: Sequence[str], *streams: int) -> Process:
        """A process of the program, on these three streams."""
        if self.launcher != LAUNCHER:
            return self._launched(words, *streams)
        call = Call(words, self.environment)
        return call.start(*streams) if self.forks else call.start_afresh(*streams)

    def _launched(self, words: Sequence[str], into: int, out: int, err: int) -> Process:
        return subprocess.Popen(
            self.command(*words), env=self.environment, stdin=into, stdout=out, stderr=err
        )

    def submit(self, *words: str) -> str:
        """The id of a competitor analysis that was accepted."""
        done = self.run("submit", "competitor_analysis", *COMPANY, *words)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    @contextmanager
    def worker(self, *words: str) -> Iterator[Process]:
        """A worker of its own process; killed at the end if it still runs."""
        with (self.home / "worker.log").open("ab") as log, Path(os.devnull).open() as nothing:
            process = self.start(("worker", *words), nothing.fileno(), log.fileno(), log.fileno())
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()

    def detail(self, job_id: str) -> JobDetail:
        found = self.store.detail(job_id, events=True)
        assert found is not None
        return found

    def ended(self, job_id: str) -> JobDetail:
        """The job, as soon as it has ended."""
        return wait_for(
            lambda: d if (d := self.detail(job_id)).job.ended else None,
            f"{job_id} ends; worker says {self.log()[-2000:]}",
        )

    def log(self) -> str:
        path = self.home / "worker.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def shown(self, job_id: str) -> dict[str, Any]:
        done = self.run("show", job_id, "-o", "json")
        assert done.returncode == 0, done.stderr
        value: dict[str, Any] = json.loads(done.stdout)
        return value
