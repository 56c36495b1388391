"""The audit: what operators did by hand, written with what it changed."""

import os
import platform
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from sqlalchemy import Row

from plinthctl.domain.acts import Act
from plinthctl.domain.views import AuditView
from plinthctl.store.tables import operator_audit
from plinthctl.store.tx import Tx

# Beside what an action changed: the table has no column for it.
_PLACE: Final = "place"


def note(
    tx: Tx,
    act: Act,
    *,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    job_id: str | None = None,
) -> None:
    """Write an operator's action; ``before`` and ``after`` say what it changed. With it
    goes from which machine and terminal, those of this process."""
    entry = {
        "at": tx.now,
        "operator": act.operator,
        "action": act.action,
        "job_id": job_id,
        "reason": act.reason,
        "before": dict(before),
        "after": {**after, _PLACE: {"host": platform.node(), "tty": _terminal()}},
    }
    tx.insert_all(operator_audit, [entry])


def view(row: Row[Any]) -> AuditView:
    """One row, as it is shown."""
    after = dict(row.after)
    place = after.pop(_PLACE, None) or {}
    return AuditView(
        row.at,
        row.operator,
        row.action,
        row.reason,
        row.before,
        after,
        place.get("host"),
        place.get("tty"),
    )


def _terminal() -> str | None:
    for descriptor in range(3):
        with suppress(OSError):
            return os.ttyname(descriptor)
    return None
