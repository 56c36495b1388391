"""Many jobs at once, as a store has them after weeks: rows, not runs.

Retried by hand, expired, cancelled, of no known type, and of clocks that were set back;
one job type has none.
"""

from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from random import Random
from typing import Any, Final

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.ids import RANDOM_BYTES, IdPrefix, new_id
from plinthctl.store import Store
from plinthctl.store.tables import job_data, job_ends, job_events, jobs, step_tries
from plinthctl.store.tx import Tx
from tests.store.acts import write
from tests.stores import INPUT

EMPTY_TYPE: Final = "option_analysis"
OLD_TYPE: Final = "summary"  # of a version that is gone
TYPES: Final = tuple(name for name in JOB_TYPES if name != EMPTY_TYPE)
AT_ONCE: Final = 5_000
Row = dict[str, Any]

# How it ends, by weight: status, code.
ENDS: Final = {
    ("completed", None): 78,
    ("failed", "network_timeout"): 5,
    ("failed", "auth_failure"): 2,
    ("failed", "worker_lost"): 1,
    ("failed", "expired_running"): 1,
    ("failed", "expired_in_queue"): 4,
    ("failed", "invalid_input"): 4,
    ("cancelled", None): 5,
}


class Seeds:
    """Jobs that ended between ``now - span`` and now; half of them in the last hour,
    unless ``recent`` says otherwise."""

    def __init__(
        self, now: datetime, span: timedelta, *, seed: int = 1, recent: float = 0.5, orgs: int = 50
    ) -> None:
        self._now, self._span, self._recent, self._orgs = now, span, recent, orgs
        self._dice = Random(seed)

    def sow(self, store: Store, count: int, *, whole: bool = False) -> None:
        """Put so many jobs into the store; ``whole``: with what each was given, an event
        and a try, as purging has to take them away."""
        made = (self._job() for _ in range(count))
        while some := tuple(islice(made, AT_ONCE)):
            write(store, partial(_insert, some=some, whole=whole))

    def _job(self) -> tuple[Row, list[Row]]:
        dice = self._dice
        ended_at = self._moment()
        name = OLD_TYPE if dice.random() < 0.01 else dice.choice(TYPES)
        org = f"org-{int(self._orgs * dice.random() ** 2)}"
        status, code = dice.choices(list(ENDS), list(ENDS.values()))[0]
        end = self._end(name, org, status, code, ended_at)
        earlier = self._retried(end) if dice.random() < 0.05 else []
        return self._row(end, len(earlier)), [*earlier, end]

    def _moment(self) -> datetime:
        dice = self._dice
        span = timedelta(hours=1) if dice.random() < self._recent else self._span
        return self._now - span * dice.random()

    def _end(self, name: str, org: str, status: str, code: str | None, at: datetime) -> Row:
        dice = self._dice
        steps = self._steps(name)
        started_at: datetime | None = at - timedelta(seconds=sum(steps.values()))
        created_at = started_at - timedelta(seconds=dice.expovariate(1 / 20))  # type: ignore[operator]
        if dice.random() < 0.02:  # the clock was set back while it waited, or ran
            created_at += timedelta(minutes=dice.choice([2, 60]))
        elif dice.random() < 0.02:
            started_at = at + timedelta(minutes=3)
        if code == "expired_in_queue" or (status == "cancelled" and dice.random() < 0.5):
            started_at, steps = None, {}
        identifier = new_id(
            IdPrefix.JOB, int(created_at.timestamp() * 1000), dice.randbytes(RANDOM_BYTES)
        )
        return {
            "job_id": identifier,
            "token": 2,
            "type": name,
            "org": org,
            "status": status,
            "code": code,
            "created_at": created_at,
            "started_at": started_at,
            "ended_at": at,
            "step_times": steps,
            "cost_usd": None if dice.random() < 0.1 else dice.random() / 10,
        }

    def _steps(self, name: str) -> dict[str, float]:
        known = JOB_TYPES.get(name)
        names = [step.name for step in known.steps] if known else ["only-step"]
        return {step: self._dice.lognormvariate(1.5, 0.8) for step in names}

    def _retried(self, end: Row) -> list[Row]:
        """What it had ended with before it was retried by hand."""
        failed = {"token": 1, "status": "failed", "code": "network_timeout", "step_times": {}}
        return [{**end, **failed, "ended_at": end["ended_at"] - timedelta(minutes=5)}]

    def _row(self, end: Row, retries: int) -> Row:
        return {
            "id": end["job_id"],
            "type": end["type"],
            "version": 1,
            "org": end["org"],
            "user": f"user-{end['org']}",
            "status": end["status"],
            "progress": 100,
            "attempt": 1,
            "round": retries,
            "losses": 0,
            "claim_token": end["token"],
            "event_seq": 0,
            "created_at": end["created_at"],
            "available_at": end["created_at"],
            "started_at": end["started_at"],
            "completed_at": end["ended_at"],
            "error_code": end["code"],
        }


def _insert(tx: Tx, some: tuple[tuple[Row, list[Row]], ...], *, whole: bool) -> None:
    tx.insert_all(jobs, [row for row, _ in some])
    tx.insert_all(job_ends, [end for _, ends in some for end in ends])
    if whole:
        tx.insert_all(job_data, [{"job_id": row["id"], "input": INPUT} for row, _ in some])
        tx.insert_all(job_events, [_event(row) for row, _ in some])
        tx.insert_all(step_tries, [_try(row) for row, _ in some])


def _event(row: Row) -> Row:
    at = row["completed_at"]
    return {"job_id": row["id"], "seq": 1, "at": at, "kind": row["status"], "token": 2, "data": {}}


def _try(row: Row) -> Row:
    return {
        "job_id": row["id"],
        "step": "search-sources",
        "round": 0,
        "number": 1,
        "token": 2,
        "started_at": row["created_at"],
        "ended_at": row["completed_at"],
        "failure_class": "rate_limited",
        "provider": "exa",
        "calls": 1,
    }
