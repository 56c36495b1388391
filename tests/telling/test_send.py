"""Telling sinks, each by a process of its own: taken, refused, too slow, or not there."""

import asyncio
import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from plinthctl.domain.alert_life import Delivery, Letter, Telling
from plinthctl.domain.alerting import AlertRule
from plinthctl.telling import sinks
from plinthctl.telling.send import ERROR_CHARS, send
from plinthctl.telling.sinks import Sink
from tests.alerting import a_letter, an_incident
from tests.e2e.program import wait_for
from tests.telling.ear import Ear, ended, listening

LONG_S, SHORT_S = 20.0, 0.5
SECRET = "hook-0123456789"


def deliveries(
    *of: Sink, letters: Sequence[Letter] | None = None, secrets: tuple[str, ...] = ()
) -> list[Delivery]:
    """What became of a letter to each, in the order in which it was known."""
    done: list[Delivery] = []

    async def noted(one: Delivery) -> None:
        done.append(one)

    told = letters or [a_letter(sink.name) for sink in of]
    asyncio.run(send(told, {sink.name: sink for sink in of}, noted, secrets))
    return done


def error_of(sink: Sink, *secrets: str) -> str | None:
    (one,) = deliveries(sink, secrets=secrets)
    return one.error


def python(tmp_path: Path, code: str, *words: str, within_s: float = LONG_S) -> Sink:
    """A hook that is a program of Python."""
    (program := tmp_path / "hook.py").write_text(code)
    line = shlex.join([sys.executable, str(program), *words])
    return sinks.command("command", line, within_s)


# The command


def test_a_command_reads_json_that_says_what_to_do(tmp_path: Path) -> None:
    code = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.stdin.read())"
    assert error_of(python(tmp_path, code, str(tmp_path / "told.json"))) is None
    told = json.loads((tmp_path / "told.json").read_text())
    assert (told["event"], told["rule"], told["severity"]) == ("firing", "queue_depth", "warning")
    assert (told["incident"], told["type"]) == ("al_01HZX7Q2K9M4T0000000000001", None)
    assert (told["value"], told["threshold"]) == (60.0, 50.0)
    assert (told["action"], told["command"]) == ("Start more workers.", "plinthctl worker list")
    assert told["title"] == "WARNING queue depth 60 (above 50)"
    assert "plinthctl worker list" in told["text"]


def test_no_shell_reads_its_line(tmp_path: Path) -> None:
    code = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(' '.join(sys.argv[2:]))"
    words = ("$(id)", ";", "a b", "*", "|")
    assert error_of(python(tmp_path, code, str(tmp_path / "words"), *words)) is None
    assert (tmp_path / "words").read_text() == "$(id) ; a b * |"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        pytest.param("raise SystemExit(3)", "ended with exit code 3", id="silent"),
        pytest.param("raise SystemExit('no route\\nto pager')", "to pager", id="its last line"),
        pytest.param("import os; os.kill(os.getpid(), 9)", "ended with exit code -9", id="killed"),
    ],
)
def test_a_command_that_fails_says_why(tmp_path: Path, code: str, error: str) -> None:
    assert error_of(python(tmp_path, code)) == error


def test_a_command_that_reads_nothing_has_taken_it(tmp_path: Path) -> None:
    assert error_of(python(tmp_path, "import os; os.close(0)")) is None


def test_a_command_that_is_not_there_says_so() -> None:
    assert error_of(sinks.command("command", "/no/such/hook", LONG_S)) == (
        "cannot be started: No such file or directory"
    )


def test_a_command_that_hangs_is_killed_with_what_it_has_started(tmp_path: Path) -> None:
    code = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
time.sleep(600)
"""
    pid = tmp_path / "pid"
    sink = python(tmp_path, code, str(pid), within_s=3.0)
    assert error_of(sink) == "did not take it within 3 s"
    assert ended(int(pid.read_text()))


def test_what_a_command_leaves_behind_holds_nothing_up(tmp_path: Path) -> None:
    code = """
import pathlib, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
"""
    pid = tmp_path / "pid"
    assert error_of(python(tmp_path, code, str(pid))) is None
    assert ended(int(pid.read_text()))


def test_a_flood_of_words_is_one_short_line(tmp_path: Path) -> None:
    code = "import sys; sys.stderr.write('\\x1b[31mx ' * 1_000_000 + '\\n'); sys.exit(1)"
    error = error_of(python(tmp_path, code))
    assert error is not None
    assert len(error) <= ERROR_CHARS
    assert error.isprintable()


def test_no_secret_and_no_address_is_repeated(tmp_path: Path) -> None:
    words = f"{SECRET} at https://user:pw@hooks.example/T0/B0?x=1 refused"
    code = f"raise SystemExit({words!r})"
    assert error_of(python(tmp_path, code), SECRET) == "**** at **** refused"


# The webhook


def test_a_webhook_is_posted_the_same_json(ear: Ear) -> None:
    assert error_of(sinks.webhook("webhook", ear.url, LONG_S)) is None
    (told,) = ear.heard
    assert (told["event"], told["incident"]) == ("firing", "al_01HZX7Q2K9M4T0000000000001")
    assert ear.paths == ["/hook"]


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_a_webhook_that_refuses_says_how(ear: Ear, status: int) -> None:
    ear.status = status
    assert error_of(sinks.webhook("webhook", ear.url, LONG_S)) == f"answered {status}"


def test_a_redirect_is_not_followed(ear: Ear) -> None:
    ear.status, ear.headers = 307, {"location": f"http://127.0.0.1:{ear.port}/elsewhere"}
    assert error_of(sinks.webhook("webhook", ear.url, LONG_S)) == "answered 307"
    assert ear.paths == ["/hook"]


def test_a_webhook_that_never_answers_is_left_at_its_deadline(ear: Ear) -> None:
    ear.hang()
    error = error_of(sinks.webhook("webhook", ear.url, SHORT_S))
    assert error == "did not answer within 0.5 s"


def test_a_webhook_that_is_not_there_says_so_without_its_address() -> None:
    with listening() as gone:
        port = gone.port
    url = f"http://u:{SECRET}@127.0.0.1:{port}/{SECRET}"
    assert error_of(sinks.webhook("webhook", url, LONG_S)) == "cannot be reached"


# Apprise


def test_apprise_tells_by_severity(ear: Ear) -> None:
    page = an_incident(AlertRule.FAILURE_RATE, value=0.127, threshold=0.1)
    letters = [
        a_letter("push"),
        a_letter("push", incident=page),
        a_letter("push", Telling.RESOLVED, page),
    ]
    sink = sinks.push("push", ear.apprise_url, LONG_S)
    assert [one.error for one in deliveries(sink, letters=letters)] == [None] * 3
    told = {one["title"]: one["type"] for one in ear.heard}
    assert told == {
        "WARNING queue depth 60 (above 50)": "warning",
        "PAGE failure rate 12.7% (above 10.0%)": "failure",
        "RESOLVED failure rate": "success",
    }
    assert all("incident al_" in one["message"] for one in ear.heard)


def test_what_apprise_cannot_deliver_or_does_not_know_is_said_without_its_address(
    ear: Ear,
) -> None:
    ear.status = 500
    assert error_of(sinks.push("push", ear.apprise_url, LONG_S)) == "Apprise could not deliver it"
    unknown = error_of(sinks.push("push", f"nosuch://{SECRET}", LONG_S))
    assert unknown == "is no address that Apprise knows"


def test_an_apprise_service_that_never_answers_is_left_at_its_deadline(ear: Ear) -> None:
    ear.hang()
    error = error_of(sinks.push("push", ear.apprise_url, SHORT_S))
    assert error == "Apprise could not deliver it"


# Several


def test_one_that_hangs_does_not_hide_that_another_has_taken_it(ear: Ear, tmp_path: Path) -> None:
    ear.hang()
    quick = python(tmp_path, "pass")
    slow = sinks.webhook("webhook", ear.url, 3.0)
    done = deliveries(slow, quick)
    assert [(one.letter.sink, one.error is None) for one in done] == [
        ("command", True),
        ("webhook", False),
    ]


def test_being_stopped_ends_what_still_runs(tmp_path: Path) -> None:
    code = """
import os, pathlib, sys, time
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
time.sleep(600)
"""
    pid = tmp_path / "pid"
    sink = python(tmp_path, code, str(pid), within_s=60.0)

    async def stopped() -> None:
        telling = asyncio.create_task(send([a_letter()], {"command": sink}, _nothing))
        await asyncio.to_thread(wait_for, lambda: _text_of(pid), "it runs")
        telling.cancel()
        await asyncio.wait([telling])
        assert telling.cancelled()

    asyncio.run(stopped())
    assert ended(int(pid.read_text()))


def _text_of(path: Path) -> str:
    return path.read_text() if path.exists() else ""


async def _nothing(_: Delivery) -> None:
    pass
