"""The worker that is started for somebody who waits."""

import json
import os
from pathlib import Path

import pytest

from plinthctl.services import standby
from tests.e2e.program import PATIENCE_S


def test_it_runs_our_program_whatever_the_current_directory_holds(
    tmp_path: Path, strange_place: Path
) -> None:
    started = standby.start(tmp_path / "worker.log", ["--burst"], os.environ)
    assert started.process.wait(PATIENCE_S) == 0
    assert "nothing left to do" in started.log.read_text()
    assert not (strange_place / "ran").exists()


INFO, WARNING = (
    json.dumps({"level": level, "message": f"this is {level}"}) for level in ("info", "warning")
)
BROKEN = json.dumps({"level": "error", "message": "a part broke"})
TOLD = ["error: the port is taken", "  why: by another", "  fix: the same command with --debug"]
TOLD_AS_JSON = json.dumps({"error": {"code": "x", "message": "the port is taken"}})


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        pytest.param([INFO, *TOLD], "the port is taken", id="the command's error, not its fix"),
        pytest.param([INFO, TOLD_AS_JSON], "the port is taken", id="the same, told as JSON"),
        pytest.param([BROKEN, WARNING, INFO], "a part broke", id="what broke, whatever followed"),
        pytest.param([*TOLD, BROKEN], "a part broke", id="the last of two"),
        pytest.param([WARNING, INFO], "this is warning", id="else a warning"),
        pytest.param([INFO, "[1]", ""], "[1]", id="else the last line"),
        pytest.param(["", " "], None, id="nothing"),
    ],
)
def test_its_last_words_say_why_it_ended(lines: list[str], words: str | None) -> None:
    assert standby.gravest(lines) == words


def test_what_others_said_before_it_is_not_its_own(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_text("error: it is yesterday\n")
    wrong = {**os.environ, "PLINTHCTL_LIMITS_ORG": "many"}
    first = standby.start(log, ["--burst"], wrong)
    first.process.wait(PATIENCE_S)
    assert first.failure == "ended with exit code 7"
    assert "limits.org" in (first.last_words() or "")
    second = standby.start(log, ["--burst"], os.environ)
    second.process.kill()
    second.process.wait(PATIENCE_S)
    assert second.failure == "was killed by signal 9"
    assert second.last_words() is None
