"""The store's clock is set while jobs run: by an hour, as a laptop's may be."""

import asyncio
from pathlib import Path

import pytest

from plinthctl.domain.job import JobStatus
from plinthctl.store import Store
from tests.e2e.program import wait_for
from tests.store.acts import Clock
from tests.worker.office import at_work, of_kind, submitted
from tests.worker.states import PROFILE
from worker.simulator.control import SimulatorControl
from worker.simulator.journal import Journal
from worker.simulator.process import SimulatorProcess


@pytest.mark.parametrize(
    ("hours", "runs"),
    [
        pytest.param(1, 2, id="ahead: it begins a new run"),
        pytest.param(-1, 1, id="back: it goes on"),
    ],
)
def test_a_job_that_runs_is_not_late_because_the_clock_was_set(
    timed: Store,
    clock: Clock,
    simulator: SimulatorProcess,
    control: SimulatorControl,
    journal: Journal,
    tmp_path: Path,
    hours: int,
    runs: int,
) -> None:
    async def play() -> None:
        control.hold("llm", times=1)
        job_id = submitted(timed)
        async with at_work(timed, simulator.url, tmp_path) as desk:
            await asyncio.to_thread(
                wait_for, lambda: journal.of_step(job_id, PROFILE), "the LLM is asked"
            )
            desk.supervisor._pulse.gaps_s = (5.0, 5.0)
            clock.move(hours=hours)
            await desk.supervisor._caretaker.sweep()
            assert desk.detail(job_id).job.status is JobStatus.RUNNING
            desk.wake()
            if runs == 1:
                control.release()
            done = await desk.ended(job_id)
        assert done.job.status is JobStatus.COMPLETED
        assert len(of_kind(done, "claimed")) == runs
        assert [step.tries for step in done.steps] == [0] * len(done.steps)

    asyncio.run(play())
