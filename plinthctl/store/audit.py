"""The audit: what operators did by hand, written with what it changed."""

from collections.abc import Mapping
from typing import Any

from plinthctl.domain.acts import Act
from plinthctl.store.tables import operator_audit
from plinthctl.store.tx import Tx


def note(
    tx: Tx,
    act: Act,
    *,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    job_id: str | None = None,
) -> None:
    """Write an operator's action; ``before`` and ``after`` say what it changed."""
    entry = {
        "at": tx.now,
        "operator": act.operator,
        "action": act.action,
        "job_id": job_id,
        "reason": act.reason,
        "before": dict(before),
        "after": dict(after),
    }
    tx.insert_all(operator_audit, [entry])
