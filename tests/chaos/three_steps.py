"""A job of three steps side by side and one that joins them, played by a script.

The steps end when the script says so. `Expected` is the specification's account
of what must follow (SPEC sections 1, 4 and 5, CORE "Steps side by side"), written
apart from the code under test.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum
from typing import Any, Final

from plinthctl.domain.catalog import JobType
from plinthctl.domain.circuits import CircuitRules
from plinthctl.domain.failures import Failure, FailureClass, text_for
from plinthctl.domain.ids import IdPrefix
from plinthctl.domain.inputs import CompetitorAnalysisInput
from plinthctl.domain.job import JobStatus
from plinthctl.domain.liveness import Standing
from plinthctl.domain.retries import POLICIES, RetryPolicy
from plinthctl.domain.steps import StepSpec
from plinthctl.services.sentry import Sentry
from worker.calls import StoreCalls
from worker.circuits import Circuits
from worker.clocks import steady_s
from worker.context import Finished, ProviderError, StepContext
from worker.runner import Tools
from worker.tries import Surroundings

SIDE_BY_SIDE: Final = ("essential", "first-extra", "second-extra")
JOIN: Final = "join"
DEGRADABLE: Final = frozenset(SIDE_BY_SIDE[1:])
NO_WAIT: Final = {name: RetryPolicy(policy.retries, 0.0) for name, policy in POLICIES.items()}
# The runner's clock is behind the store's: a retry that is "later" for the run
# that decides it is due for the next claim, and no test waits for time.
BEHIND: Final = timedelta(hours=1)

THREE_STEPS: Final = JobType(
    name="three_steps",
    title="three steps",
    ready="Ready",
    usual_s=(1, 2),
    poll_s=1,
    follow_s=1,
    input_model=CompetitorAnalysisInput,
    produces="nothing",
    steps=(
        *(StepSpec(s, f"{s}…", 10, 10, degradable=s in DEGRADABLE) for s in SIDE_BY_SIDE),
        StepSpec(JOIN, "Joining…", 10, 30, needs=SIDE_BY_SIDE),
    ),
)


class Outcome(Enum):
    """How a try of a step ends: the failure's class and the provider's Retry-After."""

    OK = (None, None)
    RETRY_AT_ONCE = (FailureClass.PROVIDER_UNAVAILABLE, None)
    RETRY_LATER = (FailureClass.RATE_LIMITED, 60.0)
    UNREADABLE = (FailureClass.PARSE_ERROR, None)
    FINAL = (FailureClass.AUTH_FAILURE, None)
    DEGRADE = (FailureClass.CONTENT_REFUSED, None)

    @property
    def failure(self) -> Failure | None:
        failure_class, retry_after_s = self.value
        if failure_class is None:
            return None
        text = text_for(failure_class, "exa")
        return Failure(failure_class, text, "exa", retry_after_s=retry_after_s)


# SPEC section 5, in numbers: how often a step is tried again after such a failure.
RETRIES: Final = {
    FailureClass.PROVIDER_UNAVAILABLE: 3,
    FailureClass.RATE_LIMITED: 3,
    FailureClass.PARSE_ERROR: 1,
    FailureClass.AUTH_FAILURE: 0,
    FailureClass.CONTENT_REFUSED: 0,
}
TRIES_AT_MOST: Final = 4
LOSSES_AT_MOST: Final = 2  # the third fails the job


class Stored(StrEnum):
    DONE = "done"
    DEGRADED = "degraded"


@dataclass
class Expected:
    """What must be true of the job after each act of the script."""

    status: JobStatus = JobStatus.PENDING
    stored: dict[str, Stored] = field(default_factory=dict)
    failures: dict[str, list[FailureClass]] = field(default_factory=lambda: defaultdict(list))
    running: set[str] = field(default_factory=set)
    cancel_asked: bool = False
    losses: int = 0

    def claimed(self) -> None:
        self.status = JobStatus.RUNNING
        ready = {name for name in SIDE_BY_SIDE if name not in self.stored}
        self.running = ready or {JOIN}

    def ended(self, step: str, outcome: Outcome) -> None:
        """A try of a step ended, and the worker wrote it down."""
        self.running.remove(step)
        if outcome.failure is not None:
            self._failed(step, outcome)
        elif step == JOIN:
            self._over(JobStatus.COMPLETED)
        else:
            self._store(step, Stored.DONE)
        if self.status is JobStatus.RUNNING:
            self._go_on()

    def _go_on(self) -> None:
        if self.cancel_asked:
            self._over(JobStatus.CANCELLED)
        elif set(SIDE_BY_SIDE) <= set(self.stored) and not self.failures[JOIN]:
            self.running = {JOIN}
        elif not self.running:
            self._over(JobStatus.PENDING)

    def _failed(self, step: str, outcome: Outcome) -> None:
        failure_class, retry_after_s = outcome.value
        spent = self.failures[step].count(failure_class)
        again = spent < RETRIES[failure_class] and len(self.failures[step]) + 1 < TRIES_AT_MOST
        self.failures[step].append(failure_class)
        if again and retry_after_s is None:
            self.running.add(step)
        elif not again:
            self._gave_up(step, failure_class)

    def _gave_up(self, step: str, failure_class: FailureClass) -> None:
        if step in DEGRADABLE and failure_class is not FailureClass.AUTH_FAILURE:
            self._store(step, Stored.DEGRADED)
        else:
            self._over(JobStatus.FAILED)

    def _store(self, step: str, how: Stored) -> None:
        self.stored[step] = how
        self.losses = 0

    def released(self) -> None:
        if self.status is JobStatus.RUNNING:
            self._over(JobStatus.PENDING)

    def lost(self) -> None:
        self.losses += 1
        too_often = self.losses > LOSSES_AT_MOST
        self._over(JobStatus.FAILED if too_often else JobStatus.PENDING)

    def cancelled(self) -> None:
        self._over(JobStatus.CANCELLED)

    def _over(self, status: JobStatus) -> None:
        self.status = JobStatus.CANCELLED if self.cancel_asked else status
        self.running = set()


class Stage:
    """The steps of one run: they wait until they are told how to end."""

    def __init__(self, expected: Expected, first_results: dict[str, Any]) -> None:
        self.changed = asyncio.Event()
        self.open: dict[str, asyncio.Future[Any]] = {}
        self.stopped: list[str] = []
        self.stubborn = False  # a step that is cancelled returns its result all the same
        self._expected = expected
        self._results = first_results

    async def step(self, context: StepContext) -> Any:
        name = context.step
        assert name not in self._expected.stored, f"{name} runs again after it was stored"
        if name == JOIN:
            self._has_all_results(context)
        self.open[name] = asyncio.get_running_loop().create_future()
        self.changed.set()
        try:
            return await self.open[name]
        except asyncio.CancelledError:
            self.stopped.append(name)
            if self.stubborn:
                return self._result(name)
            raise

    def _has_all_results(self, context: StepContext) -> None:
        for name, how in self._expected.stored.items():
            kept = self._results[name] if how is Stored.DONE else None
            assert context.outputs[name] == kept

    def end(self, name: str, outcome: Outcome) -> None:
        told = self.open.pop(name)
        if outcome.failure is None:
            told.set_result(self._result(name))
        else:
            told.set_exception(ProviderError(outcome.failure))

    def _result(self, name: str) -> Any:
        if name == JOIN:
            return Finished({"joined": True})
        self._results[name] = {"step": name, "of_run": id(self)}
        return self._results[name]


class CountingCalls(StoreCalls):
    """Store calls that tell how many changes were answered."""

    answered = 0

    async def __call__(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        answer = await super().__call__(call, *args, **kwargs)
        self.answered += call == self.store.apply
        return answer


def tools(calls: StoreCalls, stage: Stage, new_id: Callable[[IdPrefix], str]) -> Tools:
    """What a runner works with on this stage."""
    around = Surroundings(
        providers=None,  # type: ignore[arg-type]  # no step of ours asks for one
        now=lambda: datetime.now(UTC) - BEHIND,
        new_id=new_id,
        redact=str,
    )
    functions = dict.fromkeys((*SIDE_BY_SIDE, JOIN), stage.step)
    return Tools(
        calls=calls,
        around=around,
        standing=lambda: Standing.SOUND,
        roll=lambda: 0.5,
        policies=NO_WAIT,
        functions=lambda _: functions,
        sentry=Sentry(),
        circuits=Circuits(calls, {}, CircuitRules(), steady_s),
    )
