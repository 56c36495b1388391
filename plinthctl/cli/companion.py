"""A worker beside the dashboard: it comes and goes with it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from plinthctl.cli.shell import Shell
from plinthctl.errors import PlinthError

if TYPE_CHECKING:
    from plinthctl.services.standby import Standby


@contextmanager
def worker_beside(shell: Shell, *, wanted: bool) -> Iterator[None]:
    """Run a worker inside the block, if one is wanted; its jobs are finished or given
    back at the end."""
    companion = _started(shell) if wanted else None
    try:
        yield
    finally:
        if companion is not None:
            _dismiss(shell, companion)


def _started(shell: Shell) -> "Standby":
    from plinthctl.services import standby
    from plinthctl.wiring import standby_log

    config = shell.config_path
    arguments = ["--config", str(config.absolute())] if config else []
    try:
        return standby.start(standby_log(), arguments, shell.environ)
    except OSError as error:
        raise PlinthError(
            "no worker could be started",
            why=f"{standby_log()}: {error.strerror or error}",
            fix="plinthctl worker, in another terminal",
        ) from None


def _dismiss(shell: Shell, companion: "Standby") -> None:
    """Let it finish what it runs; Ctrl-C makes it give that back at once."""
    if companion.works:
        shell.say("the worker finishes what it runs; Ctrl-C makes it give that back")
    elif (failure := companion.failure) is not None:
        shell.warn(f"the worker {failure}: {companion.last_words() or 'it said nothing'}")
    while companion.works:
        companion.process.send_signal(signal.SIGTERM)
        try:
            companion.process.wait()
        except KeyboardInterrupt:
            continue
