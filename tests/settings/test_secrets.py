from pathlib import Path

import pytest

from plinthctl.errors import BadConfiguration
from plinthctl.settings import Origin, Settings, load_settings
from plinthctl.settings.sources import keys
from tests.settings.conftest import WriteConfig

SECRET = "exa-0123456789"
NAMED = "PLINTHCTL_PROVIDERS_EXA_API_KEY"


def key_of(settings: Settings) -> str | None:
    key = settings.providers.exa.api_key
    return key.get_secret_value() if key else None


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "exa.key"
    path.write_text(f"{SECRET}\n")
    path.chmod(0o600)
    return path


def test_a_secret_comes_from_the_environment() -> None:
    loaded = load_settings(None, {NAMED: SECRET}, {})
    assert key_of(loaded.settings) == SECRET
    assert loaded.origins["providers.exa.api_key"] is Origin.ENV


def test_a_secret_comes_from_a_file_that_the_environment_names(secret: Path) -> None:
    loaded = load_settings(None, {f"{NAMED}_FILE": str(secret)}, {})
    assert key_of(loaded.settings) == SECRET
    assert loaded.origins["providers.exa.api_key"] is Origin.ENV


def test_a_secret_comes_from_a_file_beside_the_configuration(
    write_config: WriteConfig, secret: Path
) -> None:
    config = write_config(f'[providers.exa]\napi_key_file = "{secret.name}"\n', mode=0o644)
    loaded = load_settings(config, {}, {})
    assert key_of(loaded.settings) == SECRET
    assert loaded.origins["providers.exa.api_key"] is Origin.FILE


def test_a_secret_in_a_later_source_wins_whatever_its_form(
    write_config: WriteConfig, secret: Path
) -> None:
    config = write_config('[providers.exa]\napi_key = "older"\n')
    assert key_of(load_settings(config, {f"{NAMED}_FILE": str(secret)}, {}).settings) == SECRET


@pytest.mark.parametrize("path", [path for path, key in keys().items() if key.secret])
def test_every_secret_can_stand_in_a_file(path: str, tmp_path: Path) -> None:
    addresses = {"database.url": "sqlite:///x.db", "redis.url": "redis://x"}
    value = addresses.get(path, "https://s3cret" if path.startswith("alerts.") else "s3cret")
    file = tmp_path / "secret"
    file.write_text(value)
    file.chmod(0o600)
    variable = f"PLINTHCTL_{path.replace('.', '_').upper()}_FILE"
    environ = {variable: str(file), "PLINTHCTL_PROVIDERS_LLM_MODEL": "m"}
    found: object = load_settings(None, environ, {}).settings
    for name in path.split("."):
        found = getattr(found, name)
    assert found.get_secret_value() == value  # type: ignore[attr-defined]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o777])
def test_a_secrets_file_that_others_can_read_is_refused(secret: Path, mode: int) -> None:
    secret.chmod(mode)
    with pytest.raises(BadConfiguration, match="others can read it") as caught:
        load_settings(None, {f"{NAMED}_FILE": str(secret)}, {})
    assert caught.value.fix == f"chmod 600 {secret}"


@pytest.mark.parametrize(
    ("text", "holds_one"),
    [
        pytest.param("[worker]\nconcurrency = 3\n", False, id="none"),
        pytest.param('[providers.exa]\napi_key = "k"\n', True, id="a key"),
        pytest.param('[sentry]\ndsn = "https://k@s/1"\n', True, id="a DSN"),
        pytest.param('[database]\nurl = "sqlite:///x.db"\n', False, id="an address without one"),
        pytest.param(
            '[database]\nurl = "postgresql://u:p@db/x"\n', True, id="an address with a password"
        ),
        pytest.param(
            '[database]\nurl = "postgresql://db/x?password=p"\n', True, id="one in its query"
        ),
    ],
)
def test_a_configuration_with_a_secret_is_for_its_owner_only(
    write_config: WriteConfig, text: str, holds_one: bool
) -> None:
    assert load_settings(write_config(text), {}, {})
    readable = write_config(text, mode=0o644)
    if not holds_one:
        assert load_settings(readable, {}, {})
        return
    with pytest.raises(BadConfiguration, match="holds a secret and others can read it"):
        load_settings(readable, {}, {})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b" \n", "is empty", id="nothing but a line's end"),
        pytest.param(b"\xff\xfe", "is not UTF-8", id="no text"),
        pytest.param(b"x" * 70_000, "is larger than 64 kB", id="too much"),
        pytest.param(
            None, r"exa\.api_key_file cannot be used: there is no file \S+ \(\$", id="not there"
        ),
    ],
)
def test_a_file_that_holds_no_secret(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
        path.chmod(0o600)
    with pytest.raises(BadConfiguration, match=words):
        load_settings(None, {f"{NAMED}_FILE": str(path)}, {})


def test_one_secret_in_two_forms_is_a_mistake(write_config: WriteConfig, secret: Path) -> None:
    config = write_config(
        f'[providers.exa]\napi_key = "k"\napi_key_file = "{secret}"\n[worker]\nconcurrency = 0\n'
    )
    with pytest.raises(BadConfiguration, match="2 mistakes") as caught:
        load_settings(config, {}, {})
    assert "providers.exa.api_key is set twice" in (caught.value.why or "")


def test_no_secret_is_shown(write_config: WriteConfig) -> None:
    config = write_config(
        f'[database]\nurl = "postgresql://u:{SECRET}@db/x"\n[providers.exa]\napi_key = "{SECRET}"\n'
    )
    loaded = load_settings(config, {"PLINTHCTL_SENTRY_DSN": SECRET}, {})
    assert SECRET not in f"{loaded!r} {loaded.settings} {loaded.settings.model_dump()}"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("database.url", f"mysql://u:{SECRET}@db/x", id="an address that is refused"),
        pytest.param("providers.exa.api_key", [SECRET], id="a key of another shape"),
        pytest.param("providers.exa.api_key_file", [SECRET], id="a file of another shape"),
    ],
)
def test_no_mistake_repeats_a_secret(path: str, value: object) -> None:
    with pytest.raises(BadConfiguration) as caught:
        load_settings(None, {}, {path: value})
    error = caught.value
    assert SECRET not in f"{error} {error.why} {error.fix} {error.details}"
