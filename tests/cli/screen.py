"""The program on a terminal of its own, 80 columns wide unless said otherwise."""

import codecs
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Self

from tests.nursery import Call

PATIENCE_S = 60.0


@contextmanager
def ctrl_c_is_heard() -> Iterator[None]:
    """Processes that are started meanwhile hear SIGINT. Tests that run in a shell's
    background do not, and their children would inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class Screen:
    """Everything the terminal was sent, and somebody at its keyboard.

    ``pipe_out``: stdout goes into a pipe instead, as in ``id=$(plinthctl …)``.
    """

    def __init__(
        self,
        *arguments: str,
        columns: int = 80,
        pipe_out: bool = False,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._here, there = pty.openpty()
        fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self._pipe, out = os.pipe() if pipe_out else (None, there)
        call = Call(arguments, {**os.environ, **(env or {})}, session=True)
        with ctrl_c_is_heard():
            self.process = call.start(there, out, there)
        for end in {there, out}:
            os.close(end)
        self.text = ""
        self._decoded = codecs.getincrementaldecoder("utf-8")("replace").decode

    def type(self, line: str) -> None:
        """Type a line and press Enter."""
        os.write(self._here, line.encode() + b"\n")

    def press(self, key: str) -> None:
        """Press a key."""
        os.write(self._here, key.encode())

    def wait_for(self, words: str) -> None:
        """Read until the words have been shown, or fail with what was."""
        self.wait_until(lambda: words in self.text, words, lambda: repr(self.text))

    def wait_until(self, true: Callable[[], bool], what: str, seen: Callable[[], str]) -> None:
        """Read until something is true, or fail with what is seen."""
        until = time.monotonic() + PATIENCE_S
        while not true():
            assert time.monotonic() < until, f"no {what!r} in {seen()}"
            assert self._read() or true(), f"ended without {what!r}: {seen()}"

    def _read(self) -> bool:
        """Take in what there is; False at the end."""
        ready, _, _ = select.select([self._here], [], [], 0.5)
        if not ready:
            return True
        try:
            chunk = os.read(self._here, 65_536)
        except OSError:  # Linux's way of saying that the other end is closed
            return False
        # As a whole: a chunk may end amid a line break, or a character.
        self.text = (self.text + self._decoded(chunk)).replace("\r\n", "\n")
        return bool(chunk)

    def end(self) -> int:
        """Read to the end and return the exit code."""
        while self._read():
            pass
        return self.process.wait(PATIENCE_S)

    def piped(self) -> str:
        """What went into the pipe."""
        assert self._pipe is not None
        with open(self._pipe, closefd=False) as file:
            return file.read()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self._pipe is not None:
            os.close(self._pipe)
        os.close(self._here)
