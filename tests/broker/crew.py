"""Worker processes around one embedded bell, and what the system says of its servers."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from plinthctl.broker.locks import is_held
from tests.chaos.processes import GENEROUS_S, ROOT, until


class Worker:
    """A process of `tests.broker.bell_worker`."""

    def __init__(self, data_dir: Path, dies_at: str = "") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.broker.bell_worker", str(data_dir), dies_at],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begin(self, call: str) -> None:
        """Tell it to call a method of its bell; `answer` has what came of it."""
        assert self._process.stdin is not None
        self._process.stdin.write(call + "\n")
        self._process.stdin.flush()

    def answer(self) -> str:
        """Its next line; empty: it is dead."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def call(self, name: str) -> str:
        self.begin(name)
        return self.answer()

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        self._process.wait()

    def wait_until_killed(self) -> None:
        assert self._process.wait(GENEROUS_S) == -signal.SIGKILL

    def put_away(self) -> None:
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with suppress(BrokenPipeError):
                pipe.close()


class Crew:
    """The workers of one data directory."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._workers: list[Worker] = []

    def started(self, count: int = 1, dies_at: str = "") -> list[Worker]:
        """New workers that have done nothing yet."""
        new = [Worker(self.data_dir, dies_at) for _ in range(count)]
        self._workers += new
        for worker in new:
            assert worker.answer() == "ready"
        return new

    def joined(self) -> tuple[Worker, Path]:
        """A new worker, and the socket of the server that it uses."""
        (worker,) = self.started()
        return worker, Path(worker.call("join"))

    def server(self) -> int:
        """The only process that serves this data directory."""
        (only,) = self.servers()
        return only

    def servers(self) -> list[int]:
        return servers_of(self.data_dir)

    def sockets(self) -> list[Path]:
        return sorted(self.data_dir.glob("bell-*.sock"))

    def files(self) -> set[str]:
        return {path.name for path in self.data_dir.iterdir()}

    def kill_server(self) -> None:
        """kill -9, and wait until it has let go of everything."""
        os.kill(self.server(), signal.SIGKILL)
        until(lambda: not is_held(self.data_dir / "bell.lock"), "the server has ended")

    def put_away(self) -> None:
        for worker in self._workers:
            worker.put_away()
        if self.servers():
            self.kill_server()


def at_once(workers: Sequence[Worker], call: str) -> list[str]:
    """What each answered to a call that all got at the same instant."""
    for worker in workers:
        worker.begin(call)
    return [worker.answer() for worker in workers]


@contextmanager
def crew_at(data_dir: Path) -> Iterator[Crew]:
    crew = Crew(data_dir)
    try:
        yield crew
    finally:
        crew.put_away()


def servers_of(folder: Path) -> list[int]:
    """The processes that serve this folder."""
    processes = Path("/proc").glob("[0-9]*")
    return [int(one.name) for one in processes if _serves(one, folder)]


def _serves(process: Path, folder: Path) -> bool:
    try:
        line = (process / "cmdline").read_bytes()
    except OSError:  # it has just ended
        return False
    return b"valkey-server" in line and os.fsencode(folder / "bell-") in line


def freeze(pid: int) -> None:
    """SIGSTOP, and wait until it has stopped."""
    os.kill(pid, signal.SIGSTOP)
    until(lambda: _state(pid) == "T", f"process {pid} has stopped")


def thaw(pid: int) -> None:
    os.kill(pid, signal.SIGCONT)


def _state(pid: int) -> str:
    """The letter that the kernel has for its state."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
