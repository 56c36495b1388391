"""Off a terminal: stdout is data, one record a line, nothing cut, no colour."""

import json
import signal
import subprocess
from collections.abc import Callable

import pytest

from plinthctl.store import Store
from tests.cli.conftest import Call
from tests.nursery import PROGRAM

ACME = ("-i", "company_name=Acme Corp", "-i", "company_url=https://acme.com")
SUBMIT = ("submit", "competitor_analysis", *ACME)
HOSTILE = "x [/x] [@click=app.quit]y[/] \x1b]0;z\x07 \x9b31m \x00 \u202e \x7f 東京 👩‍🚀" + "é́́́́́́" * 3


def test_a_piped_submit_says_just_the_id_and_warns_apart(call: Call, store: Store) -> None:
    said = call(*SUBMIT)
    assert said.code == 0
    assert store.job(said.out.rstrip("\n")) is not None
    assert "no worker is running; the job expires at" in said.err


def test_input_comes_from_a_pipe_and_flags_win(piped: Call, store: Store) -> None:
    given = json.dumps({"company_name": "Acme", "company_url": "https://acme.com"})
    submit = ("submit", "competitor_analysis", "-f", "-", "-i", "company_name=Zeta")
    said = piped(*submit, stdin=given)  # type: ignore[arg-type]
    detail = store.detail(said.out.strip())
    assert detail is not None
    assert detail.input == {"company_name": "Zeta", "company_url": "https://acme.com"}


def test_a_rehearsal_stores_nothing(call: Call, store: Store) -> None:
    said = call(*SUBMIT, "--dry-run", "-o", "json")
    assert said.code == 0
    assert json.loads(said.out)["dry_run"] is True
    assert call("list", "-o", "json").out == "[]\n"


def test_a_list_is_one_uncut_line_a_job(
    call: Call, a_pending_job: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    ids = [a_pending_job() for _ in range(3)]
    header, *rows = call("list").out.splitlines()
    assert header.split()[:3] == ["ID", "TYPE", "STATUS"]
    assert [row.split()[0] for row in rows] == sorted(ids, reverse=True)
    assert {len(row.split()) for row in rows} == {7}
    assert all(row.split()[4].endswith("Z") for row in rows)


def test_a_cut_list_says_how_many_there_are(call: Call, a_pending_job: Callable[..., str]) -> None:
    for _ in range(3):
        a_pending_job()
    said = call("list", "--limit", "2")
    assert said.err == "2 of 3 shown; --all for the rest\n"
    assert len(call("list", "--all").out.splitlines()) == 4


@pytest.mark.parametrize("arguments", [("list",), ("list", "-o", "wide"), ("show", "@one")])
@pytest.mark.parametrize("color", ["never", "auto"])
def test_hostile_text_reaches_no_terminal(
    call: Call, a_pending_job: Callable[..., str], arguments: tuple[str, ...], color: str
) -> None:
    job_id = a_pending_job(company=HOSTILE, org=HOSTILE, user=HOSTILE)
    named = [job_id if part == "@one" else part for part in arguments]
    said = call(*named, "--color", color)
    assert said.code == 0
    shown = said.out + said.err
    forbidden = [c for c in shown if c != "\n" and (c < " " or "\x7f" <= c <= "\x9f")]
    assert forbidden == []
    assert "\u202e" not in shown
    if "list" not in arguments or "wide" in arguments:
        assert "[/x] [@click=app.quit]y[/]" in shown


def test_hostile_text_is_escaped_in_json_and_not_lost(
    call: Call, a_pending_job: Callable[..., str]
) -> None:
    job_id = a_pending_job(company=HOSTILE)
    said = call("show", job_id, "-o", "json")
    assert said.out.isascii()
    assert "\x7f" not in said.out
    assert json.loads(said.out)["input"]["company_name"] == HOSTILE


def test_json_is_never_coloured(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in call("types", "-o", "json").out


@pytest.mark.parametrize(
    ("variables", "flag", "coloured"),
    [
        pytest.param({}, "auto", False, id="a pipe is not coloured"),
        pytest.param({"FORCE_COLOR": "1"}, "auto", True, id="FORCE_COLOR colours a pipe"),
        pytest.param({"FORCE_COLOR": "1", "NO_COLOR": "1"}, "auto", False, id="NO_COLOR wins"),
        pytest.param({"NO_COLOR": "", "FORCE_COLOR": "1"}, "auto", True, id="an empty NO_COLOR"),
        pytest.param({"NO_COLOR": "1"}, "always", True, id="the flag wins over NO_COLOR"),
        pytest.param({"FORCE_COLOR": "1"}, "never", False, id="the flag wins over FORCE_COLOR"),
    ],
)
def test_who_decides_on_colour(
    piped: Call, variables: dict[str, str], flag: str, coloured: bool
) -> None:
    said = piped("types", "--color", flag, env=variables)  # type: ignore[arg-type]
    assert ("\x1b[" in said.out) is coloured


def test_a_part_of_a_job_is_raw_json(call: Call, a_pending_job: Callable[..., str]) -> None:
    job_id = a_pending_job()
    given = {"company_name": "Acme Corp", "company_url": "https://acme.com"}
    assert json.loads(call("show", job_id, "--input").out) == given
    assert call("show", job_id, "--output").out == "null\n"
    events = json.loads(call("show", job_id, "--events", "-o", "json").out)
    assert [event["seq"] for event in events] == [1]


@pytest.mark.parametrize(
    "part", [lambda i: i[-8:], lambda i: i[-4:].lower(), lambda i: i, str.lower]
)
def test_a_job_is_found_by_its_short_and_its_whole_id(
    call: Call, a_pending_job: Callable[..., str], part: Callable[[str], str]
) -> None:
    job_id = a_pending_job()
    assert call("show", part(job_id), "-o", "id").out == f"{job_id}\n"


def test_ids_are_read_from_stdin(piped: Call, a_pending_job: Callable[..., str]) -> None:
    ids = [a_pending_job(), a_pending_job()]
    said = piped("cancel", "-", "--yes", "-o", "id", stdin="\n".join(ids))  # type: ignore[arg-type]
    assert (said.code, said.out.split()) == (0, ids)


def test_following_in_a_pipe_ends_with_the_timeout(
    call: Call, a_pending_job: Callable[..., str]
) -> None:
    job_id = a_pending_job()
    said = call("watch", job_id, "--timeout", "300ms", "--interval", "100ms")
    assert said.code == 124
    assert "the job goes on (pending, 0%)" in said.err
    assert f"plinthctl watch {job_id[-8:]}" in said.err


def test_following_tells_events_as_ndjson(call: Call, a_pending_job: Callable[..., str]) -> None:
    job_id = a_pending_job()
    call("cancel", job_id)
    said = call("watch", job_id, "-q", "-o", "ndjson")
    assert said.code == 9
    (event,) = [json.loads(line) for line in said.out.splitlines()]
    assert (event["job"], event["event"], event["t"][-1]) == (job_id, "cancelled", "Z")


def test_sigterm_ends_a_watch_with_143(a_pending_job: Callable[..., str]) -> None:
    job_id = a_pending_job()
    program = subprocess.Popen(
        [*PROGRAM, "watch", job_id, "--timeout", "none", "-o", "ndjson"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert program.stdout is not None
    assert b'"progress"' in program.stdout.readline()  # it follows
    program.send_signal(signal.SIGTERM)
    program.communicate(timeout=60)
    assert program.returncode == 143


def test_the_schema_is_told(call: Call, store: Store) -> None:
    said = call("db", "status", "-o", "json")
    state = json.loads(said.out)
    assert (said.code, state["current"], state["pending"]) == (0, state["needed"], [])
    assert "nothing to do" in call("db", "upgrade", "--dry-run").err


@pytest.mark.parametrize(
    ("arguments", "told"), [((), "Exit codes:"), (("db",), "upgrade"), (("list", "-h"), "--since")]
)
def test_help_is_one_word_away(call: Call, arguments: tuple[str, ...], told: str) -> None:
    said = call(*arguments)
    assert said.code == 0
    assert told in said.out


@pytest.mark.parametrize("color", ["auto", "always"])
def test_an_unprintable_glyph_is_no_traceback(piped: Call, color: str) -> None:
    said = piped("types", "market_research", "--color", color, env={"PYTHONIOENCODING": "ascii"})  # type: ignore[arg-type]
    assert (said.code, said.err) == (0, "")
