"""What a database is to the rest of this room: read, write, and a clock."""

from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from plinthctl.domain.news import Listener
from plinthctl.store.tx import Tx

T = TypeVar("T")

WAIT_S: Final = 5.0  # that a caller waits for its turn before it is told "busy"


class Database(Protocol):
    """SQLite or PostgreSQL. Work is a function of a transaction; it may be run
    more than once, so it touches nothing else."""

    safe_url: str

    def read(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` in one short read-only transaction, one moment for all of it."""
        ...

    def write(self, work: Callable[[Tx], T], *, urgent: bool = False, lasting: bool = True) -> T:
        """Run ``work`` in a transaction and return after its commit.

        ``urgent`` work (a heartbeat) goes before all other work of this process.
        Work that need not be ``lasting`` (a claim) may be undone by a power cut that
        also ends whoever asked for it: SQLite does not wait for the disk with it.

        Raises:
            StoreBusy: it did not get its turn within 5 s; nothing was changed.
            StoreUnavailable: unreachable, full or read-only; nothing was changed.
            OutcomeUnknown: the answer to the commit was lost.
        """
        ...

    def listen(self, listener: Listener) -> None:
        """Tell ``listener`` the news of each transaction, after its commit and
        before its caller has the answer. It is called in threads of this room's,
        and must neither wait nor raise."""
        ...

    def quiesce(self) -> None:
        """Finish what is being written and begin nothing, until `resume`."""
        ...

    def resume(self) -> None:
        """Write again."""
        ...

    def close(self) -> None:
        """Let go of every connection and lock."""
        ...
