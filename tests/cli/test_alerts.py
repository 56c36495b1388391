"""Alerts on the command line: what fires, answering for it, and telling of it in time."""

import json
import time
from collections.abc import Callable, Iterator

import pytest

from plinthctl.store import Store
from tests.alerting import a_reading
from tests.cli.conftest import Call
from tests.store.acts import audits
from tests.telling.ear import Ear, listening

TYPE = "competitor_analysis"


@pytest.fixture
def ear() -> Iterator[Ear]:
    with listening() as one:
        yield one


@pytest.fixture
def deep(a_pending_job: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Two jobs wait, and one may."""
    monkeypatch.setenv("PLINTHCTL_ALERTS_QUEUE_DEPTH_THRESHOLD", "1")
    monkeypatch.setenv("PLINTHCTL_EXPIRY_PENDING", "9000d")
    for _ in range(2):
        a_pending_job()


def rows(call: Call) -> dict[str, dict[str, object]]:
    told = json.loads(call("alerts", "-o", "json").out)
    return {one["rule"]: one for one in told["alerts"]}


def test_every_rule_has_a_line_and_all_is_well(call: Call) -> None:
    said = call("alerts", "--check")
    header, *lines = said.out.splitlines()
    assert said.code == 0
    assert header.split()[:5] == ["LEVEL", "METRIC", "NOW", "THRESHOLD", "SINCE"]
    assert [line.split()[:2] for line in lines] == [["✓", "OK"]] * 4
    assert "> 10% over 1h" in lines[0]


def test_that_nobody_evaluates_is_said_with_what_to_do(call: Call) -> None:
    said = call("alerts")
    assert "warning: nobody has evaluated the alerts yet; nothing is told" in said.err
    assert "fix: plinthctl worker, or each minute from cron: plinthctl reap -q" in said.err
    assert call("alerts", "-q").err == ""
    call("reap", "--only", "alerts")
    assert call("alerts").err == ""


@pytest.mark.usefixtures("deep")
def test_an_alert_fires_is_acknowledged_and_silenced(call: Call, store: Store) -> None:
    assert call("alerts", "--check").code == 10  # read from today's numbers
    assert rows(call)["queue_depth"]["incident"] is None
    said = call("reap", "--only", "alerts")
    assert said.out.startswith("reap: 1 alert firing (queue_depth); ")
    assert call("reap", "--only", "alerts").out.startswith("reap: nothing to do; ")
    one = rows(call)["queue_depth"]
    assert (one["state"], one["value"], one["command"]) == ("firing", 2, "plinthctl worker list")

    acknowledged = call("alerts", "ack", str(one["incident"])[-8:], "--reason", "bulk import")
    assert acknowledged.out.endswith(" queue depth acknowledged\n")
    assert "acknowledged already, by" in call("alerts", "ack", "queue_depth").out
    assert rows(call)["queue_depth"]["state"] == "acknowledged"
    assert call("alerts", "--check").code == 10

    silenced = call("alerts", "silence", "queue_depth", "--for", "2h")
    assert "silenced: queue depth, for 2h00m by " in silenced.out
    assert "silence queue_depth --lift" in call("alerts").err
    assert call("alerts", "--check").code == 0
    assert call("alerts", "silence", "queue_depth", "--lift").out == "✓ queue_depth is told again\n"
    assert "was not silenced" in call("alerts", "silence", "queue_depth", "--lift").out
    told = [(entry["action"], entry["reason"]) for entry in audits(store)]
    assert told == [("acknowledge", "bulk import"), ("silence", None), ("unsilence", None)]


@pytest.mark.usefixtures("deep")
def test_a_rehearsal_says_what_would_fire(call: Call) -> None:
    said = call("reap", "--only", "alerts", "--dry-run")
    assert said.out.splitlines()[1].split()[:2] == ["fire", "queue_depth"]
    assert rows(call)["queue_depth"]["incident"] is None


@pytest.mark.usefixtures("deep")
def test_reap_tells_and_history_says_who_was_told(
    call: Call, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLINTHCTL_ALERTS_WEBHOOK", ear.url)
    monkeypatch.setenv("PLINTHCTL_ALERTS_TIMEOUT", "30s")
    for _ in range(2):
        assert call("reap", "-q").code == 0
    (heard,) = ear.heard
    assert (heard["event"], heard["rule"], heard["value"]) == ("firing", "queue_depth", 2)
    assert call("alerts", "history").out.splitlines()[1].endswith("  webhook ✓")
    (one,) = json.loads(call("alerts", "history", "-o", "json").out)
    assert (one["incident"], one["told"][0]["tries"]) == (heard["incident"], 1)


@pytest.mark.usefixtures("deep")
def test_a_sink_that_hangs_and_one_that_is_gone_hold_nothing_up(
    call: Call, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening() as gone:
        pass
    ear.hang()
    monkeypatch.setenv("PLINTHCTL_ALERTS_WEBHOOK", f"{ear.url}?key=s3cret-key")
    monkeypatch.setenv("PLINTHCTL_ALERTS_URLS_WARNING", gone.apprise_url)
    monkeypatch.setenv("PLINTHCTL_ALERTS_TIMEOUT", "500ms")
    began_s = time.monotonic()
    assert call("reap").code == 0
    assert time.monotonic() - began_s < 15  # a net: half a second, and two starts
    told = call("alerts", "history").out
    assert "webhook due: did not answer within 0.5 s" in told
    assert "urls.warning due: Apprise could not deliver it" in told
    assert "s3cret" not in told + call("config", "show").out + call("doctor").out


def test_a_rule_explains_its_arithmetic_and_says_who_would_be_told(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLINTHCTL_ALERTS_COMMAND", "/usr/local/bin/page-me")
    said = call("alerts", "test", "failure_rate")
    assert said.out.splitlines() == [
        "failure rate of all types: ✓ does not fire",
        "  all types, last 1h: 0 failed / (0 failed + 0 completed) = nothing finished",
        "  needs 20 finished: there are 0",
        "  needs 3 failed: there are 0",
        "  fires above 10%: it does not",
    ]
    assert said.err == "would be told: command\n"


@pytest.mark.parametrize(
    ("typed", "code", "says"),
    [
        pytest.param(("ack", "queue_depht"), 2, "did you mean queue_depth?", id="nearly a rule"),
        pytest.param(("ack", "queue_depth"), 4, "no alert of queue_depth is open", id="not open"),
        pytest.param(("ack", "ZZZZZZZZ"), 3, 'no alert "ZZZZZZZZ"', id="no such alert"),
        pytest.param(("silence", "queue_depth"), 2, "for how long?", id="no time"),
        pytest.param(
            ("silence", "queue_depth", "--for", "1h", "--lift"), 2, "do not go together", id="both"
        ),
        pytest.param(("silence", "queue_depth", "--for", "soon"), 2, "duration", id="no duration"),
        pytest.param(
            ("silence", "failure_rate", "--type", "marked_research", "--for", "1h"),
            2,
            "did you mean market_research?",
            id="no such type",
        ),
        pytest.param(("test", "p59"), 2, 'no rule "p59"', id="no rule"),
    ],
)
def test_what_makes_no_sense_is_told(
    call: Call, typed: tuple[str, ...], code: int, says: str
) -> None:
    said = call("alerts", *typed)
    assert (said.code, said.out) == (code, "")
    assert says in said.err
    assert "fix:" in said.err


def test_a_type_of_a_rule_is_silenced_by_itself(call: Call) -> None:
    said = call("alerts", "silence", "failure_rate", "--type", TYPE, "--for", "30m", "-o", "json")
    (one,) = json.loads(said.out)
    assert (one["rule"], one["type"], one["changed"]) == ("failure_rate", TYPE, True)
    assert f"silence failure_rate --type {TYPE} --lift" in call("alerts").err


def test_hostile_words_of_an_alert_are_shown_as_text(call: Call, store: Store) -> None:
    strange = a_reading(where="[/x]\x1b[31m\u202e", why=("[bold]\x07",), action="a\nb")
    store.evaluate_alerts([strange], {}, lambda: "al_01HZX7Q2K9M4T0000000000001")
    said = call("alerts")
    assert "[/x]\ufffd[31m\ufffd" in said.out
    assert [c for c in said.out if c != "\n" and not c.isprintable()] == []
