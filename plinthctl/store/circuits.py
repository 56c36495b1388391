"""The circuits of providers: who may ask, who waits, and what has been learnt of them.

A circuit's row is locked before it decides over jobs, and jobs are moved only where
nobody else holds them: nobody waits in a circle.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, update

from plinthctl.domain.acts import Act
from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.circuits import (
    ANY_KEY,
    BEHIND,
    PROBE_MAY_TAKE,
    Candidate,
    Circuit,
    CircuitEvent,
    CircuitState,
    Reason,
    Sifted,
    Sign,
    after,
    needing,
    parked,
    probe_wait_s,
    sift,
)
from plinthctl.domain.job import JobEvent, JobStatus
from plinthctl.domain.job import after as job_after
from plinthctl.domain.steps import StepState, StepStatus
from plinthctl.store import audit
from plinthctl.store.rows import Told, event_row
from plinthctl.store.tables import (
    IS_PARKED,
    IS_PENDING,
    IS_TROUBLED,
    circuits,
    job_events,
    job_steps,
    jobs,
)
from plinthctl.store.tx import Tx, grouped

_READ: Final = select(circuits).order_by(circuits.c.provider, circuits.c.key)
_BOARDS: Final = select(job_steps)


def standing(tx: Tx) -> tuple[Circuit, ...]:
    """Every circuit that was ever open, with how many jobs wait for each."""
    found = tx.execute(_READ).all()
    if all(row.state == CircuitState.CLOSED for row in found):
        return tuple(map(_circuit, found))
    counts = select(jobs.c.parked, func.count().label("jobs")).where(IS_PARKED, IS_PENDING)
    waiting = {row.parked: row.jobs for row in tx.execute(counts.group_by(jobs.c.parked))}
    return tuple(replace(c, parked=waiting.get(c.name, 0)) for c in map(_circuit, found))


def troubled(tx: Tx, keys: Mapping[str, str]) -> tuple[Circuit, ...]:
    """What is open to who has these keys."""
    return needing([_circuit(row) for row in tx.execute(_READ.where(IS_TROUBLED))], keys)


def _circuit(row: Row[Any]) -> Circuit:
    return Circuit(
        provider=row.provider,
        key=row.key,
        state=CircuitState(row.state),
        reason=Reason(row.reason),
        message=row.message,
        opened_at=row.opened_at,
        probe_at=row.probe_at,
        refused=row.refused,
        probe_job=row.probe_job,
        operator=row.operator,
    )


def _locked(tx: Tx, where: ColumnElement[bool]) -> tuple[Circuit, ...]:
    """Circuits that nobody else changes meanwhile; in one order, so that none waits for
    the other."""
    found = _READ.where(where)
    found = found.with_for_update() if tx.on_postgresql else found
    return tuple(map(_circuit, tx.execute(found)))


def _is(provider: str, key: str) -> ColumnElement[bool]:
    return and_(circuits.c.provider == provider, circuits.c.key == key)


def _set(tx: Tx, circuit: Circuit) -> None:
    values = {
        "state": circuit.state,
        "reason": circuit.reason,
        "message": circuit.message,
        "opened_at": circuit.opened_at,
        "probe_at": circuit.probe_at,
        "refused": circuit.refused,
        "probe_job": circuit.probe_job,
        "operator": circuit.operator,
    }
    row = {"provider": circuit.provider, "key": circuit.key, **values}
    tx.put_all(circuits, [row], changes=tuple(values))


# -- at a claim ------------------------------------------------------------------------------


def sifted(tx: Tx, ids: Sequence[str], keys: Mapping[str, str]) -> Sifted:
    """What becomes of due jobs that a worker with these keys would take. The probes are
    theirs, and who must wait is parked."""
    found = needing(_locked(tx, IS_TROUBLED), keys)
    if not found:
        return Sifted(tuple(ids), {}, {})
    steps_of = {name: one.steps for name, one in JOB_TYPES.items()}
    sifted_ = sift(_candidates(tx, ids), steps_of, found, tx.now)
    for job_id, asked in sifted_.probes.items():
        for circuit in asked:
            _probe(tx, circuit, job_id)
    _park_all(tx, sifted_.parked)
    return sifted_


def _candidates(tx: Tx, ids: Sequence[str]) -> list[Candidate]:
    types = {row.id: row.type for row in tx.execute(_types_of(ids))}
    steps = grouped(tx, _BOARDS.where(job_steps.c.job_id.in_(ids)))
    return [Candidate(one, types[one], _board(steps.get(one, ()))) for one in ids]


def _types_of(ids: Sequence[str]) -> Select[Any]:
    return select(jobs.c.id, jobs.c.type).where(jobs.c.id.in_(ids))


def _board(rows: Sequence[Row[Any]]) -> dict[str, StepState]:
    return {row.step: StepState(StepStatus(row.state), row.tries, row.retry_at) for row in rows}


def _probe(tx: Tx, circuit: Circuit, job_id: str) -> None:
    state = after(circuit.state, CircuitEvent.PROBE)
    if state is not None:
        until = tx.now + PROBE_MAY_TAKE
        _set(tx, replace(circuit, state=state, probe_at=until, probe_job=job_id))
        _move(tx, circuit.name, {"available_at": until}, but=job_id)


def _park_all(tx: Tx, waiting: Mapping[str, Circuit]) -> None:
    """Let pending jobs wait, each for its circuit."""
    for name, circuit in {one.name: one for one in waiting.values()}.items():
        _park(tx, [job_id for job_id, one in waiting.items() if one.name == name], circuit)


def _park(tx: Tx, ids: Sequence[str], circuit: Circuit) -> None:
    wanted = (
        update(jobs)
        .where(jobs.c.id.in_(ids), IS_PENDING)
        .values(
            status=job_after(JobStatus.PENDING, JobEvent.PARK),
            parked=circuit.name,
            available_at=circuit.looks_again_at(tx.now),
            event_seq=jobs.c.event_seq + 1,
            status_message=parked(circuit.provider),
        )
        .returning(*jobs.c)
    )
    told = Told(JobEvent.PARK, {"provider": circuit.provider, "reason": circuit.reason})
    tx.insert_all(job_events, [event_row(tx, row, 0, told) for row in tx.execute(wanted)])


def due_again(tx: Tx, name: str, *, behind: bool) -> datetime | None:
    """When a job that is parked behind this circuit is due; None: it need not wait, the
    circuit is closed. ``behind``: after the others, so that another probes next."""
    provider, _, key = name.partition(":")
    found = _locked(tx, and_(_is(provider, key), IS_TROUBLED))
    if not found:
        return None
    return found[0].looks_again_at(tx.now) + (BEHIND if behind else timedelta())


# -- what was learnt --------------------------------------------------------------------------


def note(tx: Tx, sign: Sign, job_id: str) -> None:
    """Let a sign change its circuit, if it is not too late for that, and all who wait."""
    found = _locked(tx, _is(sign.provider, sign.key))
    circuit = found[0] if found else _closed(tx, sign)
    mine = sign.event is CircuitEvent.TRIP or circuit.probe_job == job_id
    state = after(circuit.state, sign.event)
    if state is None or not mine:
        return
    if state is CircuitState.CLOSED:
        _close(tx, circuit)
    else:
        _open(tx, circuit, sign)


def _closed(tx: Tx, sign: Sign) -> Circuit:
    reason = sign.reason or Reason.ERROR_RATE
    return Circuit(sign.provider, sign.key, CircuitState.CLOSED, reason, None, tx.now, None)


def _open(tx: Tx, circuit: Circuit, sign: Sign) -> None:
    anew = circuit.closed
    refused = 0 if anew else circuit.refused + 1
    probe_at = tx.now + timedelta(seconds=probe_wait_s(refused, sign.rules))
    opened = replace(
        circuit,
        state=CircuitState.OPEN,
        reason=sign.reason or circuit.reason,
        message=sign.message,
        opened_at=tx.now if anew else circuit.opened_at,
        probe_at=probe_at,
        refused=refused,
        operator=None,
    )
    _set(tx, opened)
    _move(tx, opened.name, {"available_at": probe_at})


def _close(tx: Tx, circuit: Circuit) -> None:
    _set(tx, replace(circuit, state=CircuitState.CLOSED, probe_at=None))
    go = {"available_at": tx.now, "parked": None, "status_message": None}
    _move(tx, circuit.name, go)


def _move(tx: Tx, name: str, values: Mapping[str, Any], but: str = "") -> None:
    """Change all jobs that wait for a circuit. What another has locked is left: it is
    being claimed, cancelled or parked, and who does that looks at the circuit itself."""
    waiting = and_(jobs.c.parked == name, IS_PENDING, jobs.c.id != but)
    if tx.on_postgresql:
        free = select(jobs.c.id).where(waiting).order_by(jobs.c.id)
        ids = tx.execute(free.with_for_update(skip_locked=True)).scalars().all()
        waiting = and_(jobs.c.id.in_(ids), IS_PENDING)
    tx.execute(update(jobs).where(waiting).values(**values))


# -- by hand, and by new keys -----------------------------------------------------------------


def open_by_hand(tx: Tx, provider: str, act: Act) -> bool:
    """Whether a provider is held back from now on, whatever key is used; False: it was."""
    found = _locked(tx, _is(provider, ANY_KEY))
    if found and not found[0].closed:
        return False
    held = Circuit(
        provider,
        ANY_KEY,
        CircuitState.OPEN,
        Reason.BY_HAND,
        act.reason,
        tx.now,
        None,
        operator=act.operator,
    )
    _set(tx, held)
    audit.note(tx, act, before={"held": []}, after={"held": [provider]})
    return True


def close_by_hand(tx: Tx, provider: str, act: Act) -> bool:
    """Whether a provider was held back, by anybody and for any key, and is no more."""
    found = _locked(tx, and_(circuits.c.provider == provider, IS_TROUBLED))
    for circuit in found:
        _close(tx, circuit)
    if found:
        audit.note(tx, act, before={"held": [provider]}, after={"held": []})
    return bool(found)


def supersede(tx: Tx, keys: Mapping[str, str]) -> tuple[str, ...]:
    """Close what is open to older keys of these providers: a worker has come with new
    ones. The providers of what was closed."""
    if not keys:
        return ()
    others = or_(
        *(
            and_(circuits.c.provider == provider, circuits.c.key.not_in([key, ANY_KEY]))
            for provider, key in keys.items()
        )
    )
    found = _locked(tx, and_(others, IS_TROUBLED))
    for circuit in found:
        _close(tx, circuit)
    return tuple(circuit.provider for circuit in found)
