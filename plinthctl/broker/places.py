"""Where a bell may hang: on a server of somebody's, or on one of our own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from plinthctl.broker.address import Address, parse, unix
from plinthctl.broker.embedded import EmbeddedBell

EMBEDDED: Final = "embedded"


class Place(Protocol):
    """Where the bell hangs. None instead of an address: there is no bell, which is no trouble."""

    def find(self) -> Address | None:
        """For who rings or listens: where it hangs just now."""
        ...

    def join(self) -> Address | None:
        """For a worker: where it hangs, hung up if need be. Raises `BellUnavailable`."""
        ...

    def leave(self) -> None:
        """For a worker that goes: take it down with the last."""
        ...

    def is_orphan(self) -> bool:
        """For who sweeps: whether it is ours to take down, and no worker is left."""
        ...

    def stop_orphan(self) -> bool:
        """Take it down then; whether that was done."""
        ...


@dataclass(frozen=True, slots=True)
class Remote:
    """A server that others look after."""

    address: Address

    def find(self) -> Address:
        return self.address

    def join(self) -> Address:
        return self.address

    def leave(self) -> None: ...

    def is_orphan(self) -> bool:
        return False

    def stop_orphan(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Embedded:
    """The server of this data directory, there as long as its workers are."""

    bell: EmbeddedBell

    def find(self) -> Address | None:
        return _at(self.bell.find())

    def join(self) -> Address | None:
        return _at(self.bell.join())

    def leave(self) -> None:
        self.bell.leave()

    def is_orphan(self) -> bool:
        return self.bell.is_orphan()

    def stop_orphan(self) -> bool:
        return self.bell.stop_orphan()


def _at(socket: Path | None) -> Address | None:
    return None if socket is None else unix(socket)


def place(url: str, data_dir: Path) -> Place:
    """The place that ``redis.url`` names. Raises `BadConfiguration`."""
    return Embedded(EmbeddedBell(data_dir)) if url == EMBEDDED else Remote(parse(url))
