"""Ids by what an operator types of them: a beginning, or an end."""

from typing import Final

from sqlalchemy import Column, ColumnElement, and_, select

from plinthctl.domain.ids import ALPHABET, ULID_LENGTH, IdPrefix
from plinthctl.store.tx import Tx

_LAST: Final = ALPHABET[-1]


def ids_like(
    tx: Tx,
    column: Column[str],
    prefix: IdPrefix,
    part: str,
    at_most: int,
    *,
    ends: ColumnElement[bool] | None = None,
) -> tuple[str, ...]:
    """Ids in ``column``, all of which have ``prefix``, that begin or end with ``part``
    (as `ids.canonical_part` gives it). ``ends`` is a quicker way to say the latter."""
    begins = part if "_" in part else f"{prefix}_{part}"
    # Only characters of ids: many a PostgreSQL sorts "~" before letters and digits.
    last = begins.ljust(len(prefix) + 1 + ULID_LENGTH, _LAST)
    between = and_(column >= begins, column <= last)
    ending = column.endswith(part, autoescape=True) if ends is None else ends
    found = (
        one
        for where in (between, ending)
        for one in tx.execute(select(column).where(where).limit(at_most)).scalars()
    )
    return tuple(sorted(set(found))[:at_most])
