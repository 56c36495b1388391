"""`doctor`: one line a check, and what it says to type can be typed."""

import inspect
import json
import os
import re
import shlex
from pathlib import Path

import pytest

from plinthctl.domain import checkup
from plinthctl.domain.checkup import Check, Level
from plinthctl.services import doctor
from plinthctl.services.doctor import Doctor
from tests.cli.conftest import Call
from tests.cli.screen import Screen

NAMES = ["config", "store", "bell", "workers", "reap", "alerts"]
NAMES += ["providers", "clock", "keys", "terminal"]
AWAY = {
    "PLINTHCTL_DATABASE_URL": "postgresql://ana:secret@127.0.0.1:1/x",
    "PLINTHCTL_REDIS_URL": "redis://127.0.0.1:1/0",
    "PLINTHCTL_PROVIDERS_EXA_API_KEY": "sk-CANARY",
}


def test_a_warning_is_no_failure(call: Call) -> None:
    said = call("doctor")
    assert said.code == 0
    lines = {line.split()[0]: line for line in said.out.splitlines()}
    assert list(lines) == NAMES
    assert lines["workers"].split()[1] == "warning"
    assert lines["workers"].endswith("  -> plinthctl worker")
    assert said.err == "0 failed, 1 warning\n"


def test_a_failure_exits_1_and_all_else_is_checked(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in AWAY.items():
        monkeypatch.setenv(name, value)
    said = call("doctor", "-o", "json")
    told = json.loads(said.out)
    assert (said.code, told["failed"], told["warnings"]) == (1, 3, 0)
    assert [check["name"] for check in told["checks"]] == NAMES
    assert {check["level"] for check in told["checks"]} == {"ok", "failed", "unknown"}
    assert all(check["fix"] for check in told["checks"] if check["level"] == "failed")
    assert "CANARY" not in said.out
    assert "secret" not in said.out


def test_a_store_is_not_made_by_looking_at_it(call: Call) -> None:
    assert "none yet" in call("doctor").out
    assert "none yet" in call("doctor").out


def test_what_it_says_to_type_mends_it(call: Call) -> None:
    folder = Path(os.environ["XDG_DATA_HOME"]) / "plinthctl"
    folder.mkdir(parents=True)
    (folder / "plinthctl.db").touch(0o600)
    (failed,) = _failed(call)
    assert "no schema" in failed["said"]
    assert call(*shlex.split(failed["fix"])[1:]).code == 0
    assert _failed(call) == []


def _failed(call: Call) -> list[dict[str, str]]:
    checks = json.loads(call("doctor", "-o", "json").out)["checks"]
    return [check for check in checks if check["level"] == "failed"]


OURS = [
    "plinthctl worker",
    "plinthctl reap",
    "plinthctl db upgrade",
    "plinthctl config validate",
    "plinthctl doctor -v",
]


def test_every_command_of_ours_that_a_fix_can_name_is_known_here() -> None:
    """Held together with the next test: what is named there is typed there."""
    source = inspect.getsource(checkup) + inspect.getsource(doctor)
    named = set(re.findall(r'"(plinthctl [a-z][^"{}$]*)"', source))
    assert named - {"plinthctl config path"} == set(OURS)


@pytest.mark.parametrize("fix", [*OURS, "plinthctl config path"])
def test_a_fix_of_ours_can_be_typed(call: Call, fix: str) -> None:
    said = call(*shlex.split(fix)[1:], "-h")
    assert (said.code, said.err) == (0, "")


def test_the_line_for_cron_means_the_same_store(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLINTHCTL_CONFIG", "/etc/pl inth/c.toml")
    monkeypatch.setattr("plinthctl.services.doctor.Doctor", _Cron)
    (line,) = call("doctor").out.splitlines()
    assert f"XDG_DATA_HOME={os.environ['XDG_DATA_HOME']} " in line
    assert "PLINTHCTL_CONFIG='/etc/pl inth/c.toml' " in line


class _Cron:
    """Says how cron would call the program."""

    def __init__(self, *given: object) -> None:
        self._program = str(given[-1])

    def examine(self) -> list[Check]:
        return [Check("reap", Level.OK, self._program)]


def test_on_a_terminal_a_fix_stands_whole_on_its_line() -> None:
    with Screen("doctor", "--color", "never", columns=70, env=AWAY) as screen:
        assert screen.end() == 1
        lines = screen.text.splitlines()
    assert "             -> export PLINTHCTL_REDIS_URL=embedded" in lines
    assert any(line.startswith("✗ store      cannot reach the store") for line in lines)
    assert any(line.startswith("✓ terminal   70x24, utf-8, ") for line in lines)
    assert lines[-1] == "3 failed, 0 warnings"


def test_hostile_words_of_a_check_reach_no_terminal(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = Check("store", Level.FAILED, "a\x1b[2J[/x]\u202e", "b\x9b31m")
    monkeypatch.setattr(Doctor, "examine", lambda self: iter([hostile]))
    said = call("doctor")
    assert "a\ufffd[2J[/x]\ufffd" in said.out
    assert "b\ufffd31m" in said.out
