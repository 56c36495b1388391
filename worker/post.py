"""A worker's place among the others: its row, its life file, its name."""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from plinthctl import __version__
from plinthctl.domain.ids import IdPrefix, short
from plinthctl.domain.runs import NewWorker
from plinthctl.errors import StoreUnavailable
from plinthctl.services.life import LifeFile, boot_id, life_path
from worker.calls import StoreCalls, until_answered
from worker.clocks import fresh_id
from worker.logs import log


@dataclass(frozen=True, slots=True)
class Description:
    """What a worker says of itself when it reports for duty."""

    name: str | None
    types: tuple[str, ...]
    slots: int
    data_dir: Path


class Post:
    """The row under which this worker is known; a new one after it was retired."""

    def __init__(self, calls: StoreCalls, about: Description) -> None:
        self._calls = calls
        self._about = about
        self._life: LifeFile | None = None
        self._worker_id: str | None = None

    @property
    def worker_id(self) -> str:
        """The id that the store knows this worker by.

        Raises:
            RuntimeError: it has not reported for duty.
        """
        if self._worker_id is None:
            raise RuntimeError("the worker has not reported for duty")
        return self._worker_id

    @property
    def taken(self) -> bool:
        """Whether this worker has a row."""
        return self._worker_id is not None

    async def take(self) -> None:
        """Report for duty. Raises what the store raises."""
        worker = self._new_worker()
        try:
            await self._calls(self._calls.store.register, worker)
        except StoreUnavailable:
            self._drop_life()
            raise
        self._worker_id = worker.id
        log.info(
            f"on duty as {worker.name} ({short(worker.id)})", event="on_duty", worker=worker.id
        )

    def lose(self) -> None:
        """Others have retired this worker: its old id is nobody's any more."""
        self._worker_id = None
        self._drop_life()

    async def take_again(self, wanted: Callable[[], bool]) -> None:
        """Report for duty under a new id, once the store answers."""
        worker = self._new_worker()
        store = self._calls.store
        await until_answered(self._calls, lambda: store.register(worker), wanted)
        self._worker_id = worker.id
        log.info(f"on duty again as {short(worker.id)}", event="on_duty", worker=worker.id)

    async def leave(self) -> None:
        """Retire the row, then remove the life file: without it nobody could see us dead."""
        if self._worker_id is not None:
            try:
                await self._calls(self._calls.store.retire, self._worker_id)
            except StoreUnavailable as error:
                text = f"store: {error}; others will retire this worker"
                log.warning(text, event="not_retired", worker=self._worker_id)
        self._drop_life()

    def _new_worker(self) -> NewWorker:
        worker_id = fresh_id(IdPrefix.WORKER)
        self._life = _new_life(life_path(self._about.data_dir, self._store_url(), worker_id))
        return NewWorker(
            id=worker_id,
            name=self._about.name or f"{socket.gethostname()}-{os.getpid()}",
            host=socket.gethostname(),
            pid=os.getpid(),
            boot_id=boot_id(),
            life_file=str(self._life.path) if self._life else None,
            version=__version__,
            types=self._about.types,
            slots=self._about.slots,
        )

    def _store_url(self) -> str:
        return self._calls.store.safe_url

    def _drop_life(self) -> None:
        if self._life is not None:
            self._life.remove()
            self._life = None


def _new_life(path: Path) -> LifeFile | None:
    try:
        return LifeFile(path)
    except OSError as error:
        text = f"no life file at {path} ({error.strerror}); others notice my death after 15 s"
        log.warning(text, event="no_life_file")
        return None
