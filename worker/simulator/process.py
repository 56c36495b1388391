"""The simulator as a child process that cannot outlive its parent."""

import json
import os
import selectors
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from plinthctl import programs
from plinthctl.errors import ExitCode, PlinthError

READY_WITHIN_S: Final = 20.0
GONE_WITHIN_S: Final = 5.0


class SimulatorFailed(PlinthError):
    """The simulator did not start."""

    code = "simulator"
    exit_code = ExitCode.UNAVAILABLE

    def __init__(self, why: str) -> None:
        super().__init__(
            "the simulated providers could not be started",
            why=why,
            fix="try it alone: python -m worker.simulator --journal FILE",
        )


class SimulatorProcess:
    """A running simulator; end it with `stop` or by leaving ``with``.

    It reads its end from a pipe that only this process holds: it goes when we
    go, ``kill -9`` included. It has a session of its own, so that Ctrl-C on the
    terminal reaches the worker alone, which may still need it.
    """

    def __init__(self, child: subprocess.Popen[bytes], url: str, key: str, journal: Path) -> None:
        self._child = child
        self.url = url
        self.key = key
        self.journal = journal

    @classmethod
    def start(
        cls, journal: Path, *, speed: float = 1.0, key: str = "simulated", port: int = 0
    ) -> Self:
        """Start one and wait until it listens.

        Raises:
            SimulatorFailed: it ended, or was not ready within 20 s.
        """
        options = [f"--journal={journal}", f"--speed={speed}", f"--key={key}", f"--port={port}"]
        with tempfile.TemporaryFile() as complaints:
            child = _spawn(options, complaints)
            try:
                url = _ready_url(child, complaints)
            except BaseException:
                _end(child)
                raise
        return cls(child, url, key, journal)

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    def stop(self) -> None:
        """End it, gently if it listens. May be called twice."""
        _end(self._child)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _spawn(options: list[str], complaints: IO[bytes]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603
            programs.command("worker.simulator", "--with-parent", *options),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            start_new_session=True,
            env=programs.environment(os.environ),
        )
    except OSError as error:
        raise SimulatorFailed(str(error)) from error


def _ready_url(child: subprocess.Popen[bytes], complaints: IO[bytes]) -> str:
    line = _first_line(child)
    try:
        return str(json.loads(line)["url"])
    except (ValueError, KeyError, TypeError):
        raise SimulatorFailed(_last_words(complaints) or "it was not ready in time") from None


def _first_line(child: subprocess.Popen[bytes]) -> bytes:
    """What it says first; as much as there is when it ends or time is up."""
    assert child.stdout is not None
    said = b""
    give_up_at = time.monotonic() + READY_WITHIN_S
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while not said.endswith(b"\n") and selector.select(give_up_at - time.monotonic()):
            more = os.read(child.stdout.fileno(), 4096)
            if not more:
                child.wait(GONE_WITHIN_S)
                break
            said += more
    return said


def _last_words(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    lines = complaints.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


def _end(child: subprocess.Popen[bytes]) -> None:
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()
    for harder in (child.terminate, child.kill):
        try:
            child.wait(GONE_WITHIN_S)
        except subprocess.TimeoutExpired:
            harder()
        else:
            return
    child.wait()
