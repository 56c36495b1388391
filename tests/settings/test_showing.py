"""Settings as they may be shown: in their own words, and no part of a secret."""

import re
from datetime import timedelta

import pytest

from plinthctl.settings import load_settings
from plinthctl.settings.kinds import read_duration
from plinthctl.settings.load import locate
from plinthctl.settings.showing import duration, shown
from plinthctl.settings.sources import PREFIX, keys
from tests.settings.conftest import WriteConfig

CANARY = "sk-CANARY-5e1f"
ADDRESSES = {
    "database.url": f"postgresql://ana:{CANARY}@pg01/plinth",
    "redis.url": f"redis://:{CANARY}@r01/0",
}
SECRETS = [key.path for key in keys().values() if key.secret]


@pytest.mark.parametrize(
    ("span", "text"),
    [
        pytest.param(timedelta(seconds=30), "30s", id="seconds"),
        pytest.param(timedelta(minutes=90), "1h30m", id="hours and minutes"),
        pytest.param(timedelta(days=30), "30d", id="days"),
        pytest.param(timedelta(milliseconds=500), "500ms", id="half a second"),
        pytest.param(timedelta(days=1, seconds=1.25), "1d1s250ms", id="all of it"),
        pytest.param(timedelta(0), "0s", id="nothing"),
    ],
)
def test_a_duration_is_shown_as_it_can_be_written(span: timedelta, text: str) -> None:
    assert duration(span) == text
    assert read_duration(text) == span


@pytest.mark.parametrize("path", SECRETS)
@pytest.mark.parametrize("source", ["env", "file"])
def test_of_a_secret_only_its_place_is_shown(
    write_config: WriteConfig, path: str, source: str
) -> None:
    value = ADDRESSES.get(path, f"https://{CANARY}" if "alerts" in path else CANARY)
    environ = {PREFIX + path.replace(".", "_").upper(): value} if source == "env" else {}
    environ[f"{PREFIX}PROVIDERS_LLM_MODEL"] = "gpt"
    table, _, name = path.rpartition(".")
    file = write_config(f'[{table}]\n{name} = "{value}"\n') if source == "file" else None
    told = {one.key: one for one in shown(load_settings(file, environ, {}))}
    assert told[path].value == f"set ({source})"
    assert [one for one in told.values() if re.search("CANARY|sk-|5e1f", str(one.value))] == []


def test_what_nobody_has_set_is_no_secret() -> None:
    told = {one.key: one.value for one in shown(load_settings(None, {}, {}))}
    assert (told["redis.url"], told["database.url"], told["sentry.dsn"]) == ("embedded", None, None)


def test_every_setting_is_shown_as_json_can_say_it() -> None:
    told = list(shown(load_settings(None, {}, {})))
    assert [one.key for one in told] == list(keys())
    assert {type(one.value) for one in told} <= {bool, int, float, str, dict, type(None)}


@pytest.mark.parametrize(
    ("environ", "why"),
    [
        pytest.param({"PLINTHCTL_CONFIG": "/x.toml"}, "$PLINTHCTL_CONFIG names it", id="variable"),
        pytest.param({"HOME": "/nobody"}, "none of plinthctl.toml, /nobody/", id="there is none"),
    ],
)
def test_which_file_is_read_is_explained(environ: dict[str, str], why: str) -> None:
    assert locate(None, environ).why.startswith(why)
