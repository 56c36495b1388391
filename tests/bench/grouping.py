"""What is foreseen of a retry of a thousand jobs that failed alike, and what comes."""

from pathlib import Path
from typing import Final

from plinthctl.domain.job import JobStatus
from plinthctl.store import open_store, upgrade_store
from tests.bench.table import Figure
from tests.e2e.group_trial import NEAR, Trial, ended, fail_alike, retried, submitted
from tests.e2e.program import Program
from worker.simulator.control import SimulatorControl
from worker.simulator.process import SimulatorProcess

SPEED: Final = 20.0
SLOTS: Final = 20
BEFORE: Final = 100
FAILED: Final = 1_000
PATIENCE_S: Final = 600.0


def figures(folder: Path) -> list[Figure]:
    upgrade_store(url := f"sqlite:///{folder / 'plinthctl.db'}")
    store = open_store(url)
    home = folder / "home"
    home.mkdir()
    try:
        with SimulatorProcess.start(folder / "journal", speed=SPEED) as simulator:
            program = Program(store, url, simulator.url, home)
            trial = _trial(program, SimulatorControl(simulator.url))
            program.end_bell()
    finally:
        store.close()
    return [
        Figure(
            f"time of {trial.completed} retried jobs",
            trial.took_s / trial.foreseen.took_s,
            "what was foreseen",
            f"{trial.took_s:.1f} s",
            kept=trial.time_off <= NEAR and trial.completed == FAILED,
        ),
        Figure(
            "their cost",
            trial.cost_usd / trial.foreseen.known_usd,
            "what was foreseen",
            f"${trial.cost_usd:.2f}",
            kept=trial.cost_off <= NEAR,
        ),
    ]


def _trial(program: Program, control: SimulatorControl) -> Trial:
    with program.worker("--concurrency", str(SLOTS)):
        before = submitted(program.store, BEFORE)
        ended(program.store, before, JobStatus.COMPLETED, PATIENCE_S)
        ids = fail_alike(program, control, "firecrawl", FAILED, PATIENCE_S)
        return retried(program, ids, PATIENCE_S)
