"""What passes between the store and the worker that runs a job.

A run is the time from one claim to the moment the job is given back or ends.
Every change of a run carries the claim's token; `Answer` says what became of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from plinthctl.domain.circuits import Sign
from plinthctl.domain.failures import Failure, FailureClass, Usage
from plinthctl.domain.job import JobEvent
from plinthctl.domain.quality import Judgement
from plinthctl.domain.results import NewResult
from plinthctl.domain.steps import StepState, StepStatus


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be admitted. ``id`` is made by the submitter, so that asking
    again after a lost answer finds the same job. ``available_at`` None: at once.
    ``told`` is what its first event says of it: ``from`` is the job it was made of."""

    id: str
    type: str
    version: int
    org: str
    user: str
    decision: str | None
    input: dict[str, Any]
    key: str | None = None
    available_at: datetime | None = None
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewWorker:
    """A worker that reports for duty. ``life_file`` is the path whose lock it
    holds, ``boot_id`` the machine's; None where there is none."""

    id: str
    name: str
    host: str
    pid: int
    boot_id: str | None
    life_file: str | None
    version: str
    types: tuple[str, ...]
    slots: int


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job this worker now holds, with all that its run needs.

    Attributes:
        board: The state of every step that has a row; ``started`` are running.
        outputs: Stored results by step; a degraded step has None.
        reasons: Why degraded steps have no data.
        failed: Classes of the failed tries by step, since the last retry by hand.
        last_failure: The newest failed try of a step; a parse error's `detail` is
            told to the model at its retry.
        round: How often the job was retried by hand.
        probes: The providers that it asks on behalf of all, while others are parked.
    """

    id: str
    token: int
    type: str
    org: str
    user: str
    decision: str | None
    input: dict[str, Any]
    board: Mapping[str, StepState]
    started: tuple[str, ...]
    outputs: Mapping[str, Any]
    reasons: Mapping[str, str]
    failed: Mapping[str, tuple[FailureClass, ...]]
    last_failure: Mapping[str, Failure]
    progress: int
    round: int
    probes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TryRecord:
    """One try of a step that came to an end. ``number`` counts from 1 in its
    round; ``failure`` None: it succeeded."""

    number: int
    round: int
    started_at: datetime
    ended_at: datetime
    usage: Usage
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class StepEnd:
    """How a step's try ended: stored (DONE), without its data (DEGRADED, with a
    reason) or to be tried again (WAITING, with a time)."""

    step: str
    status: Literal[StepStatus.DONE, StepStatus.DEGRADED, StepStatus.WAITING]
    tried: TryRecord
    output: Any = None
    reason: str | None = None
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What the job's row says to people after a change."""

    progress: int
    step: str | None
    message: str | None
    attempt: int


@dataclass(frozen=True, slots=True)
class Advance:
    """The run goes on: a step's end, the next steps' starts, and what is shown.
    ``sign``, here and below: what the step's try has shown of its provider."""

    job_id: str
    token: int
    shown: Shown
    ended: StepEnd | None = None
    starts: tuple[str, ...] = ()
    sign: Sign | None = None


@dataclass(frozen=True, slots=True)
class PutBack:
    """The run is over and the job is pending again.

    WAIT: nothing is in flight and a step waits for its next try. RELEASE: the
    worker stops; running steps charge no try. PARK: a step needs the provider of
    ``parked``, a circuit's name, which is in trouble. ``available_at`` None: at once, or
    when the circuit says.
    """

    job_id: str
    token: int
    event: Literal[JobEvent.WAIT, JobEvent.RELEASE, JobEvent.PARK]
    shown: Shown
    ended: StepEnd | None = None
    available_at: datetime | None = None
    parked: str | None = None
    sign: Sign | None = None


@dataclass(frozen=True, slots=True)
class Complete:
    """The job's last step: its rows, its output and its end, in one transaction.
    ``judgement`` None: nobody has judged what it brought."""

    job_id: str
    token: int
    ended: StepEnd
    output: dict[str, Any]
    results: tuple[NewResult, ...] = ()
    sign: Sign | None = None
    judgement: Judgement | None = None


@dataclass(frozen=True, slots=True)
class Fail:
    """A step has failed for good. ``detail`` is the record of
    contracts/error-classification.md section 5."""

    job_id: str
    token: int
    step: str
    tried: TryRecord
    error: str
    detail: dict[str, Any] = field(default_factory=dict)
    sign: Sign | None = None


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The run has stopped because a cancel was asked for."""

    job_id: str
    token: int


Change = Advance | PutBack | Complete | Fail | Cancelled


class Answer(StrEnum):
    """What became of a change."""

    HELD = "held"  # applied; the run goes on, or has ended as asked
    CANCEL_ASKED = "cancel_asked"  # applied, and somebody asked to cancel
    CANCELLED = "cancelled"  # a cancel was asked for: the job has ended cancelled
    LOST = "lost"  # the token is old: another has the job; nothing was changed


@dataclass(frozen=True, slots=True)
class Tick:
    """Progress inside a step, 0 to 100: no event and no transition. It may be lost."""

    job_id: str
    token: int
    progress: int


@dataclass(frozen=True, slots=True)
class OnRoll:
    """A job that the store says this worker runs."""

    job_id: str
    token: int
    cancel_asked: bool


@dataclass(frozen=True, slots=True)
class Beat:
    """The store's answer to a heartbeat: its clock and its schema's version."""

    now: datetime
    schema: int


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another worker's row, as its neighbours judge it."""

    id: str
    beats: int
    boot_id: str | None
    life_file: str | None


@dataclass(frozen=True, slots=True)
class Swept:
    """One job that a sweep acted on: what happened, by which rule, and its type."""

    job_id: str
    event: JobEvent
    rule: str
    type: str
