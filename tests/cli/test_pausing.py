"""Holding job types back on the command line, and what others say of it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from plinthctl.store import Store
from tests.cli.conftest import Call
from tests.cli.screen import Screen
from tests.cli.steered import Jobs
from tests.store.acts import audits

GOLDEN = Path(__file__).parent / "golden"
ACME = ("-i", "company_name=Acme Corp", "-i", "company_url=https://acme.com")
TYPE = "competitor_analysis"
WHY = ("--reason", "moving the database")


@pytest.fixture
def jobs(store: Store, a_pending_job: Callable[..., str]) -> Jobs:
    return Jobs(store, a_pending_job)


def test_a_type_is_paused_and_resumed(call: Call, store: Store) -> None:
    assert call("pause", TYPE, *WHY).out == f"✓ {TYPE} paused\n"
    assert call("pause", TYPE).out == f"✓ {TYPE} paused already\n"
    assert call("resume", TYPE).out == f"✓ {TYPE} resumed\n"
    again = call("resume", TYPE)
    assert (again.code, again.out) == (0, f"✓ {TYPE} was not paused\n")
    told = [(one["action"], one["reason"]) for one in audits(store)]
    assert told == [("pause", "moving the database"), ("resume", None)]


def test_what_is_still_paused_is_said(call: Call) -> None:
    call("pause", f"{TYPE},market_research")
    said = call("pause", "--all", *WHY)
    assert said.out == "✓ all intake paused\n"
    assert f"paused: {TYPE}, for " in said.err
    resumed = call("resume", TYPE, "market_research")
    assert "(moving the database); plinthctl resume --all" in resumed.err
    assert call("resume", "--all").err == ""


@pytest.mark.parametrize("verb", ["pause", "resume"])
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param([], "which job types?", id="nothing"),
        pytest.param([TYPE, "--all"], "do not go together", id="a type and all"),
        pytest.param(["competitor_analisys"], "did you mean competitor_analysis?", id="no type"),
    ],
)
def test_what_makes_no_sense_is_an_error(
    call: Call, verb: str, arguments: list[str], told: str
) -> None:
    said = call(verb, *arguments)
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert "fix:" in said.err


def test_the_object_is_as_scripts_know_it(call: Call, store: Store) -> None:
    said = call("pause", TYPE, *WHY, "-o", "json")
    (pause,) = store.pauses()
    told = json.loads(said.out)
    paused_at = told[0].pop("paused_at")
    assert paused_at == pause.paused_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    golden = {"scope": TYPE, "changed": True, "paused": True, "reason": "moving the database"}
    assert told == [{**golden, "paused_by": pause.operator}]
    told = json.loads(call("resume", TYPE, "-o", "json").out)
    nothing = {"paused": False, "paused_at": None, "paused_by": None, "reason": None}
    assert told == [{"scope": TYPE, "changed": True, **nothing}]


def test_a_submit_says_that_its_job_waits(call: Call) -> None:
    call("pause", TYPE, *WHY)
    said = call("submit", TYPE, *ACME)
    assert said.code == 0
    assert f"paused: {TYPE}, for " in said.err
    assert "(moving the database); the job waits, and does not expire meanwhile" in said.err
    assert f"fix: plinthctl resume {TYPE}" in said.err
    assert "expires at" not in said.err


def test_a_job_is_shown_as_paused(call: Call, jobs: Jobs) -> None:
    waits, runs = jobs.pending(), jobs.running().id
    call("pause", "--all", *WHY)
    rows = {line.split()[0]: line for line in call("list").out.splitlines()}
    assert rows[waits].split()[2] == "paused"
    assert rows[waits].endswith("waits until it is resumed")
    assert rows[runs].split()[2] == "running"
    shown = call("show", waits)
    assert "‖ paused" in shown.out
    assert "paused  all intake, for " in shown.out
    assert "plinthctl resume --all" in shown.out
    told = json.loads(call("show", waits, "-o", "json").out)
    assert (told["status"], told["phase"], told["paused"]) == ("pending", "paused", True)


def test_the_catalogue_says_what_is_paused(call: Call) -> None:
    call("pause", TYPE, *WHY)
    listed = json.loads(call("types", "-o", "json").out)
    assert [one["name"] for one in listed if one["paused"]] == [TYPE]
    (pause,) = json.loads(call("types", TYPE, "-o", "json").out)["pauses"]
    assert (pause["scope"], pause["reason"]) == (TYPE, "moving the database")
    assert f"paused: {TYPE}, for " in call("types").err
    with Screen("types", "--color", "never", columns=120) as screen:
        assert screen.end() == 0
        assert f"{TYPE} ‖ paused" in screen.text


def test_the_catalogue_is_shown_where_the_store_is_away(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLINTHCTL_DATABASE_URL", "sqlite:////proc/nowhere/plinthctl.db")
    said = call("types", "-o", "json")
    assert said.code == 0
    assert "nobody knows what is paused" in said.err
    assert {one["paused"] for one in json.loads(said.out)} == {None}


def test_whoever_waits_gets_a_worker_once_the_type_is_resumed(call: Call) -> None:
    call("pause", TYPE)
    fast = {"PLINTHCTL_SIMULATOR_SPEED": "20"}
    with Screen("submit", TYPE, *ACME, "--wait", "--color", "never", env=fast) as screen:
        screen.wait_for("Paused: waits")
        assert "started one" not in screen.text
        call("resume", TYPE)
        screen.wait_for("no worker is running; started one")
        screen.wait_for("Competitor profile ready")
        assert screen.end() == 0
