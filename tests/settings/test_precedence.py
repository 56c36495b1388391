from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from plinthctl.errors import BadConfiguration
from plinthctl.settings import Origin, load_settings
from plinthctl.settings.load import find_config
from tests.settings.conftest import WriteConfig

FILE = "[worker]\nconcurrency = 2\n[limits]\norg = 20\n"
VARIABLE = {"PLINTHCTL_WORKER_CONCURRENCY": "3"}
FLAG = {"worker.concurrency": 4}


@pytest.mark.parametrize(
    ("file", "environ", "flags", "expected", "origin"),
    [
        pytest.param("", {}, {}, 10, Origin.DEFAULT, id="nobody says anything: the default"),
        pytest.param(FILE, {}, {}, 2, Origin.FILE, id="the file says 2"),
        pytest.param(FILE, VARIABLE, {}, 3, Origin.ENV, id="the environment wins over the file"),
        pytest.param(FILE, VARIABLE, FLAG, 4, Origin.FLAG, id="a flag wins over both"),
        pytest.param("", {}, {"worker.concurrency": None}, 10, Origin.DEFAULT, id="no flag given"),
        pytest.param(
            FILE, {"PLINTHCTL_WORKER_CONCURRENCY": ""}, {}, 2, Origin.FILE, id="an empty variable"
        ),
    ],
)
def test_flags_win_over_the_environment_and_that_over_the_file(
    write_config: WriteConfig,
    file: str,
    environ: dict[str, str],
    flags: dict[str, Any],
    expected: int,
    origin: Origin,
) -> None:
    loaded = load_settings(write_config(file), environ, flags)
    assert loaded.settings.worker.concurrency == expected
    assert loaded.origins["worker.concurrency"] is origin


def test_one_source_leaves_the_others_settings_alone(write_config: WriteConfig) -> None:
    settings = load_settings(write_config(FILE), VARIABLE, {}).settings
    assert (settings.worker.concurrency, settings.limits.org) == (3, 20)


@pytest.mark.parametrize(
    ("variable", "text", "path", "expected"),
    [
        pytest.param("READ_ONLY", "true", "read_only", True, id="a truth value"),
        pytest.param("EXPIRY_PENDING", "1h30m", "expiry.pending", timedelta(hours=1.5), id="hours"),
        pytest.param("SIMULATOR_SPEED", "2.5", "simulator.speed", 2.5, id="a number"),
        pytest.param("LOG_LEVEL", "debug", "log.level", "debug", id="a word"),
        pytest.param(
            "PROVIDERS_LLM_MAX_TOKENS_FIELD",
            "max_tokens",
            "providers.llm.max_tokens_field",
            "max_tokens",
            id="a key with underscores",
        ),
        pytest.param(
            "LIMITS_NAMED_ORG",
            '{acme = 20, "a.b" = 1}',
            "limits.named.org",
            {"acme": 20, "a.b": 1},
            id="a table in one line",
        ),
        pytest.param(
            "ALERTS_FAILURE_RATE_MIN_SAMPLES",
            "7",
            "alerts.failure_rate.min_samples",
            7,
            id="a key deep down",
        ),
    ],
)
def test_every_kind_of_value_can_come_from_the_environment(
    variable: str, text: str, path: str, expected: object
) -> None:
    value: object = load_settings(None, {f"PLINTHCTL_{variable}": text}, {}).settings
    for name in path.split("."):
        value = getattr(value, name)
    assert value == expected


@pytest.mark.parametrize(
    "variable", ["OPENAI_API_KEY", "EXA_API_KEY", "SENTRY_DSN", "G2_TOKEN", "DATABASE_URL"]
)
def test_vendors_own_variables_are_not_read(variable: str) -> None:
    loaded = load_settings(None, {variable: "https://secret@host/1"}, {})
    assert set(loaded.origins.values()) == {Origin.DEFAULT}


@pytest.mark.parametrize(
    "variable",
    [
        pytest.param("PLINTHCTL_OUTPUT", id="read by commands"),
        pytest.param("PLINTHCTL_PORT", id="set by Kubernetes for a service of our name"),
        pytest.param("PLINTHCTL_SERVICE_HOST", id="and another of these"),
        pytest.param("PLINTHCTL_PORT_5432_TCP_PROTO", id="and the longest of these"),
    ],
)
def test_variables_of_others_are_left_alone(variable: str) -> None:
    loaded = load_settings(None, {variable: "tcp://10.0.0.1:80"}, {})
    assert set(loaded.origins.values()) == {Origin.DEFAULT}


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, beside folders for configuration."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return tmp_path


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def test_the_nearest_configuration_is_found(places: Path) -> None:
    environ = {"XDG_CONFIG_HOME": str(places / "xdg"), "HOME": str(places / "home")}
    assert find_config(None, environ) is None
    theirs = put(places / "xdg" / "plinthctl" / "config.toml")
    assert find_config(None, environ) == theirs
    put(places / "work" / "plinthctl.toml")
    assert find_config(None, environ) == Path("plinthctl.toml")
    named = {**environ, "PLINTHCTL_CONFIG": str(places / "other.toml")}
    assert find_config(None, named) == places / "other.toml"
    assert find_config(places / "flag.toml", named) == places / "flag.toml"


@pytest.mark.parametrize(
    "xdg",
    [
        pytest.param({}, id="not set"),
        pytest.param({"XDG_CONFIG_HOME": ""}, id="empty"),
        pytest.param({"XDG_CONFIG_HOME": "relative"}, id="relative, which the standard ignores"),
    ],
)
def test_without_a_configuration_home_it_is_dot_config(places: Path, xdg: dict[str, str]) -> None:
    theirs = put(places / "home" / ".config" / "plinthctl" / "config.toml")
    assert find_config(None, {"HOME": str(places / "home"), **xdg}) == theirs


@pytest.mark.parametrize(
    ("config", "environ"),
    [
        pytest.param(Path("none.toml"), {}, id="by the flag"),
        pytest.param(None, {"PLINTHCTL_CONFIG": "none.toml"}, id="by the variable"),
    ],
)
def test_a_named_file_must_exist(
    places: Path, config: Path | None, environ: dict[str, str]
) -> None:
    with pytest.raises(BadConfiguration, match=r"there is no file none\.toml"):
        load_settings(config, environ, {})
