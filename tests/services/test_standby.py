"""The worker that is started for somebody who waits."""

import os
from pathlib import Path

from plinthctl.services import standby
from tests.e2e.program import PATIENCE_S


def test_it_runs_our_program_whatever_the_current_directory_holds(
    tmp_path: Path, strange_place: Path
) -> None:
    started = standby.start(tmp_path / "worker.log", [], os.environ)
    assert started.process.wait(PATIENCE_S) == 0
    assert "nothing left to do" in started.log.read_text()
    assert not (strange_place / "ran").exists()
