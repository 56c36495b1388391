"""A data directory for a bell, and the workers around it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from plinthctl.broker.embedded import EmbeddedBell
from tests.broker.crew import Crew, crew_at


@pytest.fixture
def data_dir() -> Iterator[Path]:
    # pytest's own folders have long names, and a socket's path must be short.
    with tempfile.TemporaryDirectory(prefix="plinthctl-bell-") as folder:
        yield Path(folder)


@pytest.fixture
def crew(data_dir: Path) -> Iterator[Crew]:
    with crew_at(data_dir) as crew:
        yield crew


@pytest.fixture
def bell(data_dir: Path) -> EmbeddedBell:
    return EmbeddedBell(data_dir)
