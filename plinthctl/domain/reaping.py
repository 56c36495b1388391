"""What one sweep from outside finds, by which rule, and what that comes to.

A worker judges its neighbours all the time; a one-shot sweep has no memory of them,
so it watches whoever seems to be gone before it takes a run away. Source: CORE.md, "Who
is alive".
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from plinthctl.domain.alerting import AlertRule, Severity
from plinthctl.domain.expiry import Expiry
from plinthctl.domain.failures import EndCode
from plinthctl.domain.job import JobEvent, JobStatus
from plinthctl.domain.liveness import (
    BEAT_EVERY_S,
    BEAT_IS_LATE_AFTER_S,
    SILENT_AFTER_S,
    BackToQueue,
    after_loss,
)
from plinthctl.domain.runs import Neighbour

LOOK_EVERY_S: Final = 1.0
# Whoever lives has beaten meanwhile: each does every 5 s, and may wait 5 s for its turn.
WATCHED_FOR_S: Final = BEAT_IS_LATE_AFTER_S + LOOK_EVERY_S
RUNS_WATCHED_FOR_S: Final = BEAT_EVERY_S + LOOK_EVERY_S  # whoever woke up has called its roll
HELD_UP_BY_S: Final = 2.0  # a judge that was itself held up for longer has seen nothing
WATCHES_AT_MOST: Final = 3


class Chore(StrEnum):
    """What can be swept by itself."""

    STUCK = "stuck"  # requeue, then end what has waited or run too long
    REQUEUE = "requeue"  # give back the jobs of workers that are gone
    RETENTION = "retention"  # delete what was kept long enough
    NUMBERS = "numbers"  # keep what screens look back on
    BELL = "bell"  # stop an embedded Valkey that no worker uses
    ALERTS = "alerts"  # evaluate the rules, and tell of what fires and what is over


class Deed(StrEnum):
    """What a sweep does to something."""

    RETIRE = "retire"  # a worker
    REQUEUE = "requeue"  # a job, and so the next three
    FAIL = "fail"
    CANCEL = "cancel"
    PURGE = "purge"
    STOP = "stop"  # the bell
    FIRE = "fire"  # an alert, and so the next
    RESOLVE = "resolve"


class Gone(StrEnum):
    """How it is known that a worker is gone."""

    DEAD = "dead"  # its process on this machine
    SILENT = "silent"  # for 15 s, and while it was watched
    RETIRED = "retired"  # by somebody else, or by itself
    UNKNOWN = "unknown"  # no worker of that id is in the store


@dataclass(frozen=True, slots=True)
class Witness:
    """A worker that is not retired, as one look found it. ``silent_s`` is how far its
    last beat is from now on the store's clock, which may have been set meanwhile."""

    neighbour: Neighbour
    name: str
    host: str
    silent_s: float

    @property
    def id(self) -> str:
        """The worker's."""
        return self.neighbour.id


@dataclass(frozen=True, slots=True)
class Orphan:
    """A running job whose worker is gone, with the claim that was seen."""

    job_id: str
    type: str | None
    token: int
    losses: int
    cancel_requested: bool = False
    worker_id: str | None = None
    worker_name: str | None = None


@dataclass(frozen=True, slots=True)
class Overdue:
    """A job that has been due, or has run, ``since`` too long ago, with the claim
    that was seen."""

    job_id: str
    type: str
    token: int
    status: JobStatus
    since: datetime
    cancel_requested: bool


@dataclass(frozen=True, slots=True)
class Past:
    """An ended job that was kept long enough."""

    job_id: str
    type: str
    status: JobStatus
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Absence:
    """Evidence: a worker is gone."""

    worker_id: str | None
    worker_name: str | None
    how: Gone
    silent_s: float | None = None
    loss: int | None = None  # of the job, in a row
    wait_s: float | None = None  # before the job may be claimed again


@dataclass(frozen=True, slots=True)
class Lateness:
    """Evidence: a job has waited or run since a moment, and may for so long."""

    since: datetime
    at_most: timedelta


@dataclass(frozen=True, slots=True)
class Age:
    """Evidence: a job has ended at a moment, and is kept for so long."""

    ended_at: datetime
    kept_for: timedelta


@dataclass(frozen=True, slots=True)
class Alarm:
    """Evidence: an alert's value beside its threshold, and how loudly it is told."""

    rule: AlertRule
    severity: Severity
    value: float
    threshold: float
    where: str | None


Evidence = Absence | Lateness | Age | Alarm | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a sweep does, or would do: to which job (worker, bell or alert),
    by which rule and on what evidence. ``status`` is the job's before."""

    deed: Deed
    subject: str
    rule: str
    evidence: Evidence
    type: str | None = None
    status: JobStatus | None = None


def suspects(seen: Iterable[Witness]) -> dict[str, int]:
    """The counters of the workers that have not been heard of for 15 s, by their ids."""
    return {w.id: w.neighbour.beats for w in seen if w.silent_s >= SILENT_AFTER_S}


def condemned(first: Mapping[str, int], second: Iterable[Witness]) -> tuple[Witness, ...]:
    """The suspects of the first look whose counter stands where it stood."""
    return tuple(w for w in second if first.get(w.id) == w.neighbour.beats)


def looked_in_time(took_s: float) -> bool:
    """Whether two looks were as close as they should be; a machine that slept between
    them, or a store that stood still, says nothing of anybody."""
    return took_s <= LOOK_EVERY_S + HELD_UP_BY_S


def watched_enough(passed_s: float, *, silent: bool, runs_are_late: bool) -> bool:
    """Whether a watch is over: whoever is ``silent`` yet has had its time, and so have
    late runs; who has beaten needs no more of it."""
    if silent:
        return passed_s >= WATCHED_FOR_S
    return passed_s >= RUNS_WATCHED_FOR_S or not runs_are_late


def seen_twice(first: Collection[Overdue], second: Iterable[Overdue]) -> tuple[Overdue, ...]:
    """What is late now; of runs only those that were late at the first look, too. A
    machine that wakes up has late runs, which their workers are about to begin anew."""
    claims = {(one.job_id, one.token) for one in first}
    return tuple(
        one
        for one in second
        if one.status is JobStatus.PENDING or (one.job_id, one.token) in claims
    )


def fate_of_orphan(orphan: Orphan) -> tuple[Deed, str]:
    """What recovery makes of the job, and by which rule."""
    if orphan.cancel_requested:
        return Deed.CANCEL, "cancel_requested"
    if isinstance(after_loss(orphan.losses + 1), BackToQueue):
        return Deed.REQUEUE, "worker_gone"
    return Deed.FAIL, EndCode.WORKER_LOST


def fate_of_overdue(late: Overdue) -> tuple[Deed, str]:
    """What expiry makes of the job, and by which rule."""
    if late.status is JobStatus.PENDING:
        return Deed.FAIL, EndCode.EXPIRED_IN_QUEUE
    if late.cancel_requested:
        return Deed.CANCEL, "cancel_requested"
    return Deed.FAIL, EndCode.EXPIRED_RUNNING


_DEEDS: Final = {
    JobEvent.RECOVER: Deed.REQUEUE,
    JobEvent.CANCEL: Deed.CANCEL,
    JobEvent.LOSE: Deed.FAIL,
    JobEvent.EXPIRE: Deed.FAIL,
}


def deed_of(event: JobEvent) -> Deed:
    """What a sweep has done, by the event that it left in the job's history."""
    return _DEEDS[event]


def absence(orphan: Orphan, how: Gone) -> Absence:
    """Why the job was taken from its worker."""
    back = after_loss(orphan.losses + 1)
    wait_s = back.wait_s if isinstance(back, BackToQueue) else None
    return Absence(orphan.worker_id, orphan.worker_name, how, loss=orphan.losses + 1, wait_s=wait_s)


def lateness(late: Overdue, expiry: Expiry) -> Lateness:
    """Why the job was ended."""
    waits = late.status is JobStatus.PENDING
    return Lateness(late.since, expiry.pending_for if waits else expiry.running_for)


@dataclass(slots=True)
class Sum:
    """What a sweep comes to. Jobs that were recovered or stuck are counted by what
    became of them, stuck and purged ones by what they were."""

    workers: list[str] = field(default_factory=list)
    recovered: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    recovered_to: Counter[Deed] = field(default_factory=Counter)
    stuck_to: Counter[Deed] = field(default_factory=Counter)
    stuck_from: Counter[JobStatus | None] = field(default_factory=Counter)
    purged: Counter[JobStatus | None] = field(default_factory=Counter)
    bell_stopped: bool = False
    alerts: list[Finding] = field(default_factory=list)

    def add(self, one: Finding) -> None:
        """Count it."""
        match one.evidence:
            case Absence() if one.deed is Deed.RETIRE:
                self.workers.append(one.subject)
            case Absence():
                self.recovered.append(one.subject)
                self.recovered_to[one.deed] += 1
            case Lateness():
                self.stuck.append(one.subject)
                self.stuck_to[one.deed] += 1
                self.stuck_from[one.status] += 1
            case Age():
                self.purged[one.status] += 1
            case Alarm():
                self.alerts.append(one)
            case None:
                self.bell_stopped = True

    @property
    def nothing(self) -> bool:
        """Whether there was nothing to do."""
        jobs = self.recovered or self.stuck or self.purged
        return not (self.workers or jobs or self.bell_stopped or self.alerts)
