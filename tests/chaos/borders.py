"""Processes of the program that kill themselves at a border: within the transaction that
crosses it, just before its commit, or just after that.

The program knows nothing of borders: they are put around its functions in a process of the
test's own, which then runs the command line as ever.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Any, Final

import worker.main  # for the processes, which then need not import it each
from plinthctl.cli.app import main
from plinthctl.domain.runs import Advance, Complete, PutBack
from plinthctl.store import (
    Store,
    admission,
    alerts,
    claims,
    liveness,
    outbox,
    retrying,
    runs,
    steering,
    sweep,
)
from worker import tries

ENDS_WITHIN_S: Final = 60.0  # a net
KILLED: Final = -signal.SIGKILL
_FRESH = multiprocessing.get_context("forkserver")
_FRESH.set_forkserver_preload([__name__])


class Side(StrEnum):
    WITHIN = "within its transaction"
    AFTER = "after its commit"


@dataclass(frozen=True)
class Border:
    """``inside``: a function that works in a transaction; ``outside``: the method that
    commits it, None where the border is no write. ``change``: only for changes of it."""

    inside: tuple[Any, str]
    outside: str | None
    change: type | None = None

    def plant(self, side: Side) -> None:
        """From now on this process dies there."""
        if side is Side.WITHIN or self.outside is None:
            _deadly(*self.inside, self.change)
        else:
            _deadly(Store, self.outside, self.change)


BORDERS: Final[Mapping[str, Border]] = {
    "admit": Border((admission, "admit_one"), "admit_one"),
    "cancel": Border((steering, "request_cancel"), "request_cancel"),
    "retry": Border((retrying, "retry"), "retry"),
    "register": Border((liveness, "register"), "register"),
    "claim": Border((claims, "_take"), "claim"),
    "step call": Border((tries, "_checked"), None),
    "step store": Border((runs, "apply"), "apply", Advance),
    "put back": Border((runs, "apply"), "apply", PutBack),
    "finish": Border((runs, "apply"), "apply", Complete),
    "leave": Border((liveness, "retire"), "retire"),
    "recover": Border((sweep, "recover"), "recover"),
    "expire": Border((sweep, "expire"), "expire_one"),
    "alert": Border((alerts, "evaluate"), "evaluate_alerts"),
    "letter": Border((outbox, "take"), "take_letters"),
}


def _deadly(owner: Any, name: str, change: type | None) -> None:
    """Let the process die when that function has done something."""
    function: Callable[..., Any] = getattr(owner, name)

    @wraps(function)
    def die_after(*given: Any, **named: Any) -> Any:
        done = function(*given, **named)
        if done != () and (change is None or isinstance(given[1], change)):
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    setattr(owner, name, die_after)


@dataclass(frozen=True)
class Mortals:
    """Runs ``plinthctl`` in processes with that environment; ``log``: what they say."""

    environment: Mapping[str, str]
    log: Path

    def run(self, *words: str, dies: str | None = None, side: Side = Side.AFTER) -> int:
        """The exit code of one; ``dies``: the border that it does not survive."""
        process = _FRESH.Process(target=_live, args=(self, words, dies, side))
        process.start()
        process.join(ENDS_WITHIN_S)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise AssertionError(f"{words} did not end: {self.log.read_text()[-2000:]}")
        return process.exitcode


def _live(mortals: Mortals, words: tuple[str, ...], dies: str | None, side: Side) -> None:
    os.environ.clear()
    os.environ.update(mortals.environment)
    log = os.open(mortals.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for stream in (1, 2):
        os.dup2(log, stream)
    sys.argv = ["plinthctl", *words]
    if dies is not None:
        BORDERS[dies].plant(side)
    assert worker.main
    sys.exit(main(list(words)))
