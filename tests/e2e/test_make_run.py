"""``make run`` gives each job type what it needs."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from plinthctl.domain.catalog import JOB_TYPES
from tests.e2e.program import Program

ROOT = Path(__file__).parents[2]
# A dry run checks the input, the decision and the limits, and then runs nothing.
REHEARSED = """\
#!/bin/sh
[ "$1" = submit ] && set -- "$@" --dry-run
exec "{python}" -m plinthctl "$@"
"""

Make = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@pytest.fixture
def make_run(program: Program, tmp_path: Path) -> Make:
    """``make run`` with its program rehearsing."""
    (tmp_path / "bin").mkdir()
    for name, text in (("plinthctl", REHEARSED.format(python=sys.executable)), ("python", "")):
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / ".runs").touch()

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", "--no-print-directory", "run", f"VENV={tmp_path}", *words],
            cwd=ROOT,
            env={k: v for k, v in program.environment.items() if not k.startswith("MAKE")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


@pytest.mark.parametrize("name", JOB_TYPES)
def test_each_type_runs_by_its_name(make_run: Make, name: str) -> None:
    done = make_run(f"TYPE={name}")
    assert done.returncode == 0, done.stderr
    assert name in done.stdout


def test_a_decision_of_ones_own_may_be_named(make_run: Make, program: Program) -> None:
    add = ("decision", "add", "Where to grow", "--option", "East", "-o", "id")
    decision = program.run(*add).stdout.strip()
    done = make_run("TYPE=option_analysis", f"DECISION={decision[-8:]}", "OPTION=East")
    assert done.returncode == 0, done.stderr
    assert decision in done.stdout
    assert program.run("decision", "list", "-o", "id").stdout.split() == [decision]
