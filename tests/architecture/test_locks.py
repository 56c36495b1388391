"""The locks say what is installed, and nothing of where it came from."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNTIME, DEV = "requirements.lock", "requirements-dev.lock"
PINNED = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ ]+)", re.MULTILINE)
REQUIREMENT = re.compile(r"^[A-Za-z0-9_-]+")


def text_of(lock: str) -> str:
    return (ROOT / lock).read_text(encoding="utf-8")


def pins(lock: str) -> dict[str, str]:
    return {found["name"]: found["version"] for found in PINNED.finditer(text_of(lock))}


@pytest.mark.parametrize("lock", [RUNTIME, DEV])
def test_every_pin_has_hashes(lock: str) -> None:
    entries = re.split(r"\n(?=[a-z0-9-]+==)", text_of(lock))
    assert len(entries) == len(pins(lock))
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", [RUNTIME, DEV])
@pytest.mark.parametrize(
    "trace", ["://", "--index", "--extra-index", "--find-links", "-e ", "/home"]
)
def test_a_lock_names_no_place(lock: str, trace: str) -> None:
    assert trace not in text_of(lock)


def test_the_tests_run_on_what_is_shipped() -> None:
    assert pins(RUNTIME).items() <= pins(DEV).items()


def wanted(*groups: list[object]) -> set[str]:
    found = (REQUIREMENT.match(r) for group in groups for r in group if isinstance(r, str))
    return {match.group().lower().replace("_", "-") for match in found if match}


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    build, dev = project["dependency-groups"]["build"], project["dependency-groups"]["dev"]
    assert wanted(project["project"]["dependencies"], build) <= set(pins(RUNTIME))
    assert wanted(build, dev) <= set(pins(DEV))
