"""One test against a copy of the source in which one guard is missing."""

import os
import shutil
import subprocess
import sys
from enum import Enum
from pathlib import Path
from typing import Final

from tests.mutants.table import ROOT, Mutant

COPIED: Final = ("plinthctl", "tui", "worker", "tests", "pyproject.toml", "config.example.toml")
WITHIN_S: Final = 120
FAILED, NOTHING_RAN = 1, 5  # of pytest's exit codes


class Verdict(Enum):
    """What became of a test when its guard was taken away."""

    NOTICED = "noticed"
    MISSED = "MISSED"  # it passes without the guard
    BROKEN = "BROKEN"  # it did not get so far as to tell


def copied(tree: Path) -> Path:
    """A copy of the source and its tests in a folder of its own."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, tree / name)
    return tree


def tried(tree: Path, mutant: Mutant) -> Verdict:
    """Whether its test notices in ``tree``, which is as before afterwards."""
    file = tree / mutant.file
    before = file.read_text()
    file.write_text(mutant.applied(before))
    try:
        return _verdict(tree, mutant.test)
    finally:
        file.write_text(before)


def _verdict(tree: Path, test: str) -> Verdict:
    words = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", test)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *words],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Verdict.NOTICED  # it waits for what never comes
    if done.returncode == FAILED and " failed" in done.stdout:
        return Verdict.NOTICED
    return Verdict.MISSED if done.returncode == 0 else Verdict.BROKEN
