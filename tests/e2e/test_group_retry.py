"""A whole failure group retried at once, and whether it came as it was foreseen."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from plinthctl.domain.job import JobStatus
from plinthctl.store import upgrade_store
from tests.e2e.group_trial import NEAR, ended, fail_alike, retried, submitted
from tests.e2e.program import Program
from worker.simulator.control import SimulatorControl
from worker.simulator.process import SimulatorProcess

SPEED = 20.0
SLOTS = 4
BEFORE = 16
FAILED = 16
PATIENCE_S = 60.0


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[SimulatorProcess]:
    """Slow enough that what jobs take is not our own work."""
    with SimulatorProcess.start(tmp_path / "journal", speed=SPEED) as running:
        yield running


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'plinthctl.db'}"
    upgrade_store(url)
    return url


def test_a_group_takes_and_costs_what_was_foreseen(
    program: Program, control: SimulatorControl
) -> None:
    with program.worker("--concurrency", str(SLOTS)):
        ended(program.store, submitted(program.store, BEFORE), JobStatus.COMPLETED, PATIENCE_S)
        ids = fail_alike(program, control, "firecrawl", FAILED, PATIENCE_S)
        trial = retried(program, ids, PATIENCE_S)
    assert trial.completed == trial.foreseen.jobs == FAILED
    assert trial.time_off <= NEAR, trial
    assert trial.cost_off <= NEAR, trial
