"""What is installed brings along what its commands need that is no Python."""

import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from plinthctl.settings.example import EXAMPLE

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    builder = WheelBuilder(str(ROOT))
    (path,) = builder.build(directory=str(tmp_path_factory.mktemp("wheel")), versions=["standard"])
    return zipfile.ZipFile(path)


def test_the_example_configuration_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    assert wheel.read("plinthctl/settings/config.example.toml") == EXAMPLE.read_bytes()


def test_all_packages_are_in_the_wheel_and_no_test_is(wheel: zipfile.ZipFile) -> None:
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert {name for name in tops if ".dist-info" not in name} == {"plinthctl", "tui", "worker"}
