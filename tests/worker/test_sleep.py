"""A machine that was shut overnight: nothing of what it ran fails for it."""

import asyncio
from pathlib import Path

import pytest

from plinthctl.domain.expiry import Expiry, Retention
from plinthctl.domain.job import JobStatus
from plinthctl.services.sentry import Sentry
from plinthctl.services.sweep import Sweeper
from plinthctl.store import Store
from tests.e2e.program import wait_for
from tests.store.acts import Clock, job_row, running
from tests.worker.office import at_work, of_kind, status_of, submitted
from tests.worker.states import GATHERING, PROFILE, TYPE
from tests.worker.test_pulse import Steady
from worker.beat import Pulse
from worker.calls import StoreCalls
from worker.chores import Caretaker
from worker.clocks import StoreClock
from worker.post import Description, Post
from worker.simulator.control import SimulatorControl
from worker.simulator.journal import Journal
from worker.simulator.process import SimulatorProcess

NIGHT_S = 8 * 3600.0


def _caretaker(calls: StoreCalls, pulse: Pulse, folder: Path) -> Caretaker:
    post = Post(calls, Description(None, (TYPE,), 1, folder))
    sweeper = Sweeper(calls.store, None)
    expiry, retention = Expiry(), Retention()
    clock, sentry = StoreClock(), Sentry()
    return Caretaker(calls, post, pulse, clock, sweeper, expiry, retention, lambda: None, sentry)


@pytest.mark.parametrize(
    ("gaps_s", "status"),
    [
        pytest.param((), JobStatus.RUNNING, id="just started: nothing expires"),
        pytest.param((NIGHT_S,), JobStatus.RUNNING, id="just awake: nothing expires"),
        pytest.param((NIGHT_S, 5), JobStatus.RUNNING, id="one beat after: nothing expires"),
        pytest.param((NIGHT_S, 5, 5), JobStatus.FAILED, id="two beats on time: it is late indeed"),
    ],
)
def test_what_has_run_too_long_is_judged_by_the_wide_awake_only(
    timed: Store, clock: Clock, tmp_path: Path, gaps_s: tuple[float, ...], status: JobStatus
) -> None:
    job = running(timed)
    clock.move(seconds=NIGHT_S)
    steady = Steady()
    pulse = Pulse(steady)
    for gap_s in gaps_s:
        pulse.beat(steady.move(gap_s))
    calls = StoreCalls(timed, 1)
    asyncio.run(_caretaker(calls, pulse, tmp_path).sweep())
    calls.close()
    assert job_row(timed, job.id)["status"] == status


def test_after_a_night_a_job_begins_a_new_run_with_what_it_has(
    store: Store,
    simulator: SimulatorProcess,
    control: SimulatorControl,
    journal: Journal,
    tmp_path: Path,
) -> None:
    async def play() -> None:
        control.hold("llm", times=1)
        job_id = submitted(store)
        async with at_work(store, simulator.url, tmp_path) as desk:
            await desk.sees(
                lambda: status_of(desk.detail(job_id), PROFILE) == "running", "asks the LLM"
            )
            await asyncio.to_thread(
                wait_for, lambda: journal.of_step(job_id, PROFILE), "it is asked"
            )
            desk.supervisor._pulse._ticked_s -= NIGHT_S
            done = await desk.ended(job_id)
        assert done.job.status is JobStatus.COMPLETED
        assert len(of_kind(done, "claimed")) == 2
        assert len(of_kind(done, "released")) == 1
        assert [step.tries for step in done.steps] == [0] * len(done.steps)
        assert [len(journal.of_step(job_id, step)) for step in GATHERING][:2] == [1, 1]

    asyncio.run(play())
