"""What a sweep did, or would do: each thing with its rule and its evidence, and the sum."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, assert_never

from rich.text import Text

from plinthctl.domain.alert_rules import shown
from plinthctl.domain.expiry import Expiry, Retention
from plinthctl.domain.ids import short
from plinthctl.domain.job import JobStatus
from plinthctl.domain.reaping import (
    Absence,
    Age,
    Alarm,
    Deed,
    Evidence,
    Finding,
    Gone,
    Lateness,
    Sum,
)
from plinthctl.domain.spans import span, zulu
from plinthctl.render.sheet import Columns, Lines, or_nothing, words
from plinthctl.render.times import TimeStyle, field
from plinthctl.settings.showing import duration

_HEADER: Final = ("DO", "WHAT", "TYPE", "RULE", "WHY")
_HOW: Final[Mapping[Gone, str]] = {
    Gone.DEAD: "its process is dead",
    Gone.SILENT: "it is silent, and was while it was watched",
    Gone.RETIRED: "it is retired",
    Gone.UNKNOWN: "the store knows no such worker",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """The clocks that were applied."""

    expiry: Expiry
    retention: Retention


class Table:
    """One finding a line, as they come."""

    def __init__(self, width: int | None, now: datetime, times: TimeStyle) -> None:
        self._piped = width is None
        self._now = now
        self._times = times
        self._columns = Columns(_HEADER, width)

    def lines(self, one: Finding) -> Lines:
        """The finding, under a header if it is the first."""
        named = one.evidence is None or one.subject == one.rule  # by something else than an id
        subject = one.subject if self._piped or named else short(one.subject)
        cells = (
            words((one.deed.value, "bold")),
            words(subject),
            words(one.type or ""),
            words(one.rule),
            words(self._why(one)),
        )
        return self._columns.lines([[or_nothing(cell, self._piped) for cell in cells]])

    def _why(self, one: Finding) -> str:
        match one.evidence:
            case Absence():
                return _absent(one.evidence, one.deed)
            case Lateness(since=since, at_most=at_most):
                verb = "due" if one.status is JobStatus.PENDING else "running"
                return f"{verb} since {self._moment(since)}, at most {duration(at_most)}"
            case Age(ended_at=ended_at, kept_for=kept_for):
                return f"ended {self._moment(ended_at)}, kept {duration(kept_for)}"
            case Alarm():
                return _alarm(one.evidence)
            case None:
                return "an embedded Valkey runs, and no worker"
        assert_never(one.evidence)

    def _moment(self, at: datetime) -> str:
        ago = " ago" if self._times is TimeStyle.RELATIVE else ""
        return field(at, self._now, self._times) + ago


def _absent(gone: Absence, deed: Deed) -> str:
    silent = "" if gone.silent_s is None else f", last heard of {span(gone.silent_s)} ago"
    told = f"worker {gone.worker_name or gone.worker_id or 'unknown'}: {_HOW[gone.how]}{silent}"
    if gone.loss is None or deed is Deed.CANCEL:
        return told
    after = f", may start again after {gone.wait_s:g} s" if gone.wait_s else ""
    return f"{told}; loss {gone.loss} in a row{after}"


def _alarm(one: Alarm) -> str:
    value, bar = shown(one.rule, one.value), shown(one.rule, one.threshold)
    where = f": {one.where}" if one.where else ""
    return f"{one.severity}, {value} (above {bar} fires){where}"


def sum_line(total: Sum, rules: Rules, took_s: float, *, dry_run: bool) -> Text:
    """All of it in one line."""
    head = "reap would do:" if dry_run else "reap:"
    parts = list(_parts(total, rules)) or ["nothing to do"]
    return words((f"{head} ", "bold"), "; ".join([*parts, f"{took_s:.2f}s"]))


def _parts(total: Sum, rules: Rules) -> Iterator[str]:
    if total.workers:
        yield f"{_many(len(total.workers), 'worker')} gone"
    if total.recovered:
        yield f"{len(total.recovered)} recovered ({_fates(total.recovered_to)})"
    if total.stuck:
        yield f"{len(total.stuck)} stuck {_ended(total)} ({_waits(total, rules.expiry)})"
    if total.purged:
        kept = {s: rules.retention.of(s) for s in _FINAL}
        each = [f"{n} {s} >{duration(kept[s])}" for s in _FINAL if (n := total.purged[s])]
        yield f"{total.purged.total()} purged ({', '.join(each)})"
    if total.bell_stopped:
        yield "idle bell stopped"
    for deed, became in _LIVES.items():
        if names := [one.rule for one in total.alerts if one.deed is deed]:
            yield f"{_many(len(names), 'alert')} {became} ({', '.join(names)})"


_FINAL: Final = (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)
_LIVES: Final = {Deed.FIRE: "firing", Deed.RESOLVE: "resolved"}
_BECAME: Final = {
    Deed.REQUEUE: "back in the queue",
    Deed.FAIL: "failed",
    Deed.CANCEL: "cancelled",
}


def _fates(counts: Mapping[Deed, int]) -> str:
    return ", ".join(f"{counts[deed]} {word}" for deed, word in _BECAME.items() if counts[deed])


def _ended(total: Sum) -> str:
    return "failed" if not total.stuck_to[Deed.CANCEL] else _fates(total.stuck_to)


def _waits(total: Sum, expiry: Expiry) -> str:
    limits = {JobStatus.PENDING: expiry.pending_for, JobStatus.RUNNING: expiry.running_for}
    counted = ((total.stuck_from[status], status, limit) for status, limit in limits.items())
    return ", ".join(f"{n} {status} >{duration(limit)}" for n, status, limit in counted if n)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def sum_object(
    total: Sum, findings: Sequence[Mapping[str, Any]], took_s: float, *, dry_run: bool
) -> dict[str, Any]:
    """The same as JSON, with each finding."""
    return {
        "stuck": {
            "pending": total.stuck_from[JobStatus.PENDING],
            "running": total.stuck_from[JobStatus.RUNNING],
            "failed": total.stuck_to[Deed.FAIL],
            "cancelled": total.stuck_to[Deed.CANCEL],
            "jobs": total.stuck,
        },
        "requeued": total.recovered_to[Deed.REQUEUE],
        "recovered": {
            "workers": total.workers,
            "failed": total.recovered_to[Deed.FAIL],
            "cancelled": total.recovered_to[Deed.CANCEL],
            "jobs": total.recovered,
        },
        "purged": {status.value: total.purged[status] for status in _FINAL},
        "bell_stopped": total.bell_stopped,
        "alerts": [_alert_object(one) for one in total.alerts],
        "findings": list(findings),
        "took_s": round(took_s, 3),
        "dry_run": dry_run,
    }


def _alert_object(one: Finding) -> dict[str, Any]:
    level = one.evidence.severity.value if isinstance(one.evidence, Alarm) else None
    return {"name": one.rule, "level": level, "event": _LIVES[one.deed], "type": one.type}


def finding_object(one: Finding) -> dict[str, Any]:
    """One finding as JSON; ``evidence`` is what the rule was applied to."""
    return {
        "do": one.deed.value,
        "what": one.subject,
        "type": one.type,
        "status": one.status.value if one.status else None,
        "rule": one.rule,
        "evidence": _evidence(one.evidence),
    }


def _evidence(found: Evidence) -> dict[str, Any] | None:
    match found:
        case Absence():
            worker = {"worker": found.worker_id, "worker_name": found.worker_name}
            return {**worker, "gone": found.how.value, "loss": found.loss, "wait_s": found.wait_s}
        case Lateness(since=since, at_most=at_most):
            return {"since": zulu(since), "at_most_s": _seconds(at_most)}
        case Age(ended_at=ended_at, kept_for=kept_for):
            return {"ended_at": zulu(ended_at), "kept_for_s": _seconds(kept_for)}
        case Alarm():
            return {
                "severity": found.severity.value,
                "value": found.value,
                "threshold": found.threshold,
                "where": found.where,
            }
        case None:
            return None
    assert_never(found)


def _seconds(span: timedelta) -> float:
    return span.total_seconds()
