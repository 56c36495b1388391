"""Everything a screen shows, read at one moment: a frozen value and nothing to fetch."""

from dataclasses import dataclass
from datetime import datetime

from plinthctl.domain.alerting import AlertView
from plinthctl.domain.circuits import Circuit
from plinthctl.domain.occupancy import Occupancy
from plinthctl.domain.pauses import Pause
from plinthctl.domain.views import JobView, WorkerView


@dataclass(frozen=True, slots=True)
class Durations:
    """Percentiles in seconds over ``count`` jobs; None where there are fewer than 5."""

    count: int
    average_s: float | None
    p50_s: float | None
    p95_s: float | None
    p99_s: float | None


@dataclass(frozen=True, slots=True)
class Normal:
    """What a P95 is held against, in seconds. ``guessed``: too few jobs, so the
    upper end of "usually takes" of the catalogue."""

    p95_s: float
    guessed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EndNumbers:
    """How jobs ended in a window.

    Attributes:
        failed: For good, without the three that follow.
        expired: Ended waiting in the queue.
        invalid: Ended for their input.
        duration: `completed_at - started_at` of completed jobs.
        wait: `started_at - created_at` of the same.
        completion: `completed_at - created_at` of the same.
        cost_usd: Of all ends in the window; None: unknown, which is not zero.
        thin: Completed jobs whose results lack something; ``hollow``: have next to nothing.
    """

    completed: int
    failed: int
    cancelled: int
    expired: int
    invalid: int
    duration: Durations
    wait: Durations
    completion: Durations
    cost_usd: float | None
    thin: int = 0
    hollow: int = 0

    @property
    def hollow_rate(self) -> float | None:
        """Hollow among completed, 0-1; None without any."""
        return self.hollow / self.completed if self.completed else None

    @property
    def failure_rate(self) -> float | None:
        """Failed among failed and completed, 0-1; None without either."""
        ended = self.failed + self.completed
        return self.failed / ended if ended else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeNumbers(EndNumbers):
    """One job type: now, and over the window. ``created``: jobs created in the window."""

    type: str
    pending: int
    running: int
    created: int
    normal: Normal

    @property
    def times_normal(self) -> float | None:
        """The P95 against normal."""
        p95_s = self.duration.p95_s
        return None if p95_s is None else p95_s / self.normal.p95_s


@dataclass(frozen=True, slots=True)
class StepNumbers:
    """One step of a job type, in the completed jobs of the window: seconds of its last
    try. ``normal`` None: too few jobs to say, and the catalogue says nothing of steps."""

    type: str
    step: str
    duration: Durations
    normal: Normal | None

    @property
    def times_normal(self) -> float | None:
        """The P95 against normal."""
        p95_s = self.duration.p95_s
        return None if p95_s is None or self.normal is None else p95_s / self.normal.p95_s


@dataclass(frozen=True, slots=True)
class Now:
    """What is in the store at this moment.

    Attributes:
        pending: Waiting, due or not; ``depth`` of them are due, and held back by nobody.
        oldest_due_s: How long the longest waiting of these has been due; None: nobody waits.
        stuck_pending: Due for longer than may be; ``stuck_running`` likewise.
        reaped: Ended or recovered by a sweep in the last 15 minutes.
        parked: Pending jobs that wait for a provider which is in trouble.
        jobs: All jobs in the store, or None where counting them is not cheap.
        last_end_at: When the newest end was.
    """

    pending: int
    depth: int
    running: int
    scheduled: int
    oldest_due_s: float | None
    stuck_pending: int
    stuck_running: int
    reaped: int
    last_end_at: datetime | None
    jobs: int | None = None
    parked: int = 0

    @property
    def stuck(self) -> int:
        """Jobs that are or were beyond their clocks (SPEC section 7)."""
        return self.stuck_pending + self.stuck_running + self.reaped


@dataclass(frozen=True, slots=True)
class Series:
    """Values of equal spans of time, the oldest first; None: nothing is known of one."""

    span_s: float
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Duty:
    """A chore of one worker or cron at a time, and when it was done last."""

    name: str
    done_at: datetime | None
    every_s: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One look at the whole system.

    Attributes:
        at: The store's clock.
        took_s: What the look cost.
        window_s: What ``types`` and ``alerts`` look back over.
        types: Every job type of the catalogue, in its order, and then any other.
        steps: Their steps, in the same order, of the types that completed any job.
        alerts: The four rules, one line each, and one more per further open alert.
        active: Running jobs, then pending ones, the longest waiting first.
        stuck: Jobs beyond their clocks, the longest first.
        recent: The newest ends, the newest first.
        full: Limits by fullness, the fullest first.
        depth: Queue depth, a value a minute, the last one of now.
        rate: Jobs that ended, a value a minute, the last one of the 60 s before now.
        error: By how much percentiles may be off, as a share; 0: they are exact.
        schema_behind: The store has another schema by now: what to say of it.
        circuits: Providers that there was ever trouble with.
    """

    at: datetime
    took_s: float
    window_s: float
    now: Now
    types: tuple[TypeNumbers, ...]
    alerts: tuple[AlertView, ...]
    active: tuple[JobView, ...]
    stuck: tuple[JobView, ...]
    recent: tuple[JobView, ...]
    workers: tuple[WorkerView, ...]
    full: tuple[Occupancy, ...]
    pauses: tuple[Pause, ...]
    duties: tuple[Duty, ...]
    depth: Series
    rate: Series
    steps: tuple[StepNumbers, ...] = ()
    error: float = 0.0
    schema_behind: str | None = None
    circuits: tuple[Circuit, ...] = ()

    def done_at(self, duty: str) -> datetime | None:
        """When a duty was done last; None: never."""
        return next((one.done_at for one in self.duties if one.name == duty), None)
