"""The embedded Valkey of a data directory: one server, owned by nobody.

The first worker starts it and the last one ends it, whoever that is and however the
others ended. The server itself holds ``bell.lock``, so that a free lock says that there
is none; every worker holds ``workers.lock`` beside the others, so that whoever gets it
alone knows that nobody is left. Source: CORE.md, "The bell".
"""

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from plinthctl.broker import locks, valkey
from plinthctl.broker.bell_folder import BellFolder
from plinthctl.broker.patience import Patience
from plinthctl.errors import BellFailed

JOINS_WITHIN_S: Final = 5.0
ENDS_WITHIN_S: Final = 3.0  # less than a newcomer waits for the one who ends it


class EmbeddedBell:
    """The embedded server of one data directory, as one process sees it.

    Not for two threads at once. Calls block; none for longer than some seconds.
    """

    def __init__(self, data_dir: Path) -> None:
        self._folder = BellFolder.of(data_dir)
        self._place: int | None = None  # this worker's among those who hold workers.lock

    def find(self) -> Path | None:
        """The socket of the living server; None: there is none. For clients; starts nothing."""
        try:
            alive = self._folder.is_usable() and locks.is_held(self._folder.server_lock)
            return self._folder.pointed_at() if alive else None
        except OSError:
            return None

    def join(self) -> Path | None:
        """Be one of the workers that keep the server alive; returns its socket.

        Starts a server where there is none; None where the platform has no wheel of it.
        May be called again, when the server that was joined is gone.

        Raises:
            BellFailed: no server could be had within five seconds, and why. Then this
                worker counts as having left.
        """
        binary = valkey.server_binary()
        if binary is None:
            return None
        with self._all_or_nothing():
            self._folder.prepare()
            return self._joined(binary)

    def leave(self) -> bool:
        """Stop using the server; whether it was ended, since nobody else was left."""
        self._give_place_back()
        return self.stop_orphan()

    def is_orphan(self) -> bool:
        """Whether there is a server that no worker uses. Changes nothing."""
        try:
            if not (self._folder.is_usable() and locks.is_held(self._folder.server_lock)):
                return False
            alone = locks.try_alone(self._folder.workers_lock)
        except OSError:
            return False
        if alone is not None:
            locks.release(alone)
        return alone is not None

    def stop_orphan(self) -> bool:
        """End a server that no worker uses; whether there was one and it is gone."""
        try:
            return self._ended_alone()
        except OSError:
            return False

    def _joined(self, binary: Path) -> Path:
        patience = Patience(JOINS_WITHIN_S)
        for _ in patience.tries():
            if not self._has_place():
                continue
            socket = self._living(patience) or self._started(binary, patience)
            if socket is not None:
                return socket
        raise self._nothing_answers()

    def _has_place(self) -> bool:
        if self._place is None:
            self._place = locks.try_shared(self._folder.workers_lock)
        return self._place is not None

    def _living(self, patience: Patience) -> Path | None:
        """A server that answers. Its starter may have died before it could point at it."""
        for socket in self._folder.sockets():
            if valkey.answers(socket, min(valkey.ANSWERS_WITHIN_S, patience.left_s())):
                if socket != self._folder.pointed_at():
                    self._folder.point_at(socket)
                return socket
        return None

    def _started(self, binary: Path, patience: Patience) -> Path | None:
        """A server that this call has started; None: there is one, or one is being started."""
        lock = locks.try_alone(self._folder.server_lock)
        if lock is None:
            return None
        try:
            self._folder.clear()
            socket = self._folder.new_socket()
            valkey.start(binary, socket, lock, patience)
            self._folder.point_at(socket)
        finally:
            os.close(lock)  # not released: the server has inherited it
        return socket

    def _ended_alone(self) -> bool:
        if not (self._folder.is_usable() and locks.is_held(self._folder.server_lock)):
            return False
        alone = locks.try_alone(self._folder.workers_lock)
        if alone is None:
            return False
        try:
            return locks.is_held(self._folder.server_lock) and self._ended()
        finally:
            locks.release(alone)

    def _ended(self) -> bool:
        patience = Patience(ENDS_WITHIN_S)
        for _ in patience.tries():
            for socket in self._folder.sockets():
                valkey.ask_to_end(socket, min(valkey.ANSWERS_WITHIN_S, patience.left_s()))
            if not locks.is_held(self._folder.server_lock):
                self._folder.clear()
                return True
        return False

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._give_place_back()
            raise self._cannot_be_had(error) from error
        except BaseException:
            self._give_place_back()
            raise

    def _give_place_back(self) -> None:
        if self._place is not None:
            locks.release(self._place)
            self._place = None

    def _cannot_be_had(self, error: OSError) -> BellFailed:
        where = error.filename or self._folder.path
        return BellFailed(
            "the embedded Valkey could not be started",
            why=f"{where}: {error.strerror or error}",
            fix=f"check its owner and mode: ls -ld {shlex.quote(str(where))}",
        )

    def _nothing_answers(self) -> BellFailed:
        pids = (valkey.listener(socket) for socket in self._folder.sockets())
        pid = next(filter(None, pids), None)
        if pid is None:
            return BellFailed(
                "the embedded Valkey could not be reached",
                why=f"another process has held the locks in {self._folder.path} "
                f"for {JOINS_WITHIN_S:g} s, and no server answers",
            )
        return BellFailed(
            "the embedded Valkey does not answer",
            why=f"process {pid} has been silent for {JOINS_WITHIN_S:g} s",
            fix=f"kill -CONT {pid} if it was stopped, else kill -9 {pid}; "
            "a worker starts another one",
        )
