from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from plinthctl.domain.alert_rules import AlertRules
from plinthctl.domain.budgets import NO_BUDGETS, Budgets
from plinthctl.domain.expiry import Expiry, Retention
from plinthctl.domain.failures import FailureClass
from plinthctl.domain.limits import Limits, Scope
from plinthctl.domain.retries import POLICIES
from plinthctl.errors import BadConfiguration
from plinthctl.settings import Mode, Settings, load_settings

KEY = {"providers.exa.api_key": "exa-secret"}


def of(**flags: Any) -> Settings:
    return load_settings(None, {}, {k.replace("__", "."): v for k, v in flags.items()}).settings


def test_the_defaults_are_the_domains_own() -> None:
    settings = Settings()
    assert settings.limits.to_domain() == Limits()
    assert settings.expiry.to_domain() == Expiry()
    assert settings.retention.to_domain() == Retention()
    assert settings.retries.to_domain() == POLICIES
    assert settings.budgets.to_domain() == NO_BUDGETS
    assert settings.alerts.to_domain() == AlertRules()


def test_what_is_set_reaches_the_domain() -> None:
    settings = of(
        limits__org=9,
        limits__named__user={"bot": 0},
        expiry__running="1h",
        retention__failed="1d",
        retries__unknown=0,
    )
    assert settings.limits.to_domain() == Limits(org=9, named={(Scope.USER, "bot"): 0})
    assert settings.expiry.to_domain() == Expiry(running_for=timedelta(hours=1))
    assert settings.admission == replace(
        settings.limits.to_domain(), expiry=Expiry(running_for=timedelta(hours=1))
    )
    assert settings.retention.to_domain() == Retention(failed_for=timedelta(days=1))
    policies = settings.retries.to_domain()
    assert policies[FailureClass.UNKNOWN].retries == 0
    assert policies[FailureClass.UNKNOWN].base_s == POLICIES[FailureClass.UNKNOWN].base_s


def test_a_budget_reaches_admission() -> None:
    settings = of(budgets__org=20, budgets__named={"acme": 0.5}, budgets__refuse=False)
    assert settings.admission.budgets == Budgets(20.0, {"acme": 0.5}, 0.8, refuse=False)


@pytest.mark.parametrize(
    "flags",
    [
        pytest.param({"budgets.org": -1}, id="less than nothing"),
        pytest.param({"budgets.named": {"acme": "much"}}, id="no number"),
        pytest.param({"budgets.warn": 80}, id="a share in percent"),
        pytest.param({"alerts.hollow_rate.threshold": 20}, id="a rate in percent"),
    ],
)
def test_a_budget_or_a_share_that_cannot_be_is_refused(flags: dict[str, Any]) -> None:
    with pytest.raises(BadConfiguration):
        load_settings(None, {}, flags)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        pytest.param({}, Mode.SIMULATED, id="no key: simulated"),
        pytest.param(KEY, Mode.LIVE, id="one key: live"),
        pytest.param({"providers.mode": "live"}, Mode.LIVE, id="live by hand, without a key"),
        pytest.param(
            {**KEY, "providers.mode": "simulated"}, Mode.SIMULATED, id="simulated by hand, with one"
        ),
    ],
)
def test_simulated_or_live_is_one_switch(flags: dict[str, Any], expected: Mode) -> None:
    assert load_settings(None, {}, flags).settings.providers.effective_mode is expected


@pytest.mark.parametrize(
    ("flags", "is_wrong"),
    [
        pytest.param({"providers.llm.api_key": "k"}, True, id="a key and no model"),
        pytest.param(
            {"providers.llm.api_key": "k", "providers.llm.model": "m"},
            False,
            id="a key and a model",
        ),
        pytest.param(
            {"providers.llm.api_key": "k", "providers.mode": "simulated"},
            False,
            id="simulated by hand: no model is needed",
        ),
        pytest.param(KEY, False, id="live without an LLM"),
    ],
)
def test_a_live_llm_needs_its_model(flags: dict[str, Any], is_wrong: bool) -> None:
    if not is_wrong:
        assert load_settings(None, {}, flags)
        return
    with pytest.raises(BadConfiguration, match=r"providers\.llm\.model"):
        load_settings(None, {}, flags)


def test_the_store_is_a_file_of_this_user_unless_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    monkeypatch.setattr("sys.platform", "linux")
    assert Settings().database_url.endswith("plinthctl/plinthctl.db")
    assert Settings().database_url.startswith("sqlite:///")
    assert of(database__url="postgresql://u:p@db/x").database_url == "postgresql://u:p@db/x"


def test_the_bell_is_embedded_unless_it_is_named() -> None:
    assert Settings().redis_url == "embedded"
    assert of(redis__url="rediss://:p@bell:1/0").redis_url == "rediss://:p@bell:1/0"


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().read_only = True  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("30s", timedelta(seconds=30), id="seconds"),
        pytest.param("1h30m", timedelta(minutes=90), id="hours and minutes"),
        pytest.param("7d", timedelta(days=7), id="days"),
        pytest.param("1.5h", timedelta(minutes=90), id="a part of one"),
        pytest.param("500ms", timedelta(milliseconds=500), id="milliseconds"),
        pytest.param(timedelta(seconds=3), timedelta(seconds=3), id="one that was read already"),
    ],
)
def test_durations_are_read_as_people_write_them(text: Any, expected: timedelta) -> None:
    assert of(worker__drain=text).worker.drain == expected


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        pytest.param("worker.drain", 30, "needs a unit", id="a number without a unit"),
        pytest.param("worker.drain", "30", "needs a unit", id="the same as text"),
        pytest.param("worker.drain", "soon", "is not a duration", id="a word"),
        pytest.param("worker.drain", "-5s", "is not a duration", id="a time gone by"),
        pytest.param("worker.drain", "5 s", "is not a duration", id="a space in it"),
        pytest.param("worker.drain", "5x", "is not a duration", id="an unknown unit"),
        pytest.param("worker.drain", "9999999999d", "is not a duration", id="longer than time"),
        pytest.param("expiry.pending", "0s", "longer than nothing", id="no time at all"),
        pytest.param("top.interval", "100ms", "below 0.5s", id="a dashboard in a hurry"),
        pytest.param("worker.concurrency", 0, "is below 1", id="no slot"),
        pytest.param("worker.concurrency", 1001, "is above 1000", id="too many slots"),
        pytest.param("worker.concurrency", "ten", "is not a whole number", id="a number in words"),
        pytest.param("worker.concurrency", 2.5, "is not a whole number", id="half a slot"),
        pytest.param("worker.concurrency", True, "is not a number", id="true is not 1"),
        pytest.param("limits.org", -1, "is below 0", id="less than none"),
        pytest.param("limits.named.org", 3, "is not a table", id="a number for a table"),
        pytest.param("limits.named.org", {"a": -1}, "is below 0", id="less than none, by name"),
        pytest.param("retries.unknown", 4, "is above 3", id="a fifth try"),
        pytest.param("read_only", "perhaps", "neither true nor false", id="neither"),
        pytest.param("providers.mode", "real", "is none of", id="no such mode"),
        pytest.param("providers.exa.base_url", "ftp://x", "not an http", id="another scheme"),
        pytest.param("providers.exa.base_url", "https://u:p@x", "may not hold", id="credentials"),
        pytest.param("providers.exa.base_url", "https://x:99999", "not an http", id="no such port"),
        pytest.param("providers.llm.temperature", 3, "is above 2", id="too hot"),
        pytest.param("providers.llm.temperature", float("nan"), "not a number", id="no number"),
        pytest.param("providers.llm.prices", {"m": {"input": 1}}, "is missing", id="half a price"),
        pytest.param(
            "database.url", "mysql://x/y", "must begin with sqlite", id="another database"
        ),
        pytest.param("database.url", "plinth.db", "must begin with sqlite", id="a bare path"),
        pytest.param("redis.url", "http://x", "must be embedded", id="no bell"),
        pytest.param("identity.org", "", "may not be empty", id="nobody"),
        pytest.param("log.level", "loud", "is none of", id="no such level"),
    ],
)
def test_a_wrong_value_is_told_with_its_key(key: str, value: Any, words: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        load_settings(None, {}, {key: value})
    assert caught.value.message.startswith(f"configuration: {key}")
    assert words in caught.value.message


def test_private_addresses_are_fine_for_our_own_providers() -> None:
    settings = of(providers__llm__base_url="http://127.0.0.1:11434/v1/")
    assert settings.providers.llm.base_url == "http://127.0.0.1:11434/v1"


def test_a_journal_is_a_path() -> None:
    assert of(simulator__journal="calls.jsonl").simulator.journal == Path("calls.jsonl")
