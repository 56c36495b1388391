"""A program of each test's own, beside a simulator that they share.

A folder that wants another simulator has fixtures of its own by these names.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from plinthctl.store import Store
from tests.e2e.program import Program
from worker.simulator.control import SimulatorControl
from worker.simulator.journal import Journal
from worker.simulator.process import SimulatorProcess

FAST = 1000.0


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    journal = tmp_path_factory.mktemp("simulator") / "journal"
    with SimulatorProcess.start(journal, speed=FAST) as running:
        yield running


@pytest.fixture
def strange_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory holds somebody else's modules of names that we import;
    each leaves a file called ``ran`` there."""
    place = tmp_path / "strange"
    place.mkdir()
    for name in ("plinthctl", "worker", "httpx"):
        (place / f"{name}.py").write_text(f"open({str(place / 'ran')!r}, 'w')")
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def control(simulator: SimulatorProcess) -> Iterator[SimulatorControl]:
    control = SimulatorControl(simulator.url)
    yield control
    control.reset()


@pytest.fixture
def journal(simulator: SimulatorProcess) -> Journal:
    return Journal(simulator.journal)


@pytest.fixture
def program(
    store: Store, store_url: str, simulator: SimulatorProcess, tmp_path: Path
) -> Iterator[Program]:
    home = tmp_path / "home"
    home.mkdir()
    yield (made := Program(store, store_url, simulator.url, home))
    made.end_bell()
