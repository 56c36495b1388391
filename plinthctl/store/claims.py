"""Taking due jobs for a worker, their first steps included."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)

from plinthctl.domain import steps
from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.circuits import Circuit, Sifted
from plinthctl.domain.failures import Failure, FailureClass
from plinthctl.domain.job import JobEvent, JobStatus, after
from plinthctl.domain.liveness import ALONE_FROM_LOSSES
from plinthctl.domain.runs import ClaimedJob
from plinthctl.domain.steps import StepState, StepStatus
from plinthctl.store import circuits
from plinthctl.store.rows import Told, event_row
from plinthctl.store.tables import (
    ANY_TROUBLE,
    IS_ACTIVE,
    IS_PENDING,
    IS_RUNNING,
    NOT_PARKED,
    NOT_PAUSED,
    job_data,
    job_events,
    job_steps,
    jobs,
    step_tries,
    workers,
)
from plinthctl.store.tx import Tx, grouped

PARKED_AT_ONCE: Final = 20  # times a claim looks behind what it has just parked
_SHOWN: Final = ("progress", "step", "status_message", "attempt")
_STARTED: Final = ("state", "token", "started_at", "ended_at", "retry_at")


# Built once and given their values at each claim, as `Tx.execute` has it.
_NOW: Final[BindParameter[datetime]] = bindparam("now")
_IDS: Final[BindParameter[Sequence[str]]] = bindparam("ids", expanding=True)
_IS_DUE: Final = and_(IS_PENDING, jobs.c.available_at <= _NOW, NOT_PAUSED)
_DUE: Final = and_(_IS_DUE, jobs.c.type.in_(bindparam("types", expanding=True)))
_BESIDE_OTHERS: Final = and_(_DUE, jobs.c.losses < ALONE_FROM_LOSSES)
# Only a new job that was due at once is delivered; others nobody was told of. One that
# was retried by hand is delivered, too, which does not show: who asks first takes it.
_LEFT: Final = or_(
    jobs.c.available_at <= bindparam("told_before"),
    jobs.c.claim_token > 0,
    jobs.c.available_at > jobs.c.created_at,
)


def _oldest(which: ColumnElement[bool]) -> Select[str, bool]:
    due = select(jobs.c.id, ANY_TROUBLE).where(which).order_by(jobs.c.available_at, jobs.c.id)
    return due.limit(bindparam("at_most"))


def _locked(which: ColumnElement[bool]) -> Select[str, bool]:
    # Rows that others lock are skipped, so two claims never wait for each other.
    return _oldest(which).with_for_update(skip_locked=True)


_OLDEST_LEFT: Final = _oldest(and_(_BESIDE_OTHERS, _LEFT))
_OLDEST_ALONE: Final = _oldest(and_(_DUE, jobs.c.losses >= ALONE_FROM_LOSSES))
_CLAIM_LEFT: Final = _locked(and_(_BESIDE_OTHERS, _LEFT))
_CLAIM_NAMED: Final = _locked(and_(jobs.c.id.in_(_IDS), _BESIDE_OTHERS))
_CLAIM_ONE: Final = _locked(and_(jobs.c.id.in_(_IDS), _IS_DUE))
_MARK: Final = (
    update(jobs)
    .where(
        jobs.c.id.in_(_IDS),
        IS_PENDING,
        exists().where(workers.c.id == bindparam("worker"), workers.c.retired_at.is_(None)),
    )
    .values(
        status=after(JobStatus.PENDING, JobEvent.CLAIM),
        worker_id=bindparam("worker"),
        claim_token=jobs.c.claim_token + 1,
        event_seq=jobs.c.event_seq + 1,
        started_at=_NOW,
        parked=None,
    )
    .returning(*jobs.c)
)
_INPUTS: Final = select(job_data.c.job_id, job_data.c.input).where(job_data.c.job_id.in_(_IDS))
_STEPS: Final = select(job_steps).where(job_steps.c.job_id.in_(_IDS))
_FAILED_TRIES: Final = (
    select(step_tries)
    .where(step_tries.c.job_id.in_(_IDS), step_tries.c.failure_class.is_not(None))
    .order_by(step_tries.c.job_id, step_tries.c.round, step_tries.c.number)
)
_SHOW: Final = (
    update(jobs)
    .where(jobs.c.id == bindparam("of_job"))
    .values({name: bindparam(f"new_{name}") for name in _SHOWN})
)


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who claims: a worker, and the digests of its providers' keys."""

    worker_id: str
    keys: Mapping[str, str]


def claim(
    tx: Tx, by: Claimant, types: Sequence[str], at_most: int, leave_s: float = 0.0
) -> tuple[ClaimedJob, ...]:
    """Take up to ``at_most`` due jobs of these types, the longest due first.

    Jobs that an operator holds back are not due to anybody.
    Jobs that have lost two workers in a row are left out: they run alone. So are
    those that somebody else was told of less than ``leave_s`` seconds ago.
    Nothing is taken for a worker that is retired or unknown. Jobs whose next step needs
    a provider that is in trouble are parked instead, and the next ones taken.
    """
    left = _left(tx, types, leave_s)
    return _take(tx, by, _CLAIM_LEFT, {**left, "at_most": at_most})


def claim_named(
    tx: Tx, by: Claimant, types: Sequence[str], ids: Sequence[str]
) -> tuple[ClaimedJob, ...]:
    """Take those of the named jobs that `claim` could take."""
    named = {"ids": ids, "types": types, "now": tx.now, "at_most": len(ids)}
    return _take(tx, by, _CLAIM_NAMED, named)


def anything_due(tx: Tx, types: Sequence[str], leave_s: float) -> bool:
    """Whether a claim could find anything; an idle worker asks this, and writes nothing."""
    left = _left(tx, types, leave_s)
    return tx.execute(_OLDEST_LEFT, {**left, "at_most": 1}).first() is not None


def _left(tx: Tx, types: Sequence[str], leave_s: float) -> dict[str, Any]:
    return {"types": types, "now": tx.now, "told_before": tx.now - timedelta(seconds=leave_s)}


def claim_one(tx: Tx, by: Claimant, job_id: str) -> ClaimedJob | None:
    """Take this job if it is due; None: it is not."""
    taken = _take(tx, by, _CLAIM_ONE, {"ids": [job_id], "now": tx.now, "at_most": 1})
    return taken[0] if taken else None


def due_alone(tx: Tx, types: Sequence[str], at_most: int) -> tuple[str, ...]:
    """Due jobs that must run in a process of their own."""
    given = {"types": types, "now": tx.now, "at_most": at_most}
    return tuple(tx.execute(_OLDEST_ALONE, given).scalars())


def waiting_count(tx: Tx, types: Sequence[str]) -> int:
    """Pending jobs of these types, due or not."""
    pending = select(func.count()).select_from(jobs).where(IS_PENDING, jobs.c.type.in_(types))
    count: int = tx.execute(pending).scalar_one()
    return count


def anything_left(tx: Tx, types: Sequence[str]) -> bool:
    """Whether jobs of these types run, or wait for their time or for a worker; what
    is held back by hand, or parked, waits for neither."""
    waits = and_(NOT_PAUSED, NOT_PARKED)
    left = and_(IS_ACTIVE, jobs.c.type.in_(types), or_(IS_RUNNING, waits))
    return tx.execute(select(jobs.c.id).where(left).limit(1)).first() is not None


def _take(
    tx: Tx, by: Claimant, wanted: Select[str, bool], given: Mapping[str, Any]
) -> tuple[ClaimedJob, ...]:
    found = _who_goes_on(tx, by, wanted, given)
    rows = _mark(tx, by.worker_id, found.claimed) if found.claimed else []
    known = _read_steps(tx, rows, found.probes)
    return tuple(_start(tx, rows, known))


def _who_goes_on(
    tx: Tx, by: Claimant, wanted: Select[str, bool], given: Mapping[str, Any]
) -> Sifted:
    """The due jobs, but for those that are parked now; these leave room for others."""
    claimed: list[str] = []
    probes: dict[str, tuple[Circuit, ...]] = {}
    for _ in range(PARKED_AT_ONCE):
        rows = [row for row in tx.execute(wanted, given).all() if row.id not in claimed]
        rows = rows[: given["at_most"] - len(claimed)]
        ids = [row.id for row in rows]
        if not any(row.troubled for row in rows):
            return Sifted((*claimed, *ids), probes, {})
        found = circuits.sifted(tx, ids, by.keys)
        claimed += found.claimed
        probes |= found.probes
        if not found.parked or len(claimed) == given["at_most"]:
            break
    return Sifted(tuple(claimed), probes, {})


def _mark(tx: Tx, worker_id: str, ids: Sequence[str]) -> Sequence[Row[Any]]:
    """The conditional UPDATE that makes the jobs this worker's."""
    order = {job_id: place for place, job_id in enumerate(ids)}
    marked = tx.execute(_MARK, {"ids": ids, "worker": worker_id, "now": tx.now})
    return sorted(marked, key=lambda row: order[row.id])


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store knows of a job's steps from earlier runs, and what it probes."""

    input: Any
    steps: Sequence[Row[Any]]
    tries: Sequence[Row[Any]]
    probes: frozenset[str]

    @property
    def board(self) -> dict[str, StepState]:
        return {
            row.step: StepState(StepStatus(row.state), row.tries, row.retry_at)
            for row in self.steps
        }


def _read_steps(
    tx: Tx, rows: Sequence[Row[Any]], probes: Mapping[str, Sequence[Circuit]]
) -> Mapping[str, _Known]:
    if not rows:
        return {}
    ids = [row.id for row in rows]
    found = {row.job_id: row.input for row in tx.execute(_INPUTS, {"ids": ids})}
    # Under its first token a job has no steps yet.
    begun = [row.id for row in rows if row.claim_token > 1]
    by_job = grouped(tx, _STEPS, {"ids": begun}) if begun else {}
    tries = grouped(tx, _FAILED_TRIES, {"ids": begun}) if by_job else {}
    return {
        i: _Known(
            found[i],
            by_job.get(i, ()),
            tries.get(i, ()),
            frozenset(circuit.provider for circuit in probes.get(i, ())),
        )
        for i in ids
    }


def _start(tx: Tx, rows: Sequence[Row[Any]], known: Mapping[str, _Known]) -> list[ClaimedJob]:
    """Start each job's first steps and tell what the claim has brought."""
    claimed = [_claimed(tx, row, known[row.id]) for row in rows]
    starts = [row for job in claimed for row in _start_rows(tx, job.id, job.token, job.started)]
    tx.put_all(job_steps, starts, changes=_STARTED)
    events = [
        event_row(tx, row, 0, _told(job, row)) for row, job in zip(rows, claimed, strict=True)
    ]
    tx.insert_all(job_events, events)
    tx.run_many(_SHOW, [_shown(job) for job in claimed])
    return claimed


def _told(job: ClaimedJob, row: Row[Any]) -> Told:
    begun = {"steps": list(job.started), "progress": _shown(job)["new_progress"]}
    return Told(JobEvent.CLAIM, begun, row.worker_id)


def start_steps(tx: Tx, job_id: str, token: int, names: Sequence[str]) -> None:
    """Mark steps as running; failed tries of theirs stay counted."""
    tx.put_all(job_steps, _start_rows(tx, job_id, token, names), changes=_STARTED)


def _start_rows(tx: Tx, job_id: str, token: int, names: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "job_id": job_id,
            "step": name,
            "state": StepStatus.RUNNING,
            "tries": 0,
            "token": token,
            "started_at": tx.now,
            "ended_at": None,
            "retry_at": None,
        }
        for name in names
    ]


def _claimed(tx: Tx, row: Row[Any], known: _Known) -> ClaimedJob:
    board = known.board
    job_type = JOB_TYPES[row.type]
    started = tuple(step.name for step in steps.startable(job_type.steps, board, tx.now))
    now_running = {
        name: StepState(StepStatus.RUNNING, board.get(name, steps.NEW).tries) for name in started
    }
    tries = [one for one in known.tries if one.round == row.round]
    return ClaimedJob(
        id=row.id,
        token=row.claim_token,
        type=row.type,
        org=row.org,
        user=row.user,
        decision=row.decision,
        input=known.input,
        board={**board, **now_running},
        started=started,
        outputs={s.step: s.output for s in known.steps if StepStatus(s.state) in steps.ENDED},
        reasons={s.step: s.reason for s in known.steps if s.state == StepStatus.DEGRADED},
        failed=_classes(tries),
        last_failure={one.step: _failure(one) for one in tries},
        progress=row.progress,
        round=row.round,
        probes=known.probes,
    )


def _classes(tries: Sequence[Row[Any]]) -> dict[str, tuple[FailureClass, ...]]:
    classes: dict[str, tuple[FailureClass, ...]] = {}
    for one in tries:
        classes[one.step] = (*classes.get(one.step, ()), FailureClass(one.failure_class))
    return classes


def _failure(row: Row[Any]) -> Failure:
    return Failure(
        failure_class=FailureClass(row.failure_class),
        message=row.message or "",
        provider=row.provider,
        http_status=row.http_status,
        provider_code=row.provider_code,
        request_id=row.request_id,
        detail=row.detail,
    )


def _shown(job: ClaimedJob) -> dict[str, Any]:
    specs = JOB_TYPES[job.type].steps
    shown = steps.shown_step(specs, job.board)
    return {
        "of_job": job.id,
        "new_progress": max(job.progress, steps.progress(specs, job.board)),
        "new_step": shown.name if shown else None,
        "new_status_message": shown.message if shown else None,
        "new_attempt": steps.attempt(job.board),
    }
