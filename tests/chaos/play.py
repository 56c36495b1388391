"""One job of three steps, played from its submission to its end by a script of acts."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import update

from plinthctl.domain.job import JobStatus
from plinthctl.domain.limits import Limits
from plinthctl.domain.runs import ClaimedJob
from plinthctl.store import Store
from plinthctl.store.tables import jobs
from tests.chaos.three_steps import (
    THREE_STEPS,
    CountingCalls,
    Expected,
    Outcome,
    Stage,
    tools,
)
from tests.stores import a_job, an_id
from worker.runner import Runner, Stop

GENEROUS_S: Final = 20.0


@dataclass(frozen=True)
class End:
    """One of the running steps ends."""

    which: int
    outcome: Outcome


@dataclass(frozen=True)
class Cancel:
    """An operator cancels; ``told``: the roll call tells the run at once, else it
    learns of it at its next write."""

    told: bool


@dataclass(frozen=True)
class Release:
    """SIGTERM: the job is given back. ``with_end``: a step ends at the same moment;
    ``stubborn``: steps that are cancelled return their results all the same."""

    with_end: End | None
    stubborn: bool


@dataclass(frozen=True)
class Lose:
    """The worker is taken for dead. ``late``: it is not, and writes on when the job
    has already been given to another."""

    late: bool


Act = End | Cancel | Release | Lose
GO_ON = End(0, Outcome.OK)


class Play:
    """One job, from its submission to its end, by a script."""

    def __init__(self, store: Store, calls: CountingCalls, worker_id: str) -> None:
        self._store = store
        self._calls = calls
        self._worker_id = worker_id
        self._results: dict[str, object] = {}
        self._progress = 0
        self.late: list[_Run] = []
        self.expected = Expected()
        self.job_id = self._submitted()

    def _submitted(self) -> str:
        job = a_job(type=THREE_STEPS.name)
        assert self._store.admit(job, Limits(), "ana", {})
        return job.id

    async def to_its_end(self, script: list[Act]) -> None:
        acts = iter(script)
        while self.expected.status is JobStatus.PENDING:
            await _Run(self, self._claimed()).until_over(acts)
            self.progress_never_falls()
        await self.late_writes()

    async def late_writes(self) -> None:
        """Who was taken for dead writes now."""
        while self.late:
            await self.late.pop().write_late()

    def _claimed(self) -> ClaimedJob:
        self._let_time_pass()
        claimed = self._store.claim_one(self._worker_id, self.job_id)
        assert claimed is not None
        self.expected.claimed()
        assert set(claimed.started) == self.expected.running
        return claimed

    def _let_time_pass(self) -> None:
        """A job that waits after its second loss is due at once."""
        mine = update(jobs).where(jobs.c.id == self.job_id)
        self._store._database.write(lambda tx: tx.execute(mine.values(available_at=tx.now)))

    def progress_never_falls(self) -> None:
        job = self._store.job(self.job_id)
        assert job is not None
        assert job.progress >= self._progress
        self._progress = job.progress

    def new_stage(self) -> Stage:
        return Stage(self.expected, self._results)

    def new_runner(self, stage: Stage, job: ClaimedJob) -> Runner:
        return Runner(tools(self._calls, stage, an_id), job)

    def answered(self) -> int:
        return self._calls.answered

    def ask_to_cancel(self) -> None:
        self._store.request_cancel(self.job_id, "ana", None)
        self.expected.cancel_asked = True

    def take_away(self, token: int) -> None:
        assert self._store.recover(self.job_id, token) is not None


class _Run:
    """One claim of the job, by one worker."""

    def __init__(self, play: Play, job: ClaimedJob) -> None:
        self._play = play
        self._expected = play.expected
        self._job = job
        self._stage = play.new_stage()
        self._runner = play.new_runner(self._stage, job)
        self._task = asyncio.create_task(self._runner.run())

    async def until_over(self, acts: Iterator[Act]) -> None:
        await self._settled(self._play.answered())
        await self._play.late_writes()
        while self._expected.status is JobStatus.RUNNING:
            await self._perform(next(acts, GO_ON))
            self._play.progress_never_falls()
        if self not in self._play.late:
            await self._over()

    async def write_late(self) -> None:
        """A step of a run that was taken away ends."""
        self._stage.end(min(self._stage.open), Outcome.OK)
        await self._over()

    async def _over(self) -> None:
        async with asyncio.timeout(GENEROUS_S):
            await self._task

    async def _perform(self, act: Act) -> None:
        match act:
            case End():
                await self._end(act)
            case Cancel(told):
                self._cancel(told)
            case Release():
                self._release(act)
            case Lose(late):
                self._lose(late)

    async def _end(self, act: End) -> None:
        before = self._play.answered()
        self._end_now(act)
        await self._settled(before + 1)

    def _end_now(self, act: End) -> None:
        running = sorted(self._stage.open)
        step = running[act.which % len(running)]
        self._stage.end(step, act.outcome)
        self._expected.ended(step, act.outcome)

    def _cancel(self, told: bool) -> None:
        self._play.ask_to_cancel()
        if told:
            self._runner.stop(Stop.CANCEL)
            self._expected.cancelled()

    def _release(self, act: Release) -> None:
        self._stage.stubborn = act.stubborn
        if act.with_end is not None:
            self._end_now(act.with_end)
        self._runner.stop(Stop.RELEASE)
        for step in sorted(self._stage.open) if act.stubborn else ():
            if self._expected.status is JobStatus.RUNNING:
                self._expected.ended(step, Outcome.OK)
        self._expected.released()

    def _lose(self, late: bool) -> None:
        self._play.take_away(self._job.token)
        self._expected.lost()
        if late:
            self._play.late.append(self)
        else:
            self._runner.stop(Stop.DROP)

    async def _settled(self, answers: int) -> None:
        """Return once the runner has written what happened and started what follows."""
        async with asyncio.timeout(GENEROUS_S):
            while self._expected.status is JobStatus.RUNNING and not self._rests(answers):
                assert not self._task.done(), f"over, but {self._expected}"
                await asyncio.sleep(0.0005)
        if self._expected.status is JobStatus.RUNNING:
            assert self._stage.stopped == [], "a sibling was stopped"

    def _rests(self, answers: int) -> bool:
        return self._play.answered() >= answers and set(self._stage.open) == self._expected.running
