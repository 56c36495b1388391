"""A store in which every text that is kept is as bad as it can be."""

import json
import unicodedata
from typing import Any, Final

from sqlalchemy import JSON, String, Table, select, update

from plinthctl.domain.text import MARKS_IN_A_ROW
from plinthctl.store import Store
from plinthctl.store.tables import Words, metadata
from plinthctl.store.tx import Tx
from tests.store.acts import write

# RELIABILITY S1 and S2: what terminals obey, and what Rich and Textual do.
ESCAPES: Final = "\x1b[2J\x1b]0;t\x07\x1b]52;c;x\x07\x1b]8;;http://e\x1b\\\x1bP\x1b\\\x1bc\x1b(0"
C1: Final = "\x9b2J\x9d0;t\x9c\x90\x84\x85"
CONTROLS: Final = "\r\b\x0b\x0c\x7f\t"
INVISIBLE: Final = "\u202e\u2066\u200b\u200d\ufeff\u2028\u2029\u061c\U000e0041\ue000\u0378"
MARKUP: Final = (
    "[bold][/][/foo][@click=app.quit]x[/][link=http://e]x[/link][[a]]\\[x :smile: [sys:x]"
)
MARKS: Final = "e" + "\u0301" * 50
HOSTILE: Final = (
    f"H{ESCAPES}{C1}{CONTROLS}{INVISIBLE}{MARKUP}{MARKS}\n東京 👩\u200d🚀 {'w' * 300}a\\"
)

# Words of ours that nobody else can set, and that the program reads as its own.
OURS: Final = {
    "jobs.status",
    "job_steps.state",
    "job_ends.status",
    "workers.mode",
    "duties.name",
    "store_names.name",
    "pauses.scope",
    "jobs.parked",
    "jobs.quality",
    "job_ends.quality",
    "circuits.state",
    "circuits.reason",
    "job_events.kind",
    "step_tries.failure_class",
    "alerts.rule",
    "alerts.scope",
    "alerts.severity",
}


def poison(store: Store) -> list[str]:
    """Make every text hostile, but ids and the words of ours; which columns those are."""
    spoilt = [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if _is_text(table, column) or isinstance(column.type, JSON)
    ]
    write(store, lambda tx: _poison(tx, set(spoilt)))
    return spoilt


def _is_text(table: Table, column: Any) -> bool:
    is_ours = f"{table.name}.{column.name}" in OURS or column.foreign_keys
    is_key = column.primary_key or column.name in {"id", "job_id", "worker_id", "decision"}
    return isinstance(column.type, Words | String) and not (is_ours or is_key)


def _poison(tx: Tx, spoilt: set[str]) -> int:
    for table in metadata.sorted_tables:
        plain = {
            column.name: HOSTILE
            for column in table.columns
            if f"{table.name}.{column.name}" in spoilt and not isinstance(column.type, JSON)
        }
        if plain:
            tx.execute(update(table).values(**plain))
        for column in table.columns:
            if isinstance(column.type, JSON):
                _poison_json(tx, table, column)
    return 1


def _poison_json(tx: Tx, table: Table, column: Any) -> None:
    keys = list(table.primary_key)
    for row in tx.execute(select(*keys, column)).all():
        *identity, value = list[Any](row)
        where = [key == one for key, one in zip(keys, identity, strict=True)]
        tx.execute(update(table).where(*where).values({column.name: _spoilt(value)}))


def _spoilt(value: Any) -> Any:
    """The same shape, each text in it hostile; an object has one more, by a hostile name."""
    if isinstance(value, str):
        return HOSTILE
    if isinstance(value, list):
        return [_spoilt(one) for one in value]
    if isinstance(value, dict):
        return {**{key: _spoilt(one) for key, one in value.items()}, HOSTILE: HOSTILE}
    return value


def obeyed(shown: str) -> list[str]:
    """What in a text a terminal would obey, or that cannot be seen; but line breaks."""
    hidden = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return [c for c in shown if c != "\n" and unicodedata.category(c) in hidden]


def piles(shown: str) -> int:
    """The most combining marks in a row."""
    most = row = 0
    for character in shown:
        row = row + 1 if unicodedata.category(character).startswith("M") else 0
        most = max(most, row)
    return most


def kept(out: str) -> bool:
    """Whether JSON still holds the hostile text as it was stored, somewhere."""
    stored = HOSTILE.replace("\x00", "\ufffd")
    return json.dumps(stored).replace("\x7f", "\\u007f") in out


__all__ = ["HOSTILE", "MARKS_IN_A_ROW", "kept", "obeyed", "piles", "poison"]
