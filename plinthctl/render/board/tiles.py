"""The figures at the top: what is most worth a look, and what is beyond its bounds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from plinthctl.domain.alerting import AlertRule, AlertState
from plinthctl.domain.expiry import Expiry
from plinthctl.domain.snapshot import Snapshot
from plinthctl.domain.spans import age, span, window
from plinthctl.render.board.cells import NOTHING, Tone

NEARLY: float = 0.5  # of its time in the queue: worth a look


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure: what it is called, and what it is."""

    title: str
    value: str
    tone: Tone = Tone.STRONG


def tiles(snapshot: Snapshot, clocks: Expiry, *, wide: bool) -> tuple[Tile, ...]:
    """The figures, the most important first; ``wide``: there is room for more of them."""
    figures = (*_always(snapshot, wide), *(_more(snapshot, clocks) if wide else ()))
    workers = workers_tile(snapshot)
    return (workers, *figures) if workers.tone is Tone.ALARM and not wide else figures


def _always(snapshot: Snapshot, wide: bool) -> Iterator[Tile]:
    now, back = snapshot.now, window(snapshot.window_s)
    done = sum(one.completed for one in snapshot.types)
    failed = sum(one.failed for one in snapshot.types)
    yield Tile("Pending", f"{now.pending:,}", _fires(snapshot, AlertRule.QUEUE_DEPTH))
    yield Tile("Running", f"{now.running:,}")
    yield Tile(f"Done {back}", f"{done:,}")
    rate = f" ({failed / (failed + done):.1%})" if wide and failed else ""
    yield Tile(f"Failed {back}", f"{failed:,}{rate}", _fires(snapshot, AlertRule.FAILURE_RATE))
    stuck_tone = _fires(snapshot, AlertRule.STUCK_JOBS)
    yield Tile("Stuck", f"{now.stuck:,}", stuck_tone)
    workers = workers_tile(snapshot)
    if wide or workers.tone is not Tone.ALARM:
        yield workers


def workers_tile(snapshot: Snapshot) -> Tile:
    """How many workers report, of how many that have; loud where nobody does."""
    alive = sum(not worker.silent for worker in snapshot.workers)
    if not alive and snapshot.now.pending:
        waiting = snapshot.now.pending
        jobs = "job" if waiting == 1 else "jobs"
        return Tile("Workers", f"▲ no worker alive: {waiting:,} {jobs} waiting", Tone.ALARM)
    if not alive:
        return Tile("Workers", "none", Tone.WARNING)
    tone = Tone.STRONG if alive == len(snapshot.workers) else Tone.WARNING
    return Tile("Workers", f"{alive}/{len(snapshot.workers)}", tone)


def _more(snapshot: Snapshot, clocks: Expiry) -> Iterator[Tile]:
    yield oldest_tile(snapshot.now.oldest_due_s, clocks.pending_for)
    full = sum(one.full for one in snapshot.full)
    yield Tile("Full limits", f"{full}", Tone.WARNING if full else Tone.STRONG)


def oldest_tile(oldest_s: float | None, at_most: timedelta) -> Tile:
    """How long the longest waiting has been due, against how long it may be."""
    limit_s = at_most.total_seconds()
    if oldest_s is None:
        return Tile("Oldest pending", NOTHING, Tone.DIM)
    told = f"{age(oldest_s)}/{span(limit_s)}"
    if oldest_s > limit_s:
        return Tile("Oldest pending", f"{told}!", Tone.BAD)
    return Tile(
        "Oldest pending", told, Tone.WARNING if oldest_s > NEARLY * limit_s else Tone.STRONG
    )


def _fires(snapshot: Snapshot, rule: AlertRule) -> Tone:
    firing = any(a.rule is rule and a.state is not AlertState.OK for a in snapshot.alerts)
    return Tone.BAD if firing else Tone.STRONG
