"""The program, imported once and forked for each call: importing is most of what a short
process of it does.

    python -m tests.nursery     (with a socket for its standard input)

What is forked has streams, variables and an end of its own, as if it had been started
afresh. Who wants to see how it starts starts it afresh: `Program.afresh`.
"""

import atexit
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any, Final, Union

ROOT: Final = Path(__file__).parents[1]
PRELOADED: Final = (
    "plinthctl.cli.app",
    "plinthctl.store.health",
    "plinthctl.store.store",
    "plinthctl.wiring",
    "psycopg",
    "worker.main",
    "worker.providers.llm_chat",
)
# What counts when a process starts, and not later.
AT_START: Final = ("PYTHON", "PLINTH_TEST_PACE", "LC_", "LANG")
MESSAGE_BYTES: Final = 1_000_000
STREAMS: Final = 3
PROGRAM: Final = (sys.executable, "-m", "plinthctl")


Process = Union["Forked", subprocess.Popen[bytes]]


@dataclass(frozen=True)
class Call:
    """``plinthctl`` with these words and variables; ``session``: in one of its own."""

    words: Sequence[str]
    environment: Mapping[str, str]
    session: bool = False

    def start(self, *streams: int) -> Process:
        """Begin it with these for its standard input, output and error."""
        if (ours := nursery(self.environment)) is not None:
            return ours.start(self, streams)
        return self.start_afresh(*streams)

    def start_afresh(self, *streams: int) -> Process:
        into, out, err = streams
        return subprocess.Popen(
            [*PROGRAM, *self.words],
            env=self.environment,
            stdin=into,
            stdout=out,
            stderr=err,
            start_new_session=self.session,
        )


def finished(start: Callable[..., Process], patience_s: float) -> tuple[int, str, str]:
    """The exit code of what starts on three streams, and what it has said into the latter."""
    with (
        Path(os.devnull).open() as nothing,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        process = start(nothing.fileno(), out.fileno(), err.fileno())
        try:
            process.wait(patience_s)
        finally:
            process.kill()
            code = process.wait()
        return code, _said(out), _said(err)


def _said(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


class Forked:
    """A process of the program; what tests use of a `subprocess.Popen`."""

    def __init__(self, nursery: "Nursery", pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._nursery = nursery
        self._end = os.pidfd_open(pid)

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._nursery.ask(reap=self.pid)
            if self.returncode is not None:
                os.close(self._end)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.poll() is None and not select.select([self._end], [], [], timeout)[0]:
            assert timeout is not None
            raise subprocess.TimeoutExpired(f"plinthctl, process {self.pid}", timeout)
        ended = self.poll()
        assert ended is not None
        return ended

    def send_signal(self, number: int) -> None:
        if self.poll() is None:  # until it is asked after, nobody else gets its number
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Nursery:
    """The process that has imported the program, as seen by a test's."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__], cwd=ROOT, env=environment, stdin=theirs.fileno()
            )
        self._turn = threading.Lock()
        atexit.register(self._close)

    def start(self, call: "Call", streams: Sequence[int]) -> Forked:
        return Forked(self, self.ask(*streams, **asdict(call)))

    def ask(self, *streams: int, **message: Any) -> Any:
        with self._turn:
            socket.send_fds(self._line, [json.dumps(message).encode()], streams)
            return json.loads(self._line.recv(MESSAGE_BYTES))

    def _close(self) -> None:
        self._line.close()
        self._process.wait()


def nursery(environment: Mapping[str, str]) -> Nursery | None:
    """Whose children are as those that start with these variables, if there is one."""
    if Path.cwd() != ROOT:  # where modules are looked for
        return None
    return _nursery(tuple(sorted((k, v) for k, v in environment.items() if k.startswith(AT_START))))


@cache
def _nursery(at_start: tuple[tuple[str, str], ...]) -> Nursery:
    usual = {k: v for k, v in os.environ.items() if not k.startswith(AT_START)}
    return Nursery({**usual, **dict(at_start)})


# -- in the process that forks ------------------------------------------------------------


def _preload() -> None:
    for name in PRELOADED:
        importlib.import_module(name)
    importlib.import_module("plinthctl.cli.app").program()
    gc.collect()
    gc.freeze()  # or else each child would copy all of it when it looks for garbage


def _born(line: socket.socket) -> tuple[Any, list[int]] | None:
    """Answer until there is nobody to answer, which is None. In each child that was asked
    for: what it is to be."""
    while True:
        data, streams, _, _ = socket.recv_fds(line, MESSAGE_BYTES, STREAMS)
        if not data:
            return None
        message = json.loads(data)
        if "reap" in message:
            line.send(json.dumps(_reaped(message["reap"])).encode())
        elif (pid := os.fork()) == 0:
            line.detach()
            return message, streams
        else:
            line.send(str(pid).encode())
            for one in streams:
                os.close(one)


def _reaped(pid: int) -> int | None:
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def _become(message: Any, streams: Sequence[int]) -> None:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(STREAMS, os.sysconf("SC_OPEN_MAX"))
    if message["session"]:
        os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(message["environment"])
    time.tzset()
    tempfile.tempdir = None
    _open("stdin", 0, "r")
    _open("stdout", 1, "w")
    _open("stderr", 2, "w", buffering=1)
    sys.argv = [str(ROOT / "plinthctl" / "__main__.py"), *message["words"]]


def _open(name: str, number: int, mode: str, buffering: int = -1) -> None:
    """Give Python a stream as it had at its start, on what is there now."""
    was = getattr(sys, name)
    opened = open(number, mode, buffering, was.encoding, was.errors, closefd=False)  # noqa: SIM115
    setattr(sys, name, opened)
    setattr(sys, f"__{name}__", opened)


def _live() -> int:
    _preload()
    line = socket.socket(fileno=os.dup(sys.stdin.fileno()))
    if (born := _born(line)) is None:
        return 0
    _become(*born)
    end: int = importlib.import_module("plinthctl.cli.app").main()
    return end


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(_live())
