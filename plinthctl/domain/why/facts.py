"""What is known of a job and of what it needs, read at one moment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plinthctl.domain.circuits import Circuit
from plinthctl.domain.expiry import Expiry
from plinthctl.domain.ids import short
from plinthctl.domain.pauses import Pause
from plinthctl.domain.steps import StepStatus
from plinthctl.domain.views import JobDetail, JobView, StepView, WorkerView


@dataclass(frozen=True, slots=True)
class Facts:
    """A job and its surroundings.

    Attributes:
        detail: The job with its history.
        workers: All that report.
        pauses: What holds this job's type back.
        place: Its place among the due jobs, from 1; None: it is not due, or far behind.
        usual_s: From and to, in seconds, of its type.
        clocks: How long it may wait and run.
        circuits: What keeps jobs from their providers.
    """

    detail: JobDetail
    workers: tuple[WorkerView, ...]
    pauses: tuple[Pause, ...]
    place: int | None
    usual_s: tuple[float, float]
    clocks: Expiry
    circuits: tuple[Circuit, ...] = ()

    @property
    def job(self) -> JobView:
        """The job as lists show it."""
        return self.detail.job

    @property
    def name(self) -> str:
        """What a command calls the job."""
        return short(self.job.id)

    @property
    def now(self) -> datetime:
        """The store's clock when it was read."""
        return self.job.read_at

    @property
    def alive(self) -> tuple[WorkerView, ...]:
        """The workers that are not silent."""
        return tuple(worker for worker in self.workers if not worker.silent)

    @property
    def able(self) -> tuple[WorkerView, ...]:
        """Those that run its type."""
        return tuple(worker for worker in self.alive if self.job.type in worker.types)

    @property
    def own(self) -> WorkerView | None:
        """The worker that its row names."""
        return next((one for one in self.workers if one.name == self.job.worker), None)

    @property
    def error(self) -> dict[str, Any]:
        """The record of its failure; empty: it has none."""
        return self.detail.error_detail or {}

    @property
    def waiting_step(self) -> StepView | None:
        """The step that is tried again first."""
        waiting = [step for step in self.detail.steps if step.status is StepStatus.WAITING]
        return min(waiting, key=lambda step: step.retry_at or self.now, default=None)

    @property
    def running_step(self) -> StepView | None:
        """The step that has run for longest."""
        running = [step for step in self.detail.steps if step.status is StepStatus.RUNNING]
        return min(running, key=lambda step: step.started_at or self.now, default=None)

    def since_s(self, at: datetime | None) -> float:
        """Seconds from ``at`` until now."""
        return max(0.0, (self.now - at).total_seconds()) if at else 0.0

    def until_s(self, at: datetime | None) -> float:
        """Seconds from now until ``at``."""
        return max(0.0, (at - self.now).total_seconds()) if at else 0.0
