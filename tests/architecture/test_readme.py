"""What the README promises is there."""

import re
from pathlib import Path

import pytest

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.errors import ExitCode

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_its_exit_codes_are_the_programs() -> None:
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert told == set(map(int, ExitCode))


def test_its_commands_exist() -> None:
    shown = set(re.findall(r"^ *plinthctl ([a-z]+)", README, re.MULTILINE))
    files = {path.stem.rstrip("_") for path in (ROOT / "plinthctl/cli/commands").glob("[a-z]*.py")}
    assert shown
    assert shown <= files


@pytest.mark.parametrize("target", re.findall(r"`make ([a-z]+)`", README))
def test_its_make_targets_exist(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_it_names_every_job_type_that_runs() -> None:
    assert [
        kind for kind, entry in JOB_TYPES.items() if entry.runnable and kind not in README
    ] == []


@pytest.mark.parametrize("path", re.findall(r"\]\(((?!http)[^)#]+)\)", README))
def test_its_links_lead_somewhere(path: str) -> None:
    assert (ROOT / path).exists()
