"""A process that uses an embedded bell as it is told: a call a line, an answer a line.

Its arguments: the data directory, and where it is to be killed (a function by its
module and name), if anywhere.
"""

import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from plinthctl.broker.embedded import EmbeddedBell
from plinthctl.errors import BellFailed


def main(data_dir: str, dies_at: str = "") -> None:
    if dies_at:
        die_at(dies_at)
    bell = EmbeddedBell(Path(data_dir))
    say("ready")
    for line in sys.stdin:
        say(answer(bell, line.strip()))


def say(what: Any) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def answer(bell: EmbeddedBell, call: str) -> Any:
    try:
        return getattr(bell, call)()
    except BellFailed as failed:
        return f"{failed} {failed.why}"


def die_at(place: str) -> None:
    owner, _, name = place.rpartition(".")
    module, _, attribute = owner.partition(":")
    target = import_module(module)
    setattr(getattr(target, attribute) if attribute else target, name, die)


def die(*_: object) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("kill -9 did not end this process")


if __name__ == "__main__":
    main(*sys.argv[1:])
