"""What is blanked out wherever somebody else's words are shown."""

import pytest

from plinthctl.settings import load_settings
from plinthctl.settings.secrets import secret_values
from plinthctl.settings.sources import keys

WHOLE = [
    path for path, key in keys().items() if key.secret and path not in {"database.url", "redis.url"}
]


def values(path: str, value: str) -> tuple[str, ...]:
    given = {keys()[path].variable: value, "PLINTHCTL_PROVIDERS_LLM_MODEL": "m"}
    return secret_values(load_settings(None, given, {}).settings)


@pytest.mark.parametrize("path", WHOLE)
def test_every_secret_is_known_whole(path: str) -> None:
    assert "https://k3y@h.example/1" in values(path, "https://k3y@h.example/1")


@pytest.mark.parametrize(
    ("path", "value", "known"),
    [
        pytest.param("database.url", "postgresql://u:p%40ss@h/d", {"p%40ss", "p@ss"}, id="a store"),
        pytest.param("redis.url", "redis://:p%40ss@h/0", {"p%40ss", "p@ss"}, id="a bell"),
        pytest.param("sentry.dsn", "https://c0ffee@h/1", {"c0ffee"}, id="a DSN's key"),
        pytest.param(
            "alerts.webhook", "https://h/hook/T0/B1?k=2", {"hook/T0/B1", "k=2"}, id="hook"
        ),
    ],
)
def test_so_is_each_part_that_others_may_repeat(path: str, value: str, known: set[str]) -> None:
    assert known <= set(values(path, value))


def test_where_nothing_is_set_nothing_is_blanked_out() -> None:
    assert secret_values(load_settings(None, {}, {}).settings) == ()
