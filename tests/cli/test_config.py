"""`config`: written for its owner, looked at without secrets, checked as a whole."""

import json
import os
import stat
from pathlib import Path

import pytest

from plinthctl.settings.example import example_text
from tests.cli.conftest import Call
from tests.cli.screen import Screen

THREE_MISTAKES = 'read_onlee = true\n[limits]\norg = "many"\n[expiry]\npending = 5\n'
CANARY = "sk-CANARY-5e1f"


def mine() -> Path:
    return Path(os.environ["XDG_CONFIG_HOME"]) / "plinthctl" / "config.toml"


def test_a_new_configuration_is_the_example_and_its_owners(call: Call) -> None:
    before = os.umask(0)
    try:
        said = call("config", "init")
    finally:
        os.umask(before)
    assert (said.code, said.out) == (0, f"{mine()}\n")
    assert mine().read_text() == example_text()
    assert stat.S_IMODE(mine().stat().st_mode) == 0o600
    assert stat.S_IMODE(mine().parent.stat().st_mode) == 0o700
    assert call("config", "path").out == f"{mine()}\n"
    assert "no mistake" in call("config", "validate").out


def test_nothing_is_overwritten_unasked(call: Call) -> None:
    call("config", "init")
    mine().write_text("[limits]\norg = 7\n")
    said = call("config", "init")
    assert (said.code, said.out) == (2, "")
    assert "is there already" in said.err
    assert "--force" in said.err
    assert mine().read_text() == "[limits]\norg = 7\n"
    assert call("config", "init", "--force").code == 0
    assert mine().read_text() == example_text()


@pytest.mark.parametrize("how", ["flag", "variable"])
def test_it_is_written_where_it_will_be_looked_for(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    path = tmp_path / "new" / "plinthctl.toml"
    if how == "variable":
        monkeypatch.setenv("PLINTHCTL_CONFIG", str(path))
    flags = ("--config", str(path)) if how == "flag" else ()
    assert json.loads(call("config", "init", *flags, "-o", "json").out) == {"path": str(path)}
    told = json.loads(call("config", "path", *flags, "-o", "json").out)
    assert (told["path"], told["exists"]) == (str(path), True)
    assert "names it" in told["why"]


def test_a_place_that_may_not_be_written_is_told(call: Call) -> None:
    said = call("config", "init", "--config", "/proc/nowhere/plinthctl.toml")
    assert said.code == 2
    assert "cannot write /proc/nowhere" in said.err
    assert "fix:" in said.err


def test_without_a_file_the_path_is_empty_and_says_how_to_make_one(call: Call) -> None:
    said = call("config", "path")
    assert (said.code, said.out) == (0, "")
    assert str(mine()) in said.err
    assert "plinthctl config init" in said.err


def test_every_value_says_where_it_came_from(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "plinthctl.toml"
    file.write_text("[limits]\norg = 7\n")
    monkeypatch.setenv("PLINTHCTL_LIMITS_USER", "4")
    monkeypatch.setenv("PLINTHCTL_PROVIDERS_EXA_API_KEY", CANARY)
    said = call("config", "show", "--origin", "--config", str(file), "--read-only")
    rows = {line.split()[0]: line.split()[1:] for line in said.out.splitlines()}
    assert rows["limits.org"] == ["file", "7"]
    assert rows["limits.user"] == ["env", "4"]
    assert rows["read_only"] == ["flag", "true"]
    assert rows["expiry.pending"] == ["default", "5m"]
    assert rows["providers.exa.api_key"] == ["env", "set", "(env)"]
    assert rows["providers.llm.api_key"] == ["default", "unset"]
    told = call("config", "show", "--config", str(file), "-o", "json").out
    assert {one["key"]: one["value"] for one in json.loads(told)}["limits.org"] == 7
    assert "CANARY" not in said.out + told


def test_all_mistakes_are_told_at_once_by_their_keys(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(THREE_MISTAKES)
    said = call("config", "validate", str(file))
    assert (said.code, said.out) == (7, "")
    for part in ("read_onlee", "did you mean read_only?", "limits.org", "expiry.pending", "5m"):
        assert part in said.err
    keys = [
        problem["key"]
        for problem in json.loads(call("config", "validate", str(file), "-o", "json").err)["error"][
            "details"
        ]["problems"]
    ]
    assert keys == ["read_onlee", "limits.org", "expiry.pending"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("[limits]\norg = \n", "line 2, column 7", id="no value"),
        pytest.param("[limits\n", "line 1, column 8", id="an open bracket"),
    ],
)
def test_what_is_no_toml_is_placed(call: Call, tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "broken.toml"
    file.write_text(text)
    said = call("config", "validate", str(file))
    assert said.code == 7
    assert told in said.err


def test_a_named_file_is_checked_by_itself(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLINTHCTL_LIMITS_ORG", "many")
    file = tmp_path / "right.toml"
    file.write_text("[limits]\norg = 7\n")
    assert json.loads(call("config", "validate", str(file), "-o", "json").out) == {
        "path": str(file),
        "valid": True,
        "set": {"file": 1, "env": 0},
    }
    assert call("config", "validate").code == 7


def test_a_person_is_told_where_it_was_written() -> None:
    with Screen("config", "init", "--color", "never", columns=200) as screen:
        assert screen.end() == 0
    assert screen.text == f"✓ written to {mine()}\n"
