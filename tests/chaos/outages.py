"""The ways in which a bell fails: what is done to its server, and how that is mended."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.valkeys import Valkey

PASSWORD: Final = "correct horse"


@dataclass(frozen=True)
class Outage:
    """``says`` is what people are told of the server."""

    strike: Callable[[Valkey], None]
    mend: Callable[[Valkey], None]
    says: str


def _flush(server: Valkey) -> None:
    with server.client() as client:
        client.flushall()


def _nothing(_: Valkey) -> None:
    """It mends itself."""


def _fill(server: Valkey) -> None:
    with server.client() as client:
        client.set("ballast", b"x" * 2_000_000)
    server.set("maxmemory", "1mb")


def _make_room(server: Valkey) -> None:
    server.set("maxmemory", "0")


def _lock(server: Valkey) -> None:
    server.set("requirepass", PASSWORD)
    _hang_up_on_all(server)


def _unlock(server: Valkey) -> None:
    with server.client(password=PASSWORD) as client:
        client.config_set("requirepass", "")


def _hang_up_on_all(server: Valkey) -> None:
    # Whoever was let in before there was a password is let in for good.
    with server.client(password=PASSWORD) as client:
        for kind in ("normal", "pubsub"):
            client.execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")


FLUSHED: Final = Outage(_flush, _nothing, "is as well as ever")
KILLED: Final = Outage(Valkey.kill, Valkey.start, "refuses connections")
FROZEN: Final = Outage(Valkey.freeze, Valkey.thaw, "does not answer")
READ_ONLY: Final = Outage(
    lambda server: server.be_replica(read_only=True),
    lambda server: server.be_replica(read_only=False),
    "is read-only",
)
FULL: Final = Outage(_fill, _make_room, "has no memory left")
LOCKED: Final = Outage(_lock, _unlock, "wants a password")
