"""The hour before: jobs that were run by a store whose clock goes through it once more.

Each row is written by the same calls as a worker's; nothing is put into a table by hand.
"""

import heapq
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final

from plinthctl.domain.catalog import JOB_TYPES, JobType
from plinthctl.domain.expiry import DEFAULT_EXPIRY
from plinthctl.domain.failures import Failure, FailureClass, Usage, text_for
from plinthctl.domain.ids import RANDOM_BYTES, IdPrefix, new_id
from plinthctl.domain.limits import Limits
from plinthctl.domain.runs import (
    Advance,
    Cancelled,
    ClaimedJob,
    Complete,
    Fail,
    NewJob,
    Shown,
    StepEnd,
    TryRecord,
)
from plinthctl.domain.steps import StepStatus
from plinthctl.errors import LimitReached
from plinthctl.store import Store
from worker import words
from worker.demo.work import TEAMS, Question, given

_LIMITS: Final = Limits()
_ASKED_AT_MOST: Final = 500
_EVALUATED_MINUTES: Final = 20
_WITHOUT_DECISION: Final = "competitor_analysis"
_LATE_S: Final = DEFAULT_EXPIRY.pending_for.total_seconds() + 1
_HOUR_S: Final = 3600.0

Life = Iterator[float]  # of a job: each value is when something happens to it next


@dataclass(slots=True)
class Then:
    """A clock that others set: seconds before ``now`` as they want it."""

    now: datetime
    ago_s: float = 0.0

    def __call__(self) -> datetime:
        return self.now - timedelta(seconds=self.ago_s)


@dataclass(frozen=True, slots=True)
class Past:
    """One job of the hour before. ``ago_s`` is when it was made; ``took_s`` None: nobody
    has taken it; ``failure`` None: it went well."""

    type: str
    ago_s: float
    waited_s: float = 0.0
    took_s: float | None = None
    failure: tuple[FailureClass, str] | None = None
    cancelled: bool = False
    runs_on: bool = False


_LIMITED: Final = (FailureClass.RATE_LIMITED, "exa")
_TIMED_OUT: Final = (FailureClass.NETWORK_TIMEOUT, "firecrawl")
_NO_KEY: Final = (FailureClass.AUTH_FAILURE, "llm")
_MIX: Final[dict[str, tuple[int, tuple[float, float], Sequence[tuple[FailureClass, str]]]]] = {
    # How many have ended, how long they usually take (s), and why some of them failed.
    "competitor_analysis": (62, (34, 70), (_TIMED_OUT, _LIMITED)),
    "market_research": (38, (22, 58), (_LIMITED,) * 9 + (_TIMED_OUT,) * 3),
    "brief_generation": (22, (14, 28), ()),
    "option_analysis": (15, (9, 19), (_NO_KEY,)),
    "evidence_search": (12, (10, 28), ()),
}
_SLOW: Final = {"competitor_analysis": (5, (190.0, 240.0))}  # each fifth of them takes so long
_HTTP: Final = {FailureClass.RATE_LIMITED: 429, FailureClass.AUTH_FAILURE: 401}
_CANCELLED, _EXPIRED, _STALLED = 4, 6, 6


def hour(dice: random.Random, waiting: int) -> list[Past]:
    """The jobs of the hour before; ``waiting`` of them nobody has taken yet."""
    ended = [one for job_type in _MIX for one in _ended(job_type, dice)]
    cancelled = [
        Past("competitor_analysis", dice.uniform(40, 200), 2, 20, cancelled=True)
        for _ in range(_CANCELLED)
    ]
    expired = [Past("market_research", 600 + 20 * n) for n in range(_EXPIRED)]
    stalled = [Past("competitor_analysis", 640 + 9 * n, 2, runs_on=True) for n in range(_STALLED)]
    queued = [Past(dice.choice(list(_MIX)), dice.uniform(1, 230)) for _ in range(waiting)]
    return [*ended, *cancelled, *expired, *stalled, *queued]


def _ended(job_type: str, dice: random.Random) -> Iterator[Past]:
    number, usual_s, failures = _MIX[job_type]
    every, slow_s = _SLOW.get(job_type, (number + 1, usual_s))
    for n in range(number):
        took_s = dice.uniform(*(slow_s if n % every == every - 1 else usual_s))
        ago_s = dice.uniform(took_s + 30, _HOUR_S)
        failure = failures[n] if n < len(failures) else None
        yield Past(job_type, ago_s, dice.uniform(0.5, 20), took_s, failure)


@dataclass(slots=True)
class Historian:
    """Runs jobs of the past on a store whose clock is ``clock``.

    Attributes:
        worker: Who has run them.
        staller: Who still holds those that do not end.
        evaluate: What is done about alerts, each minute.
    """

    store: Store
    clock: Then
    dice: random.Random
    questions: Sequence[Question]
    worker: str
    staller: str
    evaluate: Callable[[], object]

    def tell(self, jobs: Sequence[Past]) -> None:
        """Live through all of it once, in the order in which it happened."""
        numbers = count()
        lives = [self._life(job) for job in jobs] + [self._minutes()]
        due = [(-next(life), next(numbers), life) for life in lives]
        heapq.heapify(due)
        while due:
            ago_s, _, life = heapq.heappop(due)
            self.clock.ago_s = -ago_s
            if (then := next(life, None)) is not None:
                heapq.heappush(due, (-then, next(numbers), life))

    def _minutes(self) -> Life:
        for minute in range(60, 0, -1):
            yield 60.0 * minute
            self.store.take_sample(DEFAULT_EXPIRY)
            if minute <= _EVALUATED_MINUTES:
                self.evaluate()

    def _life(self, past: Past) -> Life:
        """Ages (seconds ago) at which the job's next thing happens, which it does then."""
        yield past.ago_s
        job = self._admitted(past.type)
        if past.took_s is None and not past.runs_on:
            if past.ago_s > _LATE_S:
                yield past.ago_s - _LATE_S
                self.store.expire_waiting(DEFAULT_EXPIRY)
            return
        began_s = past.ago_s - past.waited_s
        yield began_s
        claimed = self.store.claim_one(self.staller if past.runs_on else self.worker, job.id)
        if claimed is not None and past.took_s is not None:
            yield from self._run(past, claimed, began_s, past.took_s)

    def _admitted(self, job_type: str) -> NewJob:
        """A job of somebody who has a place left; of another type where its decision has none."""
        for _ in range(_ASKED_AT_MOST):
            job = self._new(job_type)
            try:
                self.store.admit(job, _LIMITS, job.user, {})
            except LimitReached:
                job_type = job_type if job.decision is None else _WITHOUT_DECISION
            else:
                return job
        raise AssertionError("every place of the demo is taken")

    def _new(self, job_type: str) -> NewJob:
        org, users = self.dice.choice(TEAMS)
        at_ms = int(self.clock().timestamp() * 1000)
        question = self.dice.choice(self.questions)
        wanted = given(job_type, self.dice, question)
        return NewJob(
            new_id(IdPrefix.JOB, at_ms, self.dice.randbytes(RANDOM_BYTES)),
            job_type,
            JOB_TYPES[job_type].version,
            org,
            self.dice.choice(users),
            wanted.get("decision"),
            wanted,
        )

    def _run(self, past: Past, job: ClaimedJob, began_s: float, took_s: float) -> Life:
        job_type = JOB_TYPES[job.type]
        steps = [step.name for step in job_type.steps]
        last = len(steps) // 2 if past.failure or past.cancelled else len(steps) - 1
        since = self.clock()
        for n, step in enumerate(steps[: last + 1]):
            yield began_s - took_s * (n + 1) / (last + 1)
            tried = TryRecord(1, 0, since, self.clock(), self._usage(), None)
            if n < last:
                done = StepEnd(step, StepStatus.DONE, tried, {})
                self.store.apply(_advance(job_type, job, done, n))
                since = self.clock()
            else:
                self._end(past, job, step, tried)

    def _end(self, past: Past, job: ClaimedJob, step: str, tried: TryRecord) -> None:
        if past.cancelled:
            self.store.request_cancel(job.id, job.user, "asked for twice")
            self.store.apply(Cancelled(job.id, job.token))
        elif past.failure is None:
            done = StepEnd(step, StepStatus.DONE, tried, {})
            self.store.apply(Complete(job.id, job.token, done, {"warnings": []}))
        else:
            self.store.apply(_failed(job, step, tried, *past.failure))

    def _usage(self) -> Usage:
        tokens = self.dice.randrange(800, 4000)
        return Usage(1, tokens, 0, tokens // 4, cost_usd=tokens * 4e-6)


def _advance(job_type: JobType, job: ClaimedJob, done: StepEnd, n: int) -> Advance:
    ended = {step.name for step in job_type.steps[: n + 1]}
    starts = tuple(
        step.name
        for step in job_type.steps
        if step.needs and done.step in step.needs and set(step.needs) <= ended
    )
    begun = [step for step in job_type.steps if step.name in ended or step.name in starts]
    progress = sum(step.began + (step.ended if step.name in ended else 0) for step in begun)
    shown = Shown(progress, job_type.steps[n + 1].name, job_type.steps[n + 1].message, 1)
    return Advance(job.id, job.token, shown, done, starts)


def _failed(
    job: ClaimedJob, step: str, tried: TryRecord, found: FailureClass, provider: str
) -> Fail:
    failure = Failure(found, text_for(found, provider), provider, http_status=_HTTP.get(found))
    lost = TryRecord(1, 0, tried.started_at, tried.ended_at, tried.usage, failure)
    detail: dict[str, Any] = words.record(failure, step, 1)
    return Fail(job.id, job.token, step, lost, failure.message, detail)
