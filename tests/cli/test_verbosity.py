"""`-v`, `--debug` and the log of a worker: more is said on stderr, and nothing that hurts."""

import json
import re
from collections.abc import Callable

import pytest

from tests.cli.conftest import Call
from tests.valkeys import Valkey

ACME = ("-i", "company_name=Acme Corp", "-i", "company_url=https://acme.com")
HOSTILE = "x\x1b[2J\x9b31m\u202e postgresql://ana:s3cret@pg01/x"


def test_timings_of_the_store_are_told_beside_the_data(
    call: Call, a_pending_job: Callable[..., str]
) -> None:
    job_id = a_pending_job()
    said = call("list", "-o", "id", "-v")
    assert said.out == f"{job_id}\n"
    assert re.search(r"store +\d+\.\d ms  SELECT jobs\.id", said.err)
    assert "store sqlite:///" in said.err
    assert "ms  " not in call("list").err


def test_a_change_tells_of_its_commit_and_no_value_of_its_statements(
    call: Call, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLINTHCTL_REDIS_URL", valkey.url)
    said = call("submit", "competitor_analysis", *ACME, "-v")
    assert re.search(r"store +\d+\.\d ms  COMMIT", said.err)
    assert re.search(r"redis +\d+\.\d ms  1 told at unix://", said.err)
    assert "acme" not in said.err.lower()


def test_what_is_said_once_is_not_said_by_the_next_command(call: Call) -> None:
    call("list", "-v")
    assert call("list", "-q").err == ""


def test_the_trace_of_an_error_is_safe_to_look_at(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> None:
        raise ZeroDivisionError(HOSTILE)

    monkeypatch.setattr("plinthctl.services.listing.Listing.jobs", break_down)
    said = call("list", "--debug")
    assert said.code == 1
    assert "Traceback" in said.err
    assert "s3cret" not in said.err
    assert [c for c in said.err if c != "\n" and not c.isprintable()] == []


def test_a_worker_that_is_to_say_more_logs_everything(
    piped: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = {"PLINTHCTL_SIMULATOR_SPEED": "0", "PLINTHCTL_LOG_LEVEL": "error"}
    quiet = piped("worker", "--burst", env=fast)
    assert (quiet.code, quiet.err) == (0, "")
    said = piped("worker", "--burst", "-v", env=fast)
    lines = [json.loads(line) for line in said.err.splitlines() if line.startswith("{")]
    events = {line["event"] for line in lines}
    assert {"start", "statement", "left"} <= events
