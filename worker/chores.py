"""What a worker does beside running jobs: roll calls and looking after the dead."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Final

from plinthctl.domain.expiry import Expiry, Retention
from plinthctl.domain.ids import short
from plinthctl.domain.job import JobEvent
from plinthctl.domain.liveness import (
    NEIGHBOURS_EVERY_S,
    SILENT_AFTER_S,
    SILENT_EVERY_S,
    may_judge,
)
from plinthctl.domain.runs import Answer, PutBack, Shown
from plinthctl.services.bookkeeping import Bookkeeper
from plinthctl.services.sentry import Sentry
from plinthctl.services.sweep import Sweeper, SweepReport
from worker import words
from worker.beat import Pulse
from worker.calls import StoreCalls, until_answered
from worker.clocks import StoreClock, steady_s
from worker.logs import log
from worker.outage import surviving_outages
from worker.post import Post
from worker.roll import Held, compare
from worker.runner import Stop
from worker.runs import Runs

ROLL_CALL_WITHOUT_BELL_S: Final = 0.5  # nobody says that a cancel is asked for
LOOK_AT_DUTIES_EVERY_S: Final = 15.0  # each is due once a minute, for one worker
# The silent are found first: a job whose worker is gone comes back, it does not expire.
FIRST_SWEEP_AFTER_S: Final = SILENT_AFTER_S + SILENT_EVERY_S


class Roller:
    """Compares the store's list of our jobs with what runs, and acts on it."""

    def __init__(
        self,
        calls: StoreCalls,
        post: Post,
        runs: Runs,
        claiming: Callable[[], bool],
        bell_heard: Callable[[], bool],
    ) -> None:
        self._calls = calls
        self._post = post
        self._runs = runs
        self._claiming = claiming
        self._bell_heard = bell_heard
        self._asked = asyncio.Event()
        self._missing: frozenset[Held] = frozenset()

    def call_now(self) -> None:
        """Call the roll at once, not only when it is due."""
        self._asked.set()

    async def run(self) -> None:
        """Call the roll whenever asked to: with each beat, and when the bell says so.
        While it is silent, each half second in which jobs run."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(ROLL_CALL_WITHOUT_BELL_S):
                    await self._asked.wait()
            wanted = self._asked.is_set() or (bool(self._runs) and not self._bell_heard())
            self._asked.clear()
            if wanted and self._post.taken:
                await surviving_outages(self._calls.outage, self._call)

    async def _call(self) -> None:
        claiming, before = self._claiming(), self._runs.held()
        roll = await self._calls(self._calls.store.on_roll, self._post.worker_id)
        found = compare(
            roll,
            held_before=before,
            held_now=self._runs.held(),
            missing_before=self._missing,
        )
        for held in found.gone:
            self._runs.stop(held, Stop.DROP)
        for held in found.cancel:
            self._runs.stop(held, Stop.CANCEL)
        # A claim that is still being answered is not missing yet.
        claiming = claiming or self._claiming()
        self._missing = frozenset() if claiming else found.missing
        for held in () if claiming else found.give_back:
            await self._give_back(held)

    async def give_back_all(self) -> None:
        """Give back what the store still has under our name; nothing runs any more."""
        if not self._post.taken:
            return
        for entry in await self._calls(self._calls.store.on_roll, self._post.worker_id):
            await self._give_back((entry.job_id, entry.token))

    async def _give_back(self, held: Held) -> None:
        job_id, token = held
        store = self._calls.store
        job = await self._calls(store.job, job_id)
        if job is None:
            return
        shown = Shown(job.progress, None, words.QUEUED_AGAIN, job.attempt)
        change = PutBack(job_id, token, JobEvent.RELEASE, shown)
        answer = await self._calls(store.apply, change)
        if answer is not Answer.LOST:
            text = f"{short(job_id)} given back: it was claimed and ran nowhere"
            log.warning(text, event="given_back", job=job_id)


class Caretaker:
    """Looks after dead workers, and does the duties that are one worker's at a time.

    Args:
        found_work: Called when there may be jobs to claim that there were not before.

    Attributes:
        looked_once: Whether dead neighbours have been looked for.
        queue_is_clear: Whether what waited too long before this worker came has expired;
            it claims nothing until then.
    """

    def __init__(
        self,
        calls: StoreCalls,
        post: Post,
        pulse: Pulse,
        clock: StoreClock,
        sweeper: Sweeper,
        expiry: Expiry,
        retention: Retention,
        found_work: Callable[[], None],
        sentry: Sentry,
    ) -> None:
        self._found_work = found_work
        self._sentry = sentry
        self._calls = calls
        self._post = post
        self._pulse = pulse
        self._clock = clock
        self._sweeper = sweeper
        self._books = Bookkeeper(calls.store, expiry)
        self._expiry = expiry
        self._retention = retention
        self.looked_once = False
        self.queue_is_clear = False

    async def run(self) -> None:
        """Clear the queue; then look each second, each 5 s and each minute, until cancelled."""
        await self._clear_the_queue()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._every(NEIGHBOURS_EVERY_S, self._look_next_door))
            group.create_task(self._every(SILENT_EVERY_S, self._look_for_the_silent))
            group.create_task(self._every(LOOK_AT_DUTIES_EVERY_S, self.sweep, FIRST_SWEEP_AFTER_S))
            group.create_task(self._every(LOOK_AT_DUTIES_EVERY_S, self._purge))
            group.create_task(self._every(LOOK_AT_DUTIES_EVERY_S, self._keep_books))

    async def _every(
        self, period_s: float, action: Callable[[], Awaitable[None]], after_s: float = 0.0
    ) -> None:
        await asyncio.sleep(after_s)
        while True:
            await surviving_outages(self._calls.outage, action)
            await asyncio.sleep(period_s)

    async def _clear_the_queue(self) -> None:
        expire = partial(self._sweeper.expire_waiting, self._expiry)
        report = await until_answered(self._calls, expire, lambda: True)
        self._tell(report or SweepReport())
        self.queue_is_clear = True
        self._found_work()

    async def _look_next_door(self) -> None:
        if self._post.taken:
            self._tell(await self._calls(self._sweeper.bury_dead_neighbours, self._post.worker_id))
            self.looked_once = True

    async def _look_for_the_silent(self) -> None:
        if self._post.taken:
            own_id, gaps_s = self._post.worker_id, self._pulse.gaps_s
            bury = self._sweeper.bury_the_silent
            self._tell(await self._calls(bury, own_id, gaps_s, steady_s()))

    async def sweep(self) -> None:
        """Do the duty if it is due, but not right after a sleep, nor after the clock was
        set: a run is not late because this machine was shut overnight."""
        if may_judge(self._pulse.gaps_s) and not await self._clock_was_set():
            self._tell(await self._calls(self._sweeper.sweep_in_turn, self._expiry))

    async def _purge(self) -> None:
        self._tell(await self._calls(self._sweeper.purge_in_turn, self._retention))

    async def _keep_books(self) -> None:
        await self._calls(self._books.in_turn)

    async def _clock_was_set(self) -> bool:
        return self._clock.was_set_ahead(await self._calls(self._calls.store.now), steady_s())

    def _tell(self, report: SweepReport) -> None:
        for worker_id in report.buried:
            log.warning(f"worker {short(worker_id)} is gone", event="retired", worker=worker_id)
        for swept in report.swept:
            text = f"{short(swept.job_id)} {swept.event} ({swept.rule})"
            log.warning(text, event=swept.event.value, job=swept.job_id, rule=swept.rule)
            self._sentry.ended(swept.job_id, swept.type, swept.rule)
        if report.purged:
            log.info(f"{report.purged} ended jobs purged", event="purged", jobs=report.purged)
        if report.swept:
            self._found_work()
