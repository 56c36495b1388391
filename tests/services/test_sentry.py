"""What Sentry is sent, over loopback; and that its absence, its slowness and a DSN that
is none change nothing."""

import subprocess
import sys
import time

import pytest

from plinthctl.domain.failures import EndCode, FailureClass
from plinthctl.domain.reports import Level, Report
from plinthctl.services.sentry import LAST_WORDS_S, Sentry, new_report_id
from tests.envelopes import (
    PUBLIC_KEY,
    SentryServer,
    absent_server,
    hanging_server,
    sentry,
)

__all__ = ["sentry"]

SOON_S = 1.0  # far from what a server that hangs would take, and from flaky


def a_report() -> Report:
    return Report(
        new_report_id(),
        "job_17",
        "competitor_analysis",
        FailureClass.UNKNOWN,
        "An unexpected error occurred.",
        Level.ERROR,
        step="generate-profile",
        provider="llm",
        attempt=4,
    )


def caught() -> ValueError:
    """An error with a trace, raised where a variable holds a prompt."""
    try:
        int("sk-secret for Ana Secret")
    except ValueError as raised:
        prompt = f"PROMPT {raised}"
        assert prompt
        return raised
    raise AssertionError


def test_a_report_arrives_as_the_contract_says(sentry: SentryServer) -> None:
    client, report = Sentry(sentry.dsn, "test"), a_report()
    client.send(report)
    client.close()
    [event] = sentry.wait_for(1)
    [(path, headers, _)] = sentry.requests
    assert path == "/api/42/envelope/"
    assert f"sentry_key={PUBLIC_KEY}" in headers["X-Sentry-Auth"]
    assert (event["event_id"], event["level"]) == (report.id, "error")
    assert event["environment"] == "test"
    assert event["release"].startswith("plinthctl@")
    assert event["extra"] == {"jobId": "job_17", "jobType": "competitor_analysis"}
    assert event["tags"] == {
        "job_type": "competitor_analysis",
        "error_class": "unknown",
        "step": "generate-profile",
        "provider": "llm",
    }
    assert event["contexts"]["job"] == {"id": "job_17", "step": "generate-profile", "attempt": 4}


def test_of_an_exception_it_is_told_where_and_not_what(sentry: SentryServer) -> None:
    client = Sentry(sentry.dsn)
    client.send(a_report(), caught())
    client.close()
    [event] = sentry.wait_for(1)
    [exception] = event["exception"]["values"]
    assert exception["type"] == "ValueError"
    assert [frame["function"] for frame in exception["stacktrace"]["frames"]] == ["caught"]
    assert "ecret" not in sentry.raw
    assert "PROMPT" not in sentry.raw
    assert __file__ not in sentry.raw


def test_nothing_of_this_machine_is_told(sentry: SentryServer) -> None:
    client = Sentry(sentry.dsn)
    client.send(a_report())
    client.close()
    [event] = sentry.wait_for(1)
    assert event["server_name"] == ""
    told = {"modules", "breadcrumbs", "user", "request", "threads"} & {k for k in event if event[k]}
    assert told == set()
    assert set(event["contexts"]) == {"job"}


def test_a_job_that_a_clock_ended_is_reported_and_what_was_given_back_is_not(
    sentry: SentryServer,
) -> None:
    client = Sentry(sentry.dsn)
    for rule in ("worker_gone", "cancel_requested", EndCode.EXPIRED_RUNNING):
        client.ended("job_1", "market_research", rule)
    client.close()
    [event] = sentry.wait_for(1)
    assert event["tags"] == {"job_type": "market_research", "error_class": "expired_running"}


def test_a_server_that_hangs_holds_nobody_up_but_for_its_last_two_seconds() -> None:
    with hanging_server() as dsn:
        client = Sentry(dsn)
        began_s = time.monotonic()
        for _ in range(200):  # more than wait in line
            client.send(a_report())
        sent_s = time.monotonic()
        client.close()
        closed_s = time.monotonic()
    assert sent_s - began_s < SOON_S
    assert closed_s - sent_s < LAST_WORDS_S + SOON_S


def test_a_server_that_is_not_there_is_no_trouble() -> None:
    trouble: list[str] = []
    client = Sentry(absent_server(), trouble=trouble.append)
    client.send(a_report())
    client.close()
    assert trouble == []


@pytest.mark.parametrize(
    "dsn",
    [
        pytest.param("k3y-secret", id="no address"),
        pytest.param("https://sentry.example/k3y-secret", id="no key"),
        pytest.param("ftp://k3y-secret@sentry.example/1", id="another protocol"),
        pytest.param("https://k3y-secret@sentry.example/x", id="no project"),
        pytest.param("https://k3y-secret@[::1/2", id="no host"),
    ],
)
def test_a_dsn_that_is_none_is_said_once_without_its_key_and_nothing_more(dsn: str) -> None:
    trouble: list[str] = []
    client = Sentry(dsn, trouble=trouble.append)
    client.open()
    assert client.new_id() is None
    client.send(a_report())
    client.close()
    [said] = trouble
    assert said.startswith("sentry.dsn cannot be used")
    assert "k3y" not in said


PROBE = """
import sys
from plinthctl.services.sentry import Sentry
client = Sentry({dsn!r})
client.open()
client.ended("job_1", "t", "worker_lost")
client.close()
print("sentry_sdk" in sys.modules)
"""


@pytest.mark.parametrize("dsn", [None, ""])
def test_without_a_dsn_the_sdk_is_not_loaded_and_its_own_variables_are_not_read(
    dsn: str | None, sentry: SentryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTRY_DSN", sentry.dsn)
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(dsn=dsn)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
    assert sentry.requests == []


def test_the_vendor_s_variables_change_no_report(
    sentry: SentryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DSN", "ENVIRONMENT", "RELEASE", "SPOTLIGHT", "DEBUG"):
        monkeypatch.setenv(f"SENTRY_{name}", "http://someone@127.0.0.1:1/1")
    client = Sentry(sentry.dsn)
    client.send(a_report())
    client.close()
    [event] = sentry.wait_for(1)
    assert (event["environment"], event["release"][:10]) == ("production", "plinthctl@")
