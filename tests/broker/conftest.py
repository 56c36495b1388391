"""A data directory for a bell, and the workers around it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from plinthctl.broker import carrier
from plinthctl.broker.embedded import EmbeddedBell
from tests.broker.crew import Crew, crew_at
from tests.valkeys import Valkey


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


@pytest.fixture
def server(valkey: Valkey) -> Iterator[Redis]:
    """For the test's own questions to its Valkey."""
    with valkey.client() as client:
        yield client


@pytest.fixture
def looks_only_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a carrier finds it was told of: the look each second would find it, too."""
    monkeypatch.setattr(carrier, "IDLE_S", 60.0)
