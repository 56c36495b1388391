"""What has to be said beside the numbers: there is nothing yet, nothing goes on, something
is held back, or versions differ."""

from collections.abc import Iterator
from typing import Final

from plinthctl.domain.circuits import Circuit, Reason
from plinthctl.domain.pauses import ALL, Pause
from plinthctl.domain.snapshot import Snapshot
from plinthctl.domain.spans import age

_WHY: Final = {
    Reason.AUTH_REFUSED: "key refused",
    Reason.QUOTA_GONE: "budget used up",
    Reason.ERROR_RATE: "fails too often",
    Reason.BY_HAND: "held back by hand",
}


def nothing_yet(snapshot: Snapshot) -> bool:
    """Whether there has never been a job here, as far as anybody can see."""
    now = snapshot.now
    seen = now.jobs or now.pending or now.running or snapshot.recent or now.last_end_at
    return not seen


def first_steps(snapshot: Snapshot) -> tuple[str, ...]:
    """What to do where there is nothing yet."""
    alive = sum(not worker.silent for worker in snapshot.workers)
    workers = f"workers: {alive}" if alive else "workers: none (plinthctl worker)"
    return ("No jobs yet.", "", f"s submits one · plinthctl demo shows a busy screen · {workers}")


def quiet(snapshot: Snapshot) -> str:
    """That nothing goes on, and since when."""
    ended_at = snapshot.now.last_end_at
    if ended_at is None:
        return "✓ all quiet"
    return f"✓ all quiet: last job {age((snapshot.at - ended_at).total_seconds())} ago"


def notices(snapshot: Snapshot, version: str) -> Iterator[str]:
    """What an operator has to know and no panel says, the gravest first."""
    if snapshot.schema_behind:
        yield f"▲ {snapshot.schema_behind} · plinthctl db upgrade"
    others = [w for w in snapshot.workers if not w.silent and w.version not in {"", version}]
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        yield f"▲ {others[0].name}{more} runs plinthctl {others[0].version}, this is {version}"
    for circuit in snapshot.circuits:
        if not circuit.closed:
            yield f"✗ {_left_alone(circuit)} · plinthctl providers close {circuit.provider}"
    for pause in snapshot.pauses:
        yield f"‖ {_held(pause, snapshot)} · plinthctl resume {_scope(pause)}"


def _left_alone(circuit: Circuit) -> str:
    return f"{circuit.provider}: {_WHY[circuit.reason]}, {circuit.parked} parked"


def _held(pause: Pause, snapshot: Snapshot) -> str:
    since = age((snapshot.at - pause.paused_at).total_seconds())
    what = "all intake" if pause.scope == ALL else pause.scope
    why = f" ({pause.reason})" if pause.reason else ""
    return f"{what} is held back, for {since} by {pause.operator}{why}"


def _scope(pause: Pause) -> str:
    return "--all" if pause.scope == ALL else pause.scope


def last_reap(snapshot: Snapshot) -> str:
    """When somebody swept last: a worker, or cron."""
    done = [duty.done_at for duty in snapshot.duties if duty.done_at is not None]
    if not done:
        return "nobody has reaped yet"
    return f"last reap {age((snapshot.at - max(done)).total_seconds())} ago"
