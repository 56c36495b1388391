"""The table of faults names tests that are there, and leaves no fault out."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "tests" / "chaos" / "README.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`", TABLE)))
FAULTS = 60


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_test_that_is_named_is_there(file: str, name: str) -> None:
    source = (ROOT / file).read_text()
    assert not name or re.search(rf"^(async )?def {name}\(", source, re.MULTILINE)


def test_every_fault_has_a_line() -> None:
    told = set[int]()
    for line in TABLE.splitlines():
        if line.startswith("| R"):
            head = line.split("|")[1]
            numbers = [int(found) for found in re.findall(r"R(\d+)", head)]
            told |= set(range(numbers[0], numbers[-1] + 1)) if " to " in head else set(numbers)
    assert told >= set(range(1, FAULTS + 1))
