from pathlib import Path

import pytest

from plinthctl.errors import BadConfiguration, ExitCode
from plinthctl.settings import load_settings
from tests.settings.conftest import WriteConfig


def refused(path: Path | None, environ: dict[str, str] | None = None) -> BadConfiguration:
    with pytest.raises(BadConfiguration) as caught:
        load_settings(path, environ or {}, {})
    assert caught.value.exit_code is ExitCode.MISCONFIGURED
    return caught.value


def test_every_mistake_is_told_at_once(write_config: WriteConfig) -> None:
    path = write_config(
        'read_onli = true\n[worker]\nconcurrency = "ten"\n[limits]\norg = -1\n'
        "[providers]\nllm = 3\n[alerts]\nqueue_depth.window = '1h'\n"
    )
    error = refused(path, {"PLINTHCTL_PROVIDERS_MODE": "real"})
    assert error.message == "the configuration has 6 mistakes"
    told = (error.why or "").splitlines()
    assert told[0] == f"read_onli is no setting; did you mean read_only? ({path})"
    assert f'worker.concurrency = "ten" is not a whole number ({path})' in told
    assert f"limits.org = -1 is below 0 ({path})" in told
    assert f"providers.llm is no setting, but a table of settings ({path})" in told
    assert any(line.startswith("alerts.queue_depth.window is no setting") for line in told)
    assert any(line.endswith("($PLINTHCTL_PROVIDERS_MODE)") for line in told)
    assert len(error.details["problems"]) == 6


@pytest.mark.parametrize(
    ("key", "near"),
    [
        pytest.param("limits.orgg", "limits.org", id="a slip of the finger"),
        pytest.param("worker.concurency", "worker.concurrency", id="a letter left out"),
        pytest.param("providers.exa.apikey", "providers.exa.api_key", id="an underscore left out"),
        pytest.param("limit.org", "limits.org", id="in the table's name"),
        pytest.param("exa.api_key", "providers.exa.api_key", id="a table left out"),
    ],
)
def test_a_misspelt_key_names_the_nearest(write_config: WriteConfig, key: str, near: str) -> None:
    error = refused(write_config(f"{key} = 3\n"))
    assert f"{key} is no setting; did you mean {near}" in error.message


def test_a_key_like_no_other_names_none(write_config: WriteConfig) -> None:
    assert "did you mean" not in refused(write_config("xyzzy = 1\n")).message


@pytest.mark.parametrize(
    ("variable", "near"),
    [
        pytest.param("PLINTHCTL_LIMIT_ORG", "PLINTHCTL_LIMITS_ORG", id="a letter left out"),
        pytest.param(
            "PLINTHCTL_EXA_API_KEY", "PLINTHCTL_PROVIDERS_EXA_API_KEY", id="a table left out"
        ),
    ],
)
def test_a_misspelt_variable_names_the_nearest(variable: str, near: str) -> None:
    assert (
        f"{variable} is no setting; did you mean {near}?" in refused(None, {variable: "1"}).message
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param("[worker\nconcurrency = 1\n", "line 1, column 8", id="an open bracket"),
        pytest.param("a = 1\nb = two\n", "line 2, column 5", id="text without quotes"),
        pytest.param('a = 1\n\nb = "x', "line 3, column 7", id="the file ends in a string"),
        pytest.param("a = 1\na = 2\n", "line 2, column 6", id="a key twice"),
        pytest.param("a = \x1b\n", "line 1, column 5", id="a control character"),
    ],
)
def test_broken_toml_is_told_with_line_and_column(
    write_config: WriteConfig, text: str, place: str
) -> None:
    message = refused(write_config(text)).message
    assert "is not valid TOML" in message
    assert place in message


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"a = 1\nb = '\xff'\n", "is not UTF-8 text (line 2)", id="Latin-1"),
        pytest.param(b"\xff\xfea\x00", "is not UTF-8 text (line 1)", id="UTF-16"),
        pytest.param(b"a = " + b"[" * 60_000, "is nested too deeply", id="60,000 brackets"),
        pytest.param(b"#" * (1024 * 1024 + 1), "is larger than 1024 kB", id="more than 1 MB"),
    ],
)
def test_a_file_that_is_no_configuration(
    write_config: WriteConfig, data: bytes, words: str
) -> None:
    assert words in refused(write_config(data)).message


def test_a_byte_order_mark_is_no_mistake(write_config: WriteConfig) -> None:
    settings = load_settings(write_config(b"\xef\xbb\xbfread_only = true\n"), {}, {}).settings
    assert settings.read_only


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    assert refused(tmp_path).message == f"{tmp_path} is a directory, not a file"


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    error = refused(tmp_path / ("x" * 300))
    assert "cannot be read" in error.message
    assert error.why == "File name too long"


def test_a_table_that_is_no_setting_is_told_even_when_empty(write_config: WriteConfig) -> None:
    assert refused(write_config("[limit]\n")).message.startswith("configuration: limit is no")


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("postgresql://ana:secret@db.example:port/x", id="a port that is no number"),
        pytest.param("sqlite:///a\\u0000b", id="NUL in a file's name"),
    ],
)
def test_a_database_address_that_no_driver_could_read_is_told(
    write_config: WriteConfig, url: str
) -> None:
    error = refused(write_config(f'database.url = "{url}"\n'))
    assert "database.url is no address" in error.message
    assert "secret" not in f"{error.message}{error.why}{error.details}"
