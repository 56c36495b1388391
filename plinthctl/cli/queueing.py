"""Waiting for a place under the limits, in front of a person or a script."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from plinthctl.cli.ordering import How
from plinthctl.cli.shell import Shell
from plinthctl.errors import PlinthError, StoreUnavailable

if TYPE_CHECKING:
    from plinthctl.cli.standing_by import Helper
    from plinthctl.domain.runs import NewJob

_LEFT = "nothing more was submitted"
_BACK = "the same submit again"


class Queue:
    """Somebody who waits for places, and says what is full: once, and when it changes."""

    def __init__(self, shell: Shell, how: How) -> None:
        self._shell = shell
        self._how = how
        self._told: object = None
        self._helper: Helper | None = None
        self._warned = False

    def wait(self, waiting: "Sequence[NewJob]") -> None:
        """Return when one of these jobs may find a place.

        Raises:
            LimitReached: it did not in the time that there was.
            StoreUnavailable: the store was away when that was over.
            WorkerDied: the worker that was started to free places has failed.
        """
        for reason in self._shell.services.slots.looks(waiting, self._how.until):
            unserved = not self._how.wait and self._is_unserved(waiting[0].type, reason)
            self._tell(reason)
            if unserved:
                self._warn_once()
            if self._how.wait:
                self._keep_a_helper(waiting[0].type)

    def _is_unserved(self, job_type: str, reason: PlinthError) -> bool:
        """Whether the store was there to say that no worker is."""
        from plinthctl.services.standby import is_served

        there = not isinstance(reason, StoreUnavailable)
        return there and not is_served(self._shell.services.store, job_type)

    def _tell(self, reason: PlinthError) -> None:
        from plinthctl.render import orders

        what = orders.what_is_full(reason)
        if what != self._told:
            self._told = what
            self._shell.say(orders.waiting_line(reason))

    def _warn_once(self) -> None:
        if not self._warned:
            self._warned = True
            self._shell.warn(
                "no worker is running; no place comes free before one is", fix="plinthctl worker"
            )

    def _keep_a_helper(self, job_type: str) -> None:
        """Where jobs are followed, see to it that somebody frees places."""
        from plinthctl.cli import standing_by

        if self._helper is None:
            waits = standing_by.Waiting(job_type, _LEFT, _BACK)
            self._helper = standing_by.ensure_worker(self._shell, waits)
        self._helper.must_live(None)
