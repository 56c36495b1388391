"""What holds for every test: nothing of this machine's user is read or touched."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.fast_files import into_memory

into_memory()

pytest_plugins = ["tests.stores", "tests.programs", "tests.valkeys"]

# A busy machine is slow, which says nothing about the code.
settings.register_profile("plinthctl", deadline=None)
settings.load_profile("plinthctl")


@pytest.fixture(autouse=True)
def _nobodys_home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path_factory.mktemp("home", numbered=True)
    for name in [n for n in os.environ if n.startswith("PLINTHCTL_")]:
        monkeypatch.delenv(name)
    _set(monkeypatch, HOME=home, XDG_DATA_HOME=home / "data", XDG_CONFIG_HOME=home / "config")
    _set(monkeypatch, XDG_STATE_HOME=home / "state")


def _set(monkeypatch: pytest.MonkeyPatch, **variables: Path) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, str(value))
