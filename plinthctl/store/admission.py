"""Letting a job in: all its limits counted and its row written in one transaction."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, and_, delete, func, literal, literal_column, select

from plinthctl.domain.job import SUBMITTED, JobStatus
from plinthctl.domain.limits import FullScope, Holder, Limits, Scope, refusal, scopes
from plinthctl.domain.runs import NewJob
from plinthctl.errors import NotFound, WrongState
from plinthctl.store.rows import Told, event_row
from plinthctl.store.tables import (
    IS_ACTIVE,
    Words,
    decisions,
    job_data,
    job_events,
    job_keys,
    jobs,
)
from plinthctl.store.tx import Tx

KEY_KEPT_FOR: Final = timedelta(hours=24)

_COLUMN: Final[dict[Scope, Column[Any]]] = {
    Scope.ORG: jobs.c.org,
    Scope.USER: jobs.c.user,
    Scope.DECISION: jobs.c.decision,
}


def admit(tx: Tx, job: NewJob, limits: Limits, actor: str, usual_s: Mapping[str, float]) -> bool:
    """Whether the job was made; False: one with its key and input is there already.

    ``usual_s`` is each type's usual longest duration, for telling when a place
    is likely free. Asking again with the same id finds the job made before.

    Raises:
        LimitReached: with every full scope and who holds it.
        NotFound: no such decision.
        WrongState: its key belongs to a job with another input.
    """
    wanted = scopes(job.org, job.user, job.decision)
    if tx.on_postgresql:
        _lock(tx, wanted)
    if _is_there(tx, job.id):
        return True
    if job.key is not None and _has_twin(tx, job, job.key):
        return False
    _require_decision(tx, job.decision)
    if full := full_scopes(tx, wanted, limits, usual_s):
        raise refusal(full)
    _insert(tx, job, actor)
    return True


def _lock(tx: Tx, wanted: Sequence[tuple[Scope, str]]) -> None:
    # In one fixed order everywhere, and before the count: in one statement with
    # it, the count would see the moment before the lock was had.
    calls = (
        func.pg_advisory_xact_lock(
            literal_column(str(number)), func.hashtext(literal(identifier, Words))
        )
        for number, (_, identifier) in enumerate(wanted, start=1)
    )
    tx.execute(select(*calls))


def _is_there(tx: Tx, job_id: str) -> bool:
    return tx.execute(select(jobs.c.id).where(jobs.c.id == job_id)).first() is not None


def _has_twin(tx: Tx, job: NewJob, key: str) -> bool:
    found = job_for_key(tx, job.org, key)
    if found is None:
        return False
    job_id, its_input = found
    if _canonical(its_input) != _canonical(job.input):
        raise WrongState(
            f'the key "{key}" belongs to {job_id}, which has another input',
            fix=f"use another key, or look at it: plinthctl show {job_id}",
        )
    return True


def job_for_key(tx: Tx, org: str, key: str) -> tuple[str, dict[str, Any]] | None:
    """The job that this key made in the last 24 hours, and its input."""
    row = tx.execute(
        select(job_keys.c.job_id, job_data.c.input)
        .join(job_data, job_data.c.job_id == job_keys.c.job_id)
        .where(job_keys.c.org == org, job_keys.c.key == key)
        .where(job_keys.c.created_at > tx.now - KEY_KEPT_FOR)
    ).one_or_none()
    return None if row is None else (row.job_id, row.input)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _require_decision(tx: Tx, decision: str | None) -> None:
    if decision is None:
        return
    if tx.execute(select(decisions.c.id).where(decisions.c.id == decision)).first() is None:
        raise NotFound(
            f'no decision "{decision}"',
            fix="leave --decision out, or name one that is in the store",
            details={"decision": decision},
        )


def full_scopes(
    tx: Tx, wanted: Sequence[tuple[Scope, str]], limits: Limits, usual_s: Mapping[str, float]
) -> tuple[FullScope, ...]:
    """The scopes among ``wanted`` that have no free place."""
    full = []
    for scope, identifier in wanted:
        limit = limits.of(scope, identifier)
        if _active_at_most(tx, scope, identifier, limit) >= limit:
            holders = _holders(tx, scope, identifier, usual_s)
            full.append(FullScope(scope, identifier, limit, holders))
    return tuple(full)


def _in_scope(scope: Scope, identifier: str) -> ColumnElement[bool]:
    return and_(_COLUMN[scope] == identifier, IS_ACTIVE)


def _active_at_most(tx: Tx, scope: Scope, identifier: str, at_most: int) -> int:
    some = select(jobs.c.id).where(_in_scope(scope, identifier)).limit(at_most).subquery()
    count: int = tx.execute(select(func.count()).select_from(some)).scalar_one()
    return count


def _holders(
    tx: Tx, scope: Scope, identifier: str, usual_s: Mapping[str, float]
) -> tuple[Holder, ...]:
    active = (
        select(jobs.c.id, jobs.c.type, jobs.c.started_at)
        .where(_in_scope(scope, identifier))
        .order_by(jobs.c.id)
    )
    return tuple(
        Holder(
            row.id,
            usual_s.get(row.type, 0.0),
            (tx.now - row.started_at).total_seconds() if row.started_at else None,
        )
        for row in tx.execute(active)
    )


def _insert(tx: Tx, job: NewJob, actor: str) -> None:
    row = tx.execute(
        jobs.insert()
        .values(
            id=job.id,
            type=job.type,
            version=job.version,
            org=job.org,
            user=job.user,
            decision=job.decision,
            key=job.key,
            status=JobStatus.PENDING,
            progress=0,
            attempt=1,
            round=0,
            losses=0,
            claim_token=0,
            event_seq=1,
            created_at=tx.now,
            available_at=job.available_at or tx.now,
        )
        .returning(*jobs.c)
    ).one()
    tx.insert_all(job_data, [{"job_id": job.id, "input": job.input}])
    tx.insert_all(job_events, [event_row(tx, row, 0, Told(SUBMITTED, actor=actor))])
    if job.key is not None:
        _keep_key(tx, job, job.key)


def _keep_key(tx: Tx, job: NewJob, key: str) -> None:
    tx.execute(delete(job_keys).where(job_keys.c.org == job.org, job_keys.c.key == key))
    row = {"org": job.org, "key": key, "job_id": job.id, "created_at": tx.now}
    tx.insert_all(job_keys, [row])
