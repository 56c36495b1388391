"""What has happened to a job, an event a row, in words."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Final

from plinthctl.domain.ids import IdPrefix, is_full, short
from plinthctl.domain.job import JobEvent
from plinthctl.domain.retries import MAX_TRIES
from plinthctl.domain.spans import span
from plinthctl.domain.text import one_line
from plinthctl.domain.views import AuditView, EventView
from plinthctl.render.board.cells import Cell, Column, Grid, Row, Tone, row

COLUMNS: Final = (
    Column("AT", 8),
    Column("", 4, right=True, gap=1),
    Column("WHAT", 11, gap=1),
    Column("", gap=1),
)
_STARTED, _DONE, _DEGRADED, _FAILED = "step_started", "step_done", "step_degraded", "step_failed"
_KINDS: Final[Mapping[str, Cell]] = {
    _STARTED: Cell("started", Tone.RUNNING),
    _DONE: Cell("done", Tone.GOOD),
    _DEGRADED: Cell("degraded", Tone.WARNING),
    _FAILED: Cell("failed try", Tone.BAD),
    "cancel_requested": Cell("cancel", Tone.STOPPED),
    JobEvent.COMPLETE: Cell("completed", Tone.GOOD),
    JobEvent.FAIL: Cell("failed", Tone.BAD),
    JobEvent.EXPIRE: Cell("expired", Tone.BAD),
    JobEvent.LOSE: Cell("worker lost", Tone.BAD),
    JobEvent.CANCEL: Cell("cancelled", Tone.STOPPED),
    JobEvent.WAIT: Cell("waiting", Tone.RETRYING),
    JobEvent.RECOVER: Cell("recovered", Tone.RETRYING),
    JobEvent.PARK: Cell("parked", Tone.WARNING),
}


def event_grid(history: Iterable[EventView | AuditView], zone: tzinfo | None) -> Grid:
    """The history, oldest first; times of day in UTC without a ``zone``."""
    rows = (_row(one, zone or UTC) for one in history)
    return Grid(COLUMNS, tuple(rows), "nothing has happened yet")


def _row(one: EventView | AuditView, zone: tzinfo) -> Row:
    at = Cell(f"{one.at.astimezone(zone):%H:%M:%S}", Tone.DIM)
    if isinstance(one, AuditView):
        because = f", because: {one.reason}" if one.reason else ""
        return row(at, "", Cell("by hand"), one_line(f"{one.action} by {one.operator}{because}"))
    percent = one.data.get("progress")
    told = _TOLD.get(one.kind, _others)(one)
    kind = _KINDS.get(one.kind, Cell(one.kind))
    return row(at, Cell(f"{percent}%" if percent else "", Tone.DIM), kind, one_line(told))


def _tried(event: EventView) -> str:
    data = event.data
    number = f" (try {data['try']} of {MAX_TRIES})" if "try" in data else ""
    return f"{data.get('step')}: {data.get('message') or data.get('class')}{number}"


def _named(event: EventView) -> str:
    return str(event.data.get("step", ""))


def _without(event: EventView) -> str:
    return f"{event.data.get('step')}: {event.data.get('reason')}"


def _claimed(event: EventView) -> str:
    steps = ", ".join(map(str, event.data.get("steps", ())))
    return f"by {_who(event)}: {steps}" if event.actor else steps


def _by(event: EventView) -> str:
    reason = f", because: {event.data['reason']}" if event.data.get("reason") else ""
    return f"by {_who(event)}{reason}" if event.actor else reason.removeprefix(", ")


def _ended(event: EventView) -> str:
    return str(event.data.get("error") or event.data.get("rule") or "").replace("_", " ")


def _recovered(event: EventView) -> str:
    wait_s = event.data.get("wait_s")
    later = f", goes on in {span(wait_s)}" if isinstance(wait_s, int | float) and wait_s else ""
    return f"its worker is gone{later}"


def _others(event: EventView) -> str:
    told = {name: value for name, value in event.data.items() if name != "progress"}
    by = [_by(event)] if event.actor else []
    return ", ".join([*by, *(f"{name} {value}" for name, value in told.items())])


def _waits(event: EventView) -> str:
    try:
        until = datetime.fromisoformat(str(event.data.get("until")))
        return f"goes on in {span((until - event.at).total_seconds())}"
    except (TypeError, ValueError):
        return ""


def _again(event: EventView) -> str:
    resumes = ", ".join(map(str, event.data.get("resumes_at", ())))
    return f"{_by(event)}: goes on at {resumes}" if resumes else _by(event)


def _who(event: EventView) -> str:
    actor = event.actor or ""
    return f"worker {short(actor)}" if is_full(actor, IdPrefix.WORKER) else actor


_TOLD: Final[Mapping[str, Callable[[EventView], str]]] = {
    _STARTED: _named,
    _DONE: _named,
    _DEGRADED: _without,
    _FAILED: _tried,
    JobEvent.CLAIM: _claimed,
    JobEvent.FAIL: _ended,
    JobEvent.EXPIRE: _ended,
    JobEvent.COMPLETE: lambda _event: "",
    JobEvent.RECOVER: _recovered,
    JobEvent.WAIT: _waits,
    JobEvent.PARK: lambda event: f"waits for {event.data.get('provider')}",
    JobEvent.RELEASE: lambda _event: "its worker stops",
    JobEvent.RETRY_BY_HAND: _again,
    "submitted": _by,
    "cancel_requested": _by,
    JobEvent.CANCEL: _by,
}
