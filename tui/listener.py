"""The ear: a thread that is told of jobs between two looks, where there is a bell to tell."""

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from typing import Final, Protocol

from plinthctl.domain.views import JobView
from plinthctl.errors import PlinthError
from plinthctl.services.follow import Ear, Listens
from tui.feed import Tell
from tui.messages import Moved

SLICE_S: Final = 1.0  # how soon it notices that others are of interest
AGAIN_AFTER_S: Final = 5.0  # where there is no bell, or it does not answer


class Reads(Protocol):
    """The little of a store that listening needs."""

    def jobs_by_ids(self, ids: Sequence[str]) -> tuple[JobView, ...]:
        """The jobs of these ids that there are."""
        ...


class Listener:
    """Listens to the updates of the jobs that are shown, and reads what they tell of."""

    def __init__(self, bell: Callable[[], Listens], store: Callable[[], Reads], tell: Tell) -> None:
        self._bell = bell
        self._store = store
        self._tell = tell
        self._ids: frozenset[str] = frozenset()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="top-ear", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def about(self, ids: Iterable[str]) -> None:
        """Listen to these from now on."""
        self._ids = frozenset(ids)

    def stop(self) -> None:
        """Listen no more; the thread ends within a second or with the process."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._stopped.wait(AGAIN_AFTER_S if not self._listened() else 0.0)

    def _listened(self) -> bool:
        """Whether there was somebody to listen to."""
        ids = self._ids
        if not ids:
            return not self._stopped.wait(SLICE_S)
        try:
            ear = self._bell().ear(sorted(ids))
            if ear is None:
                return False
            with closing(ear):
                self._hear(ear, ids)
        except PlinthError:  # the next look says what is the matter
            return False
        return True

    def _hear(self, ear: Ear, ids: frozenset[str]) -> None:
        while not self._stopped.is_set() and self._ids <= ids:
            if heard := ear.wait(SLICE_S):
                self._tell(Moved(self._store().jobs_by_ids(sorted(heard))))
