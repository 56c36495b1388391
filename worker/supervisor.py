"""The worker as a whole: it joins heart, claims, runs and chores, and takes them down."""

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from plinthctl.broker.ending import ended
from plinthctl.domain.circuits import CircuitRules
from plinthctl.domain.expiry import Expiry, Retention
from plinthctl.domain.failures import FailureClass
from plinthctl.domain.ids import short
from plinthctl.domain.liveness import Standing, may_judge
from plinthctl.domain.retries import RetryPolicy
from plinthctl.domain.runs import Beat
from plinthctl.errors import ExitCode, StoreUnavailable
from plinthctl.services.alerting import Alerting
from plinthctl.services.life import boot_id
from plinthctl.services.sentry import Sentry
from plinthctl.services.sweep import Sweeper
from plinthctl.services.teller import Teller
from worker import clocks
from worker.alone import Alone
from worker.beat import STALLED_FOR_GOOD_S, Heart, Pulse
from worker.bell import Bell, Join
from worker.calls import StoreCalls, until_answered
from worker.chores import Caretaker, Roller
from worker.circuits import Circuits
from worker.claims import Claimer
from worker.context import Providers
from worker.leaving import Leaving
from worker.logs import log
from worker.outage import surviving_outages
from worker.pager import Pager
from worker.pipelines import steps_of
from worker.post import Description, Post
from worker.runner import Runner, Stop, Tools
from worker.runs import Runs
from worker.signals import Answers
from worker.ticks import Ticks
from worker.tries import Surroundings

WATCH_EVERY_S: Final = 0.5
STALL_NOTICED_S: Final = 3.0  # between two turns of the watch
SLEPT_FROM_S: Final = 2 * STALLED_FOR_GOOD_S  # a loop that is only blocked does not last so long
JUDGED_AFTER_STALL_S: Final = 3.0  # time for the beat and the roll call that come first
CHILDREN_MAY_LINGER_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Orders:
    """What this worker is to do, and how.

    Attributes:
        job: Run this one job only, then leave: the process of a job that is
            feared to kill its worker.
        bell: Where the bell hangs, hung up if need be.
        schema: The newest schema this program knows; a newer store is left alone.
        child_options: Options that a child of one job gets, with their values.
        child_environ: Variables that it gets.
        outside_lives: Whether a simulator that this worker has started still runs.
        alerting: Who evaluates alerts, and ``teller`` who tells of them; None: nobody.
        sentry: Who is told of final failures.
        keys: The digest of each provider's key.
        circuits: When providers are left alone, and how they are probed.
    """

    types: tuple[str, ...]
    slots: int
    burst: bool
    drain_s: float
    name: str | None
    job: str | None
    expiry: Expiry
    retention: Retention
    policies: Mapping[FailureClass, RetryPolicy]
    data_dir: Path
    bell: Join
    schema: int
    child_options: tuple[str, ...]
    child_environ: Mapping[str, str]
    redact: Callable[[str], str]
    outside_lives: Callable[[], bool] = lambda: True
    alerting: Alerting | None = None
    teller: Teller | None = None
    sentry: Sentry = field(default_factory=Sentry)
    keys: Mapping[str, str] = field(default_factory=dict)
    circuits: CircuitRules = field(default_factory=CircuitRules)


class Supervisor:
    """One worker. Made inside the running loop that `serve` runs in."""

    def __init__(self, calls: StoreCalls, providers: Providers, orders: Orders) -> None:
        self._calls = calls
        self._orders = orders
        self._loop = asyncio.get_running_loop()
        self.leaving = Leaving()
        self._pulse = Pulse()
        self._clock = clocks.StoreClock()
        self._judged_from_s = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        about = Description(orders.name, orders.types, orders.slots, orders.data_dir)
        self._post = Post(calls, about)
        self._ticks = Ticks(calls)
        self._circuits = Circuits(calls, orders.keys, orders.circuits, clocks.steady_s)
        tools = self._tools(providers)
        self._runs = Runs(orders.slots, lambda job: Runner(tools, job), self._slot_freed)
        wake = self._runs.changed.set
        sweeper = Sweeper(calls.store, boot_id())
        self._alone = Alone(orders.child_options, orders.child_environ, wake)
        self._claimer = Claimer(
            calls,
            self._post,
            self._runs,
            self._alone,
            orders.types,
            may_claim=self._may_claim,
            empty=self._nothing_left,
            bell_heard=lambda: self._bell.heard,
            workers=lambda: sweeper.neighbours + 1,
            look=self._call_the_roll,
            keys=orders.keys,
        )
        self._bell = Bell(calls, self._claimer, self._carried(), orders.bell, changed=wake)
        calls.store.listen(self._bell.announcer.hear)
        self._roller = Roller(
            calls,
            self._post,
            self._runs,
            claiming=lambda: self._claimer.asking,
            bell_heard=lambda: self._bell.heard,
        )
        self._caretaker = Caretaker(
            calls,
            self._post,
            self._pulse,
            self._clock,
            sweeper,
            orders.expiry,
            orders.retention,
            found_work=self._work_found,
            sentry=orders.sentry,
        )
        self._heart = Heart(self._pulse, self._beat, self._heart_broke, self._give_up)

    def _tools(self, providers: Providers) -> Tools:
        around = Surroundings(providers, self._clock.now, clocks.fresh_id, self._orders.redact)
        return Tools(
            calls=self._calls,
            around=around,
            standing=self._pulse.standing,
            roll=clocks.roll,
            policies=self._orders.policies,
            functions=cache(steps_of),
            ticked=self._ticks.note,
            circuits=self._circuits,
            sentry=self._orders.sentry,
        )

    async def serve(self) -> ExitCode:
        """Work until asked to leave. Raises what the store raises at the start."""
        self._load_pipelines()
        await self._post.take()
        self._clock.told(await self._calls(self._calls.store.now), clocks.steady_s())
        self._pulse.start_over()
        self._heart.start()
        watching = [
            self._spawn(self._watch()),
            self._spawn(self._roller.run()),
            self._spawn(self._bell.run()),
            self._spawn(self._ticks.run()),
            self._spawn(self._circuits.run()),
        ]
        working = [self._spawn(work) for work in self._work()]
        try:
            await self.leaving.asked.wait()
            await self._drain(working)
        finally:
            await self._take_down(watching)
        return self.leaving.code

    def _load_pipelines(self) -> None:
        # Now, not at a type's first job: a worker that can open no file by then would
        # claim job after job and fail each.
        for job_type in self._carried():
            try:
                steps_of(job_type)
            except Exception as error:  # noqa: BLE001 - its jobs say so; the other types go on
                log.broken(f"{job_type} cannot be loaded", error, event="pipeline_broken")

    def _work(self) -> list[Coroutine[Any, Any, None]]:
        if self._orders.job is not None:
            return [self._run_only(self._orders.job)]
        return [self._claimer.run(), self._caretaker.run(), *self._paging()]

    def _paging(self) -> list[Coroutine[Any, Any, None]]:
        of = self._orders
        if of.alerting is None or of.teller is None:
            return []
        return [
            Pager(self._calls, of.alerting, of.teller, lambda: may_judge(self._pulse.gaps_s)).run()
        ]

    def _carried(self) -> tuple[str, ...]:
        """The types whose jobs may be delivered here: a job that runs alone is named."""
        return () if self._orders.job is not None else self._orders.types

    def answers(self) -> Answers:
        """What this worker does at signals."""
        return Answers(self.leaving.ask, self._before_sleep, self._awake)

    # -- while working --------------------------------------------------------------

    async def _run_only(self, job_id: str) -> None:
        store, worker_id = self._calls.store, self._post.worker_id
        job = await until_answered(
            self._calls,
            lambda: store.claim_one(worker_id, job_id, self._orders.keys),
            lambda: not self.leaving.asked.is_set(),
        )
        if job is not None:
            self._runs.start(job)
        await self._runs.all_ended()
        self.leaving.when_done()

    def _may_claim(self) -> bool:
        sound = self._pulse.standing() is Standing.SOUND and self._post.taken
        return sound and self._caretaker.queue_is_clear and not self.leaving.asked.is_set()

    def _nothing_left(self) -> None:
        if self._orders.burst and self._caretaker.looked_once:
            log.info("nothing left to do", event="empty")
            self.leaving.when_done()

    def _slot_freed(self) -> None:
        self._bell.wake()

    def _work_found(self) -> None:
        """Jobs came back to the queue, or now they may be claimed."""
        self._runs.changed.set()
        self._bell.wake()

    def _call_the_roll(self) -> None:
        self._roller.call_now()

    async def _watch(self) -> None:
        """Let go of everything once others may have taken it."""
        while True:
            stood_s = self._pulse.tick()
            if stood_s > STALL_NOTICED_S:
                self._awake_after(stood_s)
            elif clocks.steady_s() >= self._judged_from_s:
                self._judge()
            self._look_outside()
            await asyncio.sleep(WATCH_EVERY_S)

    def _awake_after(self, stood_s: float) -> None:
        self._awake()
        if stood_s > SLEPT_FROM_S:
            # Their connections are cold, and the night would count as part of their runs.
            self._begin_anew(f"awake after {stood_s:.0f} s", "slept")

    def _begin_anew(self, why: str, event: str) -> None:
        if self._runs:
            text = f"{why}: {_jobs(len(self._runs))} begin a new run"
            log.warning(text, event=event, jobs=len(self._runs))
            self._runs.stop_all(Stop.RELEASE)

    def _judge(self) -> None:
        if self._pulse.standing() is Standing.LET_GO and self._runs:
            since_s = self._pulse.since_beat_s()
            text = f"no beat for {since_s:.0f} s: letting go of {_jobs(len(self._runs))}"
            log.warning(text, event="let_go", jobs=len(self._runs))
            self._runs.stop_all(Stop.DROP)

    def _look_outside(self) -> None:
        if self._orders.outside_lives() or self.leaving.at_once.is_set():
            return
        log.warning("the simulated providers have ended: leaving", event="simulator_gone")
        self.leaving.break_off()

    # -- the heart ------------------------------------------------------------------

    def _beat(self) -> Beat | None:
        """In the heart's thread."""
        if not self._post.taken:
            raise StoreUnavailable("this worker has no row to beat in")
        worker_id, asked_s = self._post.worker_id, clocks.steady_s()
        try:
            answer = self._calls.store.beat(worker_id)
        except StoreUnavailable as error:
            self._calls.outage.noticed(error)
            raise
        at_s = clocks.steady_s()
        self._calls.outage.over(asked_s)
        self._loop.call_soon_threadsafe(self._beaten, worker_id, answer, at_s)
        return answer

    def _beaten(self, worker_id: str, answer: Beat | None, at_s: float) -> None:
        if answer is None:
            self._retired(worker_id)
            return
        self._tell_time(answer.now, at_s)
        self._roller.call_now()
        if answer.schema > self._orders.schema and not self.leaving.asked.is_set():
            text = f"the store's schema {answer.schema} is newer than this program: leaving"
            log.warning(text, event="newer_schema", schema=answer.schema)
            self.leaving.when_done()

    def _tell_time(self, store_now: datetime, at_s: float) -> None:
        if self._clock.was_set_ahead(store_now, at_s):
            self._pulse.start_over()  # and so does no duty before the others have noticed, too
            self._begin_anew("the store's clock was set ahead", "clock_set")
        self._clock.told(store_now, at_s)

    def _retired(self, worker_id: str) -> None:
        if not self._post.taken or worker_id != self._post.worker_id:
            return
        text = f"{short(worker_id)} was retired by others: letting go of {_jobs(len(self._runs))}"
        log.warning(text, event="was_retired", worker=worker_id)
        self._post.lose()
        self._runs.stop_all(Stop.DROP)
        self._spawn(self._start_over())

    async def _start_over(self) -> None:
        await self._post.take_again(lambda: not self.leaving.asked.is_set())
        self._pulse.start_over()

    def _heart_broke(self, error: Exception) -> None:
        """In the heart's thread."""
        log.broken("the heartbeat broke", error, event="broken")
        self._loop.call_soon_threadsafe(self.leaving.break_off)

    def _give_up(self) -> None:
        """In the heart's thread: the loop cannot even be asked to stop."""
        log.warning("a step has blocked this worker for a minute; ending it", event="blocked")
        os._exit(ExitCode.STOPPED_ITSELF)

    # -- sleep ----------------------------------------------------------------------

    async def _before_sleep(self) -> None:
        calls = self._calls
        await surviving_outages(calls.outage, lambda: calls(calls.store.quiesce))

    def _awake(self) -> None:
        """Beat and call the roll before anything is concluded from the time that passed."""
        self._calls.store.resume()
        self._judged_from_s = clocks.steady_s() + JUDGED_AFTER_STALL_S
        self._heart.beat_now()
        self._roller.call_now()

    # -- the end --------------------------------------------------------------------

    async def _drain(self, working: list[asyncio.Task[None]]) -> None:
        self._claimer.stop()
        self._bell.stop()
        self._alone.stop()
        if left := len(self._runs) + len(self._alone):
            drain = f"{self._orders.drain_s:g}s; again to stop now"
            log.info(f"draining {_jobs(left)} ({drain})", event="draining", jobs=left)
        await self._until_done_or_late()
        self._runs.stop_all(Stop.RELEASE)
        await self._runs.all_ended()
        await self._end(working)
        await self._end_children()
        await surviving_outages(self._calls.outage, self._roller.give_back_all)

    async def _until_done_or_late(self) -> None:
        waited_for = {
            asyncio.create_task(self._all_ended()),
            asyncio.create_task(self.leaving.at_once.wait()),
        }
        await asyncio.wait(
            waited_for, timeout=self._orders.drain_s, return_when=asyncio.FIRST_COMPLETED
        )
        await ended(*waited_for)

    async def _all_ended(self) -> None:
        await self._runs.all_ended()
        await self._alone.all_ended()

    async def _end(self, working: list[asyncio.Task[None]]) -> None:
        """Stop claiming for good: a claim under way is waited for, its jobs given back."""
        claiming, *others = working
        for task in others:
            task.cancel()
        # The others, too: a hook that is told of an alert is ended before the loop is.
        await asyncio.wait([claiming, *others])
        self._runs.stop_all(Stop.RELEASE)
        await self._runs.all_ended()

    async def _end_children(self) -> None:
        self._alone.stop()
        try:
            async with asyncio.timeout(CHILDREN_MAY_LINGER_S):
                await self._alone.all_ended()
        except TimeoutError:
            self._alone.kill()
            await self._alone.all_ended()

    async def _take_down(self, watching: list[asyncio.Task[None]]) -> None:
        await self._bell.last_words()
        await ended(*watching)
        await self._calls(self._heart.stop)
        await self._post.leave()
        log.info("left", event="left", code=int(self.leaving.code))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """A part of the worker that breaks takes the whole worker with it, in good order."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 - half a worker is worse than none
            log.broken("a part of the worker broke", error, event="broken")
            self.leaving.break_off()


def _jobs(count: int) -> str:
    return f"{count} job" if count == 1 else f"{count} jobs"
