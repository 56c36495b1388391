"""Every error says what happened and what to type next, with its exit code."""

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from plinthctl.settings import load_settings
from tests.cli.conftest import Call

ACME = ("-i", "company_name=Acme Corp", "-i", "company_url=https://acme.com")
SUBMIT = ("submit", "competitor_analysis")

ERRORS = [
    pytest.param(
        ("submit", "competitor_analisys"),
        2,
        ['no job type "competitor_analisys"', "did you mean competitor_analysis?"],
        id="a misspelt type: did you mean",
    ),
    pytest.param(
        SUBMIT,
        2,
        ["needs company_name and company_url", 'submit competitor_analysis -i company_name="Acme'],
        id="missing input off a terminal: a line to paste",
    ),
    pytest.param(
        (*SUBMIT, "-i", "company_name=A", "-i", "company_url=ftp://acme.com"),
        2,
        ['company_url: "ftp://acme.com" is not an http(s) address', "fix:"],
        id="a company's URL that is not http(s)",
    ),
    pytest.param(
        (*SUBMIT, *ACME, "-i", "colour=red"),
        2,
        ['there is no field "colour"', "plinthctl types competitor_analysis"],
        id="a field that the type does not have",
    ),
    pytest.param(
        (*SUBMIT, "-i", "company_name=Léa's", "--user", "u9", "--wait"),
        2,
        [
            "needs company_url",
            """'company_name=Léa'"'"'s' --user u9 --wait -i company_url=https:""",
        ],
        id="the line to paste has all that was typed",
    ),
    pytest.param(
        (*SUBMIT, "-i", "compny_name=Acme", *ACME[2:]),
        2,
        ['there is no field "compny_name"', "did you mean company_name?"],
        id="a misspelt field: did you mean",
    ),
    pytest.param(
        (*SUBMIT, "-i", "company_name"), 2, ["is not KEY=VALUE", "-i name=text"], id="no KEY=VALUE"
    ),
    pytest.param(
        (*SUBMIT, "-i", "company_name:={bad"),
        2,
        ["company_name: the input is not JSON"],
        id="a field whose JSON is broken",
    ),
    pytest.param(
        (*SUBMIT, "-f", "absent.json"),
        2,
        ["cannot read absent.json: No such file", "fix:"],
        id="a file that is not there",
    ),
    pytest.param(
        (*SUBMIT, *ACME, *ACME), 2, ["company_name is given twice"], id="a field given twice"
    ),
    pytest.param(
        ("submit", "brief_generation", "-i", "decision=dec_1"),
        3,
        ['no decision "dec_1"', "fix: plinthctl decision list"],
        id="what can be no decision",
    ),
    pytest.param(
        (*SUBMIT, *ACME, "--decision", "dec_01KAVJ5N3C0ZP4RD8W7Q2K9M4T"),
        3,
        ["no decision", "fix: leave --decision out"],
        id="an unknown decision",
    ),
    pytest.param(
        (*SUBMIT, *ACME, "--wait", "--timeout", "3x"),
        2,
        ['--timeout: "3x" is not a duration', "30s"],
        id="a duration that is none",
    ),
    pytest.param(
        (*SUBMIT, *ACME, "--timeout", "1m"),
        2,
        ["--timeout is for waiting", "--wait-for-slot"],
        id="a time to wait without waiting",
    ),
    pytest.param(
        (*SUBMIT, *ACME, "--in", "10m", "--at", "14:30"),
        2,
        ["--in and --at name two starts", "fix:"],
        id="two starts",
    ),
    pytest.param(
        (*SUBMIT, *ACME, "--in", "-5m"), 2, ["is not a duration"], id="a start in no time"
    ),
    pytest.param(
        (*SUBMIT, *ACME, "--in", "9999999d"),
        2,
        ["more than 30 days ahead", "fix:"],
        id="a start after the calendar ends",
    ),
    pytest.param(
        (*SUBMIT, *ACME, "--at", "soon"), 2, ['--at: "soon" is not a time', "14:30"], id="no start"
    ),
    pytest.param(
        (*SUBMIT, *ACME, "--at", "2020-01-01T09:00Z"),
        2,
        ["has passed; it is", "--in 10m"],
        id="a start that has passed",
    ),
    pytest.param((*SUBMIT, *ACME, "--key", ""), 2, ["key: is empty", "--key"], id="an empty key"),
    pytest.param(("show", "ZZZZZZZZ"), 3, ['no job "ZZZZZZZZ"', "plinthctl list"], id="unknown id"),
    pytest.param(("show", "abc"), 3, ["4 or more characters"], id="an id that is too short"),
    pytest.param(("show", "@last"), 3, ["has submitted no job yet"], id="no last job"),
    pytest.param(("watch", "ZZZZZZZZ"), 3, ['no job "ZZZZZZZZ"'], id="watching an unknown id"),
    pytest.param(("cancel", "ZZZZZZZZ"), 3, ['no job "ZZZZZZZZ"'], id="cancelling an unknown id"),
    pytest.param(
        ("list", "--status", "faild"),
        2,
        ['no status "faild"', "did you mean failed?"],
        id="a misspelt status",
    ),
    pytest.param(("list", "--since", "soon"), 2, ["neither a time nor a duration"], id="no time"),
    pytest.param(
        ("list", "--since", "9999999d"),
        2,
        ["neither a time nor a duration"],
        id="a time before the calendar begins",
    ),
    pytest.param(("list", "--since", ""), 2, ["neither a time"], id="an empty time"),
    pytest.param(
        ("list", "--search", "status:failed tpye:x"),
        2,
        ['--search, character 15: no filter "tpye:"', "did you mean type?", "quotation marks"],
        id="a misspelt filter: where",
    ),
    pytest.param(
        ("list", "--search", "since:soon"), 2, ["character 7", "neither a time"], id="no such time"
    ),
    pytest.param(("list", "--search", 'a "b'), 2, ["is not closed"], id="an open quotation mark"),
    pytest.param(
        ("list", "--search", "x" * 100_000), 2, ["100,000 characters", "fix:"], id="a long search"
    ),
    pytest.param(
        ("list", "--step", "search-new"), 2, ["did you mean search-news?"], id="a misspelt step"
    ),
    pytest.param(
        ("list", "--type", "market_reserch"), 2, ["mean market_research?"], id="no type to list"
    ),
    pytest.param(("list", "--org", ""), 2, ["--org: is empty", "leave --org out"], id="no name"),
    pytest.param(
        ("list", "--sort", "created_at desc"), 2, ["'created', 'age'"], id="an unknown order"
    ),
    pytest.param(("list", "--limit", "9" * 20), 2, ["--limit"], id="a limit no database can hold"),
    pytest.param((*SUBMIT, *ACME, "--org", ""), 2, ["org: is empty", "fix:"], id="an empty org"),
    pytest.param(
        (*SUBMIT, *ACME, "--timeout", ""), 2, ["is not a duration"], id="an empty duration"
    ),
    pytest.param(
        (*SUBMIT, *ACME[:2], "-i", "company_url=https://" + "a" * 2001),
        2,
        ["company_url: text of 2,009 characters", "fix:"],
        id="a field that is too long: which one",
    ),
    pytest.param(("sumbit",), 2, ["no such command 'sumbit'", "'submit'"], id="a misspelt command"),
    pytest.param(("list", "--foo"), 2, ["no such option: --foo", "list --help"], id="no option"),
    pytest.param(("list", "-o", "xml"), 2, ["'table', 'wide', 'json'"], id="an unknown shape"),
]


@pytest.mark.parametrize(("arguments", "code", "told"), ERRORS)
def test_an_error_is_told_to_people(
    call: Call, arguments: tuple[str, ...], code: int, told: list[str]
) -> None:
    said = call(*arguments)
    assert said.code == code
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert "Traceback" not in said.err
    assert [part for part in told if part not in said.err] == []


@pytest.mark.parametrize(("arguments", "code", "told"), ERRORS[:-1])  # the last is -o itself
def test_an_error_is_one_line_of_json_for_scripts(
    call: Call,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    code: int,
    told: list[str],
) -> None:
    monkeypatch.setenv("PLINTHCTL_OUTPUT", "json")
    said = call(*arguments)
    assert said.code == code
    assert said.out == ""
    (line,) = said.err.splitlines()
    error = json.loads(line)["error"]
    assert error["exit_code"] == code
    assert set(error) >= {"code", "message", "details", "hint"}


def test_input_that_is_not_json_is_refused(piped: Call) -> None:
    said = piped(*SUBMIT, "-f", "-", stdin='{"company_name": ')
    assert said.code == 2
    assert "-f -: the input is not JSON" in said.err
    assert "fix:" in said.err


def test_input_that_is_no_object_is_refused(piped: Call) -> None:
    said = piped(*SUBMIT, "-f", "-", stdin="[1]")
    assert said.code == 2
    assert "must be a JSON object" in said.err


def test_an_ambiguous_id_names_the_candidates(
    call: Call, a_pending_job: Callable[..., str]
) -> None:
    first, second = a_pending_job(), a_pending_job()
    said = call("show", first[:12], "-o", "json")
    assert said.code == 3
    error = json.loads(said.err)["error"]
    assert error["code"] == "ambiguous_id"
    assert set(error["details"]["candidates"]) == {first, second}


def test_a_full_limit_names_who_holds_the_places(call: Call) -> None:
    held = [call(*SUBMIT, *ACME, "--user", "ana").out.strip() for _ in range(3)]
    said = call(*SUBMIT, *ACME, "--user", "ana")
    assert said.code == 5
    assert "user ana already has 3 of 3 active jobs" in said.err
    assert [job_id for job_id in held if job_id[-8:] not in said.err] == []
    assert f"plinthctl watch {held[0][-8:]}" in said.err


def test_a_job_that_nobody_took_in_time_holds_no_place(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [call(*SUBMIT, *ACME, "--user", "ana").out.strip() for _ in range(3)]
    monkeypatch.setenv("PLINTHCTL_EXPIRY_PENDING", "1ms")
    assert call(*SUBMIT, *ACME, "--user", "ana", "--dry-run").code == 0
    assert call(*SUBMIT, *ACME, "--user", "ana").code == 0
    ended = call("list", "--failed", "-o", "id").out.split()
    assert sorted(ended) == sorted(held)


def test_every_full_limit_is_in_the_json(call: Call, a_pending_job: Callable[..., str]) -> None:
    held = [a_pending_job(user="ana") for _ in range(3)]
    held += [a_pending_job(user="bo") for _ in range(2)]
    said = call(*SUBMIT, *ACME, "--user", "ana", "--dry-run", "-o", "json")
    assert said.code == 5
    full = json.loads(said.err)["error"]["details"]["full"]
    assert [(f["scope"], f["id"], f["limit"]) for f in full] == [
        ("org", "default", 5),
        ("user", "ana", 3),
    ]
    assert set(full[0]["active"]) == set(held)


@pytest.mark.parametrize(
    ("variables", "code", "told"),
    [
        pytest.param(
            {"PLINTHCTL_DATABASE_URL": "postgresql://ana:secret@127.0.0.1:1/plinth"},
            6,
            ["cannot reach the store at postgresql://", "fix:"],
            id="an unreachable database",
        ),
        pytest.param(
            {"PLINTHCTL_DATABASE_URL": "sqlite:////proc/nowhere/plinthctl.db"},
            6,
            ["fix:"],
            id="a place where no file can be made",
        ),
        pytest.param(
            {"PLINTHCTL_LIMITS_ORG": "many"}, 7, ["limits.org", "PLINTHCTL_LIMITS_ORG"], id="limit"
        ),
        pytest.param(
            {"PLINTHCTL_READ_ONLY": "true"}, 5, ["read_only is set", "fix:"], id="read_only is set"
        ),
    ],
)
def test_surroundings_that_do_not_work(
    call: Call,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    code: int,
    told: list[str],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    said = call(*SUBMIT, *ACME)
    assert (said.code, said.out) == (code, "")
    assert [part for part in told if part not in said.err] == []
    assert "secret" not in said.err
    assert "Traceback" not in said.err


def test_broken_toml_names_its_line(call: Call, tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("[limits]\norg = \n")
    said = call("list", "--config", str(broken))
    assert said.code == 7
    assert "line 2" in said.err


def test_something_unforeseen_is_one_line_and_exit_1(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> None:
        raise ZeroDivisionError("by nobody")

    monkeypatch.setattr("plinthctl.services.listing.Listing.jobs", break_down)
    said = call("list")
    assert said.code == 1
    assert said.err.startswith("error: something unforeseen went wrong: ZeroDivisionError")
    assert "--debug" in said.err
    assert "Traceback" not in said.err
    assert "Traceback" in call("list", "--debug").err


def test_cancelling_a_job_that_has_ended_exits_4(
    call: Call, a_pending_job: Callable[..., str]
) -> None:
    ended, alive = a_pending_job(), a_pending_job()
    assert call("cancel", ended).code == 0
    said = call("cancel", ended, alive, "--yes")
    assert said.code == 4
    assert f"{ended[-8:]} skipped: already cancelled" in said.out
    assert f"{alive[-8:]} cancelled (was pending)" in said.out


@pytest.mark.parametrize(
    ("version", "fix"),
    [
        pytest.param("0001", "fix: plinthctl db upgrade", id="a schema that is behind"),
        pytest.param("9999", "fix: install", id="a schema that is ahead"),
    ],
)
def test_a_schema_that_does_not_fit_exits_7(call: Call, version: str, fix: str) -> None:
    call("list")  # makes the store
    path = load_settings(None, os.environ, {}).settings.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = ?", (version,))
    for arguments in (("list",), (*SUBMIT, *ACME)):
        said = call(*arguments)
        assert (said.code, said.out) == (7, "")
        assert f"schema is {int(version)}, this plinthctl needs" in said.err
        assert fix in said.err
    status = call("db", "status", "-o", "json")
    assert status.code == 7
    assert json.loads(status.out)["current"] == int(version)


def test_more_is_said_when_asked(call: Call) -> None:
    assert "store sqlite:///" in call("list", "-v").err
    assert "store sqlite:///" not in call("list").err


def test_a_worker_that_cannot_be_started_leaves_the_job_waiting(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PLINTHCTL_DATABASE_URL", f"sqlite:///{tmp_path / 'apart.db'}")
    monkeypatch.setenv("XDG_DATA_HOME", "/proc/nowhere")
    said = call(*SUBMIT, *ACME, "--wait")
    assert said.code == 1
    assert "none could be started; the job waits" in said.err
    assert "fix: plinthctl worker, then: plinthctl watch" in said.err
    assert "Traceback" not in said.err
