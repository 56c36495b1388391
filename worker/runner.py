"""One claimed job, from its claim to the moment it is given back or ends.

What happened becomes a `Move` (worker/plan.py, pure); this file stores the move,
starts what it says and waits for what happens next. It decides nothing itself.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from plinthctl.domain.archive import DecisionDetail
from plinthctl.domain.catalog import job_type
from plinthctl.domain.decisions import DecisionContext
from plinthctl.domain.failures import FailureClass
from plinthctl.domain.liveness import Standing
from plinthctl.domain.retries import RetryPolicy
from plinthctl.domain.runs import Answer, Cancelled, Change, ClaimedJob, Fail, Tick
from plinthctl.domain.steps import next_try_at
from plinthctl.services.sentry import Sentry
from worker import plan, said
from worker.calls import StoreCalls, apply_surely, until_answered
from worker.circuits import Circuits
from worker.context import StepFunction
from worker.logs import log
from worker.plan import Ended, Moment, Move, RunState
from worker.tries import Surroundings, Ties, attempt, unforeseen

LOOK_AGAIN_S: Final = 0.5  # while starts are withheld
STEP_MAY_LINGER_S: Final = 5.0  # after it was cancelled


class Stop(IntEnum):
    """Why a run is stopped from outside; a higher one overrules a lower."""

    RELEASE = 1  # the worker stops: give the job back
    CANCEL = 2  # somebody asked for it: end the job as cancelled
    DROP = 3  # another has the job, or soon will: write nothing more


@dataclass(frozen=True, slots=True)
class Tools:
    """What every run of a worker works with.

    ``standing`` says what the worker may still do, ``roll`` draws in [0, 1),
    ``sentry`` is told of final failures once they are stored, ``circuits`` of how
    providers fare, ``ticked`` of progress inside steps.
    """

    calls: StoreCalls
    around: Surroundings
    standing: Callable[[], Standing]
    roll: Callable[[], float]
    policies: Mapping[FailureClass, RetryPolicy]
    functions: Callable[[str], Mapping[str, StepFunction]]
    sentry: Sentry
    circuits: Circuits
    ticked: Callable[[Tick], None] = lambda _tick: None


class Runner:
    """Runs one claimed job. ``stop`` may be called at any time from the loop's thread."""

    def __init__(self, tools: Tools, job: ClaimedJob) -> None:
        self.job = job
        self._tools = tools
        self._stop: Stop | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ends: deque[Ended] = deque()
        self._news = asyncio.Event()
        self._decision: DecisionContext | None = None

    def stop(self, why: Stop) -> None:
        """Stop the run soon; its steps are cancelled, the runner itself never is."""
        self._stop = max(why, self._stop or why)
        self._news.set()

    async def run(self) -> None:
        """Run to the end of this claim. Raises nothing that a step or the store does."""
        first = plan.opening(self.job, job_type(self.job.type).steps, self._moment())
        state = first.state
        try:
            self._decision = await self._read_decision()
            move: Move | None = first
            while move is not None:
                state = move.state
                move = await self._next(move)
        except Exception as error:  # noqa: BLE001 - our own fault must not run for ever
            log.broken("the run broke", error, event="run_broken", job=self.job.id)
            await self._quell()
            detail = unforeseen(error, self._tools.around.redact)
            await self._carry_out(plan.broken(state, error, detail, self._moment()))
        finally:
            await self._quell()

    async def _next(self, move: Move) -> Move | None:
        """Carry a move out, then the one that follows from what happens; None: it is over."""
        if not await self._carry_out(move):
            return None
        await self._something_happens(move.state)
        if self._ends:
            return self._after(move.state, self._ends.popleft())
        if self._stop is not None:
            await self._end_early(move.state)
            return None
        return plan.carry_on(move.state, self._moment())

    def _after(self, state: RunState, ended: Ended) -> Move:
        self._tools.circuits.count(self.job.type, ended)
        return plan.after(state, ended, self._moment())

    async def _carry_out(self, move: Move) -> bool:
        """Store a move and start its steps; False: the run is over."""
        if isinstance(move.change, Fail):
            await self._quell()
        if move.change is not None:
            answer = await self._apply(move.change)
            said.answered(move, answer)
            if answer in {Answer.LOST, Answer.CANCELLED}:
                return False
            if answer is Answer.CANCEL_ASKED and not move.over:
                self.stop(Stop.CANCEL)
            if (sign := move.sign) is not None:
                self._tools.circuits.told(sign)
            if answer is Answer.HELD and move.report is not None:
                self._tools.sentry.send(move.report, move.cause)
        self._start(move)
        return not move.over

    def _start(self, move: Move) -> None:
        if self._stop is not None:
            return  # what was stored as started is given back uncharged, or ends with the job
        functions = self._tools.functions(self.job.type)
        for step in move.starts:
            work = self._try(move.state, step, functions[step])
            self._tasks[step] = asyncio.create_task(work, name=f"{self.job.id}:{step}")

    async def _try(self, state: RunState, step: str, function: StepFunction) -> None:
        ties = self._ties(state, step)
        self._ends.append(await attempt(function, state, step, ties, self._tools.around))
        self._tasks.pop(step, None)
        self._news.set()

    def _ties(self, state: RunState, step: str) -> Ties:
        def reached(share: float) -> None:
            self._tools.ticked(plan.tick(state, step, share))

        return Ties(self._decision, self._read_gathered, reached)

    async def _something_happens(self, state: RunState) -> None:
        """Wait for a step's end, a stop, or the time at which a step may start."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience_s(state)):
                while not self._ends and self._stop is None:
                    self._news.clear()
                    await self._news.wait()

    def _patience_s(self, state: RunState) -> float | None:
        if self._tools.standing() is not Standing.SOUND or not self._tasks:
            return LOOK_AGAIN_S
        due = next_try_at(state.board)
        return None if due is None else max(0.0, (due - self._tools.around.now()).total_seconds())

    async def _end_early(self, state: RunState) -> None:
        """Stop the steps and write what the reason asks for."""
        await self._quell()
        if self._stop is Stop.RELEASE:
            await self._release(state)
        if self._stop is Stop.CANCEL:
            answer = await self._apply(Cancelled(self.job.id, self.job.token))
            said.cancelled(self.job, answer)
        if self._stop is Stop.DROP:
            said.dropped(self.job)

    async def _release(self, state: RunState) -> None:
        # What ended while the others were being stopped is paid for: it is stored first.
        while self._ends:
            move = self._after(state, self._ends.popleft())
            if not await self._carry_out(move):
                return
            state = move.state
        if self._stop is Stop.RELEASE:
            answer = await self._apply(plan.give_back(state))
            said.released(self.job, answer)

    async def _apply(self, change: Change) -> Answer:
        return await apply_surely(self._tools.calls, change, self._holds)

    async def _read_decision(self) -> DecisionContext | None:
        wanted = self.job.decision
        if wanted is None:
            return None
        calls = self._tools.calls
        return await until_answered(calls, lambda: calls.store.decision(wanted), self._holds)

    async def _read_gathered(self) -> DecisionDetail | None:
        wanted = self.job.decision
        if wanted is None:
            return None
        calls = self._tools.calls
        return await until_answered(calls, lambda: calls.store.decision_detail(wanted), self._holds)

    def _holds(self) -> bool:
        return self._stop is not Stop.DROP and self._tools.standing() is not Standing.LET_GO

    async def _quell(self) -> None:
        """Cancel the steps that run, and wait until they have stopped."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        if tasks:
            _, lingering = await asyncio.wait(tasks, timeout=STEP_MAY_LINGER_S)
            for task in lingering:
                log.warning(
                    f"{task.get_name()} does not stop", event="step_lingers", job=self.job.id
                )

    def _moment(self) -> Moment:
        sound = self._tools.standing() is Standing.SOUND
        return Moment(
            now=self._tools.around.now(),
            roll=self._tools.roll(),
            may_start=sound and self._stop is None,
            policies=self._tools.policies,
            report_id=self._tools.sentry.new_id(),
            health=self._tools.circuits.health(),
        )
