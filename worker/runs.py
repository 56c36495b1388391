"""The jobs that this worker runs right now."""

import asyncio
from collections.abc import Callable

from plinthctl.domain.runs import ClaimedJob
from worker import said
from worker.logs import log
from worker.roll import Held
from worker.runner import Runner, Stop


class Runs:
    """Running jobs in their slots. For the loop's thread only."""

    def __init__(
        self,
        slots: int,
        runner: Callable[[ClaimedJob], Runner],
        freed: Callable[[], None] = lambda: None,
    ) -> None:
        self._slots = slots
        self._runner = runner
        self._freed = freed
        self._runners: dict[Held, Runner] = {}
        self._tasks: dict[Held, asyncio.Task[None]] = {}
        self.changed = asyncio.Event()  # a slot came free, or something else to look at

    def __len__(self) -> int:
        return len(self._tasks)

    @property
    def free(self) -> int:
        """Free slots."""
        return max(0, self._slots - len(self._tasks))

    def held(self) -> frozenset[Held]:
        """Ids and tokens of what runs."""
        return frozenset(self._tasks)

    def start(self, job: ClaimedJob) -> None:
        """Run a job that was just claimed."""
        said.claimed(job)
        held = (job.id, job.token)
        self._runners[held] = self._runner(job)
        self._tasks[held] = asyncio.create_task(self._run(held), name=f"run {job.id}")

    async def _run(self, held: Held) -> None:
        try:
            await self._runners[held].run()
        except Exception as error:  # noqa: BLE001 - the roll call gives the job back
            log.broken("a run could not be ended", error, event="run_broken", job=held[0])
        finally:
            del self._runners[held], self._tasks[held]
            self.changed.set()
            self._freed()

    def stop(self, held: Held, why: Stop) -> None:
        """Stop one run, if it is still there."""
        if runner := self._runners.get(held):
            runner.stop(why)

    def stop_all(self, why: Stop) -> None:
        """Stop every run."""
        for runner in self._runners.values():
            runner.stop(why)

    async def all_ended(self) -> None:
        """Return once nothing runs."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))
