"""A new job from an old one, with an input that was edited."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from plinthctl.cli import ordering, parsing, submit_one
from plinthctl.cli.shell import Shell
from plinthctl.errors import UsageError

if TYPE_CHECKING:
    from plinthctl.services.orders import Order


def renew(
    shell: Shell, typed: Sequence[str], edits: Sequence[str], how: ordering.How, reason: str | None
) -> None:
    """Submit what one job was made of once more, edited; it counts for the same people.

    Raises:
        UsageError, InvalidInput: not one job is named, or the input does not fit.
        NotFound, LimitReached: as a submit does.
    """
    ids = parsing.ids(typed)
    if len(ids) != 1:
        raise UsageError(
            "--set makes one new job of one old one",
            fix="plinthctl retry ID --set key=value",
        )
    job_id = shell.services.browse.resolve(ids[0])
    ordered = _order(shell, job_id, parsing.items(edits, "--set"), reason)
    submit_one.submit(shell, ordered, {}, how)


def until(limit_s: float | None) -> float | None:
    """When a wait of so many seconds is over, by `time.monotonic`."""
    return None if limit_s is None else time.monotonic() + limit_s


def _order(shell: Shell, job_id: str, fields: dict[str, Any], reason: str | None) -> "Order":
    from plinthctl.services.orders import Order, orderable

    old = shell.services.browse.detail(job_id)
    orderable(old.job.type)
    changed = ordering.meant(shell, fields)
    return Order(
        old.job.type,
        {**old.input, **changed},
        org=old.job.org,
        user=old.job.user,
        decision=None if "decision" in changed else old.job.decision,
        told={
            "from": job_id,
            "set": sorted(changed),
            **({"reason": reason} if reason else {}),
        },
    )
