"""What writers said before and after each write, and what must then be in the store.

A ledger is a plain file that a writer appends to. It is not synced: its writer
may be killed, the machine may not.
"""

import os
from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Final

from plinthctl.errors import OutcomeUnknown, StoreUnavailable

TAIL_BYTES: Final = 8_192


class Said(StrEnum):
    """A line's first word."""

    ABOUT = "about"  # to be asked for
    ACKED = "acked"  # the store said yes
    REFUSED = "refused"  # the store said that nothing was changed
    UNKNOWN = "unknown"  # the store said that it does not know


def said_of(error: StoreUnavailable) -> Said:
    """What the store has told by raising ``error``."""
    return Said.UNKNOWN if isinstance(error, OutcomeUnknown) else Said.REFUSED


class Ledger:
    """One writer's lines: ``<said> <kind> <id>``, each written whole."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def say(self, said: Said, kind: str, what: str) -> None:
        os.write(self._file, f"{said} {kind} {what}\n".encode())


class Books:
    """All ledgers together: the ids of a kind of which something was said."""

    def __init__(self, ledgers: Iterable[Path]) -> None:
        self._ids: dict[tuple[str, str], set[str]] = defaultdict(set)
        for path in ledgers:
            for line in path.read_text().splitlines():
                said, kind, what = line.split()
                self._ids[said, kind].add(what)

    def ids(self, said: Said, kind: str) -> set[str]:
        return self._ids[said, kind]


def acknowledged(ledger: Path) -> int:
    """How many writes this ledger says were acknowledged."""
    lines = ledger.read_text().splitlines() if ledger.exists() else []
    return sum(line.startswith(Said.ACKED) for line in lines)


def last_acknowledged(ledger: Path, at_most: int, kind: str) -> set[str]:
    """The ids of the newest acknowledged writes of a kind."""
    head = f"{Said.ACKED} {kind} "
    with ledger.open("rb") as file:
        file.seek(max(0, ledger.stat().st_size - TAIL_BYTES))
        whole = file.read().decode().splitlines()[1:]  # the first may be cut
    return set([line.removeprefix(head) for line in whole if line.startswith(head)][-at_most:])
