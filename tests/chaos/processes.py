"""Processes of the chaos tests: started, stopped and killed by their own ids."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
GENEROUS_S = 30.0  # a net for a busy machine; nothing relies on it


def until(condition: Callable[[], bool], what: str, within_s: float = GENEROUS_S) -> None:
    """Return once ``condition`` holds; it is looked at often, and not for ever."""
    give_up_at = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < give_up_at, f"not within {within_s:g} s: {what}"
        time.sleep(0.002)


class Child:
    """A Python process of ours, which ends when its standard input does."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def freeze(self) -> None:
        """SIGSTOP, and wait until it has stopped."""
        self.send(signal.SIGSTOP)
        self.wait_until_stopped()

    def wait_until_stopped(self) -> None:
        until(lambda: self.state() == "T", f"process {self.pid} stopped")

    def thaw(self) -> None:
        self.send(signal.SIGCONT)

    def state(self) -> str:
        """The letter that the kernel has for its state."""
        return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        self._process.wait()
        self._close_input()

    def tell_to_end(self) -> None:
        self._close_input()

    def exit_code(self) -> int:
        return self._process.wait(GENEROUS_S)

    def put_away(self) -> None:
        """End it however it is, at the end of a test."""
        if self._process.poll() is None:
            self.kill()
        self._close_input()

    def _close_input(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
