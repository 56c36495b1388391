"""What is shown of jobs and workers: frozen values, read in one piece."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from plinthctl.domain.costs import Cost, of_tries, summed
from plinthctl.domain.expiry import Expiry, expired
from plinthctl.domain.failures import Usage
from plinthctl.domain.fingerprint import cause_of_end
from plinthctl.domain.job import FINAL, JobStatus, Phase, phase
from plinthctl.domain.liveness import SILENT_AFTER_S, WorkerMode
from plinthctl.domain.quality import Quality
from plinthctl.domain.steps import StepStatus


@dataclass(frozen=True, slots=True)
class TryView:
    """One failed or successful try of a step. ``failure_class`` None: it succeeded."""

    number: int
    round: int
    started_at: datetime
    ended_at: datetime
    failure_class: str | None
    provider: str | None
    message: str | None
    usage: Usage


@dataclass(frozen=True, slots=True)
class StepView:
    """A step of a job. ``tries`` counts failed ones, ``status`` NEW has no times,
    ``reason`` says why a degraded one has no data."""

    name: str
    status: StepStatus
    tries: int
    retry_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    reason: str | None = None
    history: tuple[TryView, ...] = ()

    @property
    def cost(self) -> Cost:
        """What its tries cost, those before a retry by hand, too."""
        begun = self.started_at is not None and self.ended_at is None
        interrupted = begun and self.status is StepStatus.WAITING
        return of_tries((one.usage for one in self.history), interrupted=interrupted)

    @property
    def took_s(self) -> float | None:
        """Seconds of the last try; None before its end."""
        if self.started_at is None or self.ended_at is None:
            return None
        return max(0.0, (self.ended_at - self.started_at).total_seconds())


@dataclass(frozen=True, slots=True)
class EventView:
    """One row of a job's history; ``seq`` counts from 1 without gaps."""

    seq: int
    at: datetime
    kind: str
    actor: str | None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AuditView:
    """What an operator did by hand, from where, and why; ``before`` and ``after`` say what
    that changed. ``tty`` None: no terminal, as from cron."""

    at: datetime
    operator: str
    action: str
    reason: str | None
    before: dict[str, Any]
    after: dict[str, Any]
    host: str | None = None
    tty: str | None = None


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as lists show it.

    Attributes:
        read_at: The store's clock when it was read.
        paused: It is pending, and an operator holds it back.
        parked: The provider that it waits for, as long as that is in trouble.
        round: How often it was retried by hand.
        usual_s: From and to, in seconds, what jobs of its type have taken of late; None:
            too few have completed, and the catalogue says what is usual.
        quality: How much its results are worth, and what they lack; None: it has not
            completed, or nobody judged them.
    """

    id: str
    type: str
    status: JobStatus
    progress: int
    status_message: str | None
    step: str | None
    org: str
    user: str
    decision: str | None
    key: str | None
    attempt: int
    worker: str | None
    simulated: bool | None
    created_at: datetime
    available_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    heartbeat_at: datetime | None
    cancel_requested_at: datetime | None
    error: str | None
    event_seq: int
    read_at: datetime
    paused: bool = False
    error_code: str | None = None
    round: int = 0
    usual_s: tuple[float, float] | None = None
    parked: str | None = None
    quality: Quality | None = None
    quality_reason: str | None = None

    @property
    def phase(self) -> Phase:
        """The word people see for its state."""
        return phase(
            self.status,
            attempt=self.attempt,
            available_at=self.available_at,
            cancel_requested=self.cancel_requested_at is not None,
            now=self.read_at,
            paused=self.paused,
            parked=self.parked is not None,
        )

    @property
    def ended(self) -> bool:
        """Whether its status is final."""
        return self.status in FINAL

    @property
    def due(self) -> bool:
        """Whether a worker may claim it now."""
        pending = self.status is JobStatus.PENDING
        held = self.paused or self.parked is not None
        return pending and self.available_at <= self.read_at and not held

    @property
    def waited_s(self) -> float:
        """Seconds from its creation to the start of this run, or until now; of a job
        that was retried by hand, from when it was last due."""
        since = self.available_at if self.round else self.created_at
        until = self.started_at or self.completed_at or self.read_at
        return max(0.0, (until - since).total_seconds())

    @property
    def elapsed_s(self) -> float | None:
        """Seconds of this run, or of the last one; None before any."""
        if self.started_at is None:
            return None
        return max(0.0, ((self.completed_at or self.read_at) - self.started_at).total_seconds())

    def stuck(self, clocks: Expiry) -> bool:
        """Whether it has been due, or has run, for longer than it may."""
        rule = expired(
            self.status,
            available_at=self.available_at,
            started_at=self.started_at,
            now=self.read_at,
            expiry=clocks,
        )
        waits = self.status is JobStatus.PENDING and self.parked is not None
        return rule is not None and not self.paused and not waits


@dataclass(frozen=True, slots=True)
class JobNews:
    """A job as it is, and its events since an earlier look, oldest first; both read
    at one moment. At the first look there are none: the job itself says it all."""

    job: JobView
    events: tuple[EventView, ...]


@dataclass(frozen=True, slots=True)
class JobDetail:
    """A job with everything that belongs to it; ``made_from`` is the job whose input it
    was made of."""

    job: JobView
    input: dict[str, Any]
    output: dict[str, Any] | None
    error_detail: dict[str, Any] | None
    steps: tuple[StepView, ...]
    events: tuple[EventView, ...] = field(default=())
    results: tuple["ResultView", ...] = field(default=())
    audits: tuple[AuditView, ...] = field(default=())
    made_from: str | None = None

    @property
    def cost(self) -> Cost:
        """What all tries of all its steps cost."""
        return summed(step.cost for step in self.steps)

    @property
    def group(self) -> str | None:
        """The failure group that it is in; None: it has not failed."""
        job = self.job
        if job.status is not JobStatus.FAILED:
            return None
        return cause_of_end(job.error_code or "", job.error, self.error_detail).id

    @property
    def history(self) -> tuple[EventView | AuditView, ...]:
        """Its events and what operators did to it, by time; what an action brought
        comes before the word of who did it."""
        everything: list[EventView | AuditView] = [*self.events, *self.audits]
        return tuple(sorted(everything, key=lambda one: one.at))


@dataclass(frozen=True, slots=True)
class ResultHead:
    """A stored result as lists show it. Its job may be gone."""

    id: str
    kind: str
    title: str
    org: str
    decision: str | None
    job_id: str
    created_at: datetime
    simulated: bool
    model: str | None
    prompt_version: str | None


@dataclass(frozen=True, slots=True)
class ResultView(ResultHead):
    """A stored result with its provenance (both as JSON values). ``ordinal`` is its
    place among those of its kind that its job has made, from 0."""

    sources: tuple[dict[str, Any], ...]
    body: dict[str, Any]
    option_id: str | None = None
    ordinal: int = 0
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class WorkerView:
    """A worker's row. ``silent_s`` is the age of its last beat on the store's clock,
    ``mode`` how it finds its work and ``mode_why`` what keeps it from a better way;
    ``running`` of its ``slots`` are used. By ``boot_id`` and ``life_file`` others on
    its machine see whether it lives."""

    id: str
    name: str
    host: str
    pid: int
    types: tuple[str, ...]
    slots: int
    started_at: datetime
    beat_at: datetime
    silent_s: float
    mode: WorkerMode | None = None
    mode_why: str | None = None
    boot_id: str | None = None
    life_file: str | None = None
    version: str = ""
    running: int = 0

    @property
    def silent(self) -> bool:
        """Whether others take it for gone: it has not reported for too long."""
        return self.silent_s >= SILENT_AFTER_S
