"""Whether a worker of this machine is alive, for whoever watches over its container."""

import platform
from typing import TYPE_CHECKING

from plinthctl.domain.liveness import ALIVE_WITHIN_S
from plinthctl.errors import ExitCode, PlinthError
from plinthctl.services.life import boot_id, seen_dead

if TYPE_CHECKING:
    from plinthctl.store import Store


class NoWorker(PlinthError):
    """No worker of this machine is alive."""

    code = "no_worker"
    exit_code = ExitCode.UNAVAILABLE


def must_be_alive(store: "Store", name: str | None) -> None:
    """Insist on a worker of this machine (of that ``name``, if one is given) that has
    beaten within 30 s and is not seen to be dead.

    Raises:
        NoWorker: there is none.
    """
    here, boot = platform.node(), boot_id()
    mine = [w for w in store.workers() if w.host == here and name in {None, w.name}]
    beating = [worker for worker in mine if worker.silent_s < ALIVE_WITHIN_S]
    if all(seen_dead(worker, boot) for worker in beating):
        raise NoWorker(_why(here, died=bool(beating)), fix="plinthctl worker")


def _why(here: str, *, died: bool) -> str:
    if died:
        return f"the worker on {here} is dead"
    return f"no worker on {here} has reported in the last {ALIVE_WITHIN_S:g}s"
