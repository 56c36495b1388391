"""Results as an operator finds them, with their jobs and without."""

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from plinthctl.domain.expiry import Retention
from plinthctl.domain.results import ResultKind
from plinthctl.store import Store
from tests.cli.conftest import Call
from tests.nursery import PROGRAM
from tests.store.acts import ADDING, a_decision, a_result, complete, running

PROFILE, EVIDENCE, ANALYSIS, BRIEF = ResultKind


@pytest.fixture
def found(store: Store) -> dict[str, str]:
    """A result of each kind, the newest last, the jobs purged; their ids by their kinds."""
    decision = a_decision()
    store.add_decision(decision, ADDING)
    ids = {"decision": decision.id}
    for kind in ResultKind:
        org = "acme" if kind in {PROFILE, BRIEF} else "other"
        job = running(store, org=org, decision=None if kind is PROFILE else decision.id)
        result = a_result(kind=kind, title=f"A {kind}")
        store.apply(complete(job, result))
        ids[kind] = result.id
    assert store.purge(Retention(completed_for=timedelta(0))) == 4
    return ids


def listed(call: Call, *arguments: str) -> list[str]:
    said = call("results", "list", *arguments, "-o", "id")
    assert (said.code, said.err) == (0, "")
    return said.out.split()


@pytest.mark.parametrize(
    ("arguments", "kinds"),
    [
        pytest.param((), [BRIEF, ANALYSIS, EVIDENCE, PROFILE], id="all, the newest first"),
        pytest.param(("--type", "profile"), [PROFILE], id="by the word for a kind"),
        pytest.param(("--kind", "competitor_profile"), [PROFILE], id="by the kind itself"),
        pytest.param(("--type", "brief,evidence"), [BRIEF, EVIDENCE], id="two kinds"),
        pytest.param(
            ("--type", "brief", "--type", "analysis"), [BRIEF, ANALYSIS], id="two kinds apart"
        ),
        pytest.param(("--org", "acme"), [BRIEF, PROFILE], id="one organisation's"),
        pytest.param(("--decision", "decision"), [BRIEF, ANALYSIS, EVIDENCE], id="one decision's"),
        pytest.param(("--since", "1h"), [BRIEF, ANALYSIS, EVIDENCE, PROFILE], id="an hour's"),
        pytest.param(("--until", "1h"), [], id="older than an hour"),
        pytest.param(
            ("--since", "1h", "--org", "acme", "--type", "brief"), [BRIEF], id="all of it"
        ),
        pytest.param(("--all",), [BRIEF, ANALYSIS, EVIDENCE, PROFILE], id="all of them"),
    ],
)
def test_results_are_found_when_their_jobs_are_gone(
    call: Call, found: dict[str, str], arguments: tuple[str, ...], kinds: list[ResultKind]
) -> None:
    named = [found["decision"][-8:] if part == "decision" else part for part in arguments]
    said = call("results", "list", *named, "-o", "id")
    assert (said.code, said.out.split()) == (0, [found[kind] for kind in kinds])


def test_a_decision_that_is_gone_is_named_by_its_whole_id(call: Call) -> None:
    gone = "dec_01KAVJ5N3C0ZP4RD8W7Q2K9M4T"
    assert call("results", "list", "--decision", gone).err == "no results match\n"
    assert call("results", "list", "--decision", gone[-8:]).code == 3


def test_a_list_is_one_uncut_line_a_result(
    call: Call, found: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    header, *rows = call("results", "list", "-o", "wide").out.splitlines()
    assert header.split()[:4] == ["ID", "KIND", "CREATED", "DATA"]
    assert header.split()[4:] == ["ORG", "DECISION", "JOB", "MODEL", "TITLE"]
    assert [row.split()[0] for row in rows] == [found[kind] for kind in reversed(ResultKind)]
    assert {len(row.split()) for row in rows} == {10}
    assert {row.split()[3] for row in rows} == {"simulated"}
    assert rows[-1].split()[5] == "-"


def test_a_cut_list_says_how_many_there_are(call: Call, found: dict[str, str]) -> None:
    said = call("results", "list", "--limit", "3")
    assert (len(said.out.splitlines()), said.err) == (4, "3 of 4 shown; --all for the rest\n")
    assert call("results", "list", "--limit", "4").err == ""


def test_an_empty_list_says_so(call: Call) -> None:
    said = call("results", "list")
    assert (said.code, said.out) == (0, "")
    assert said.err == "no results (jobs leave some when they end)\n"
    assert call("results", "list", "--type", "brief").err == "no results match\n"
    assert call("results", "list", "-o", "json").out == "[]\n"
    assert call("results", "list", "-o", "ndjson").out == ""


@pytest.mark.parametrize("shape", ["json", "ndjson"])
def test_lists_tell_whole_results(call: Call, found: dict[str, str], shape: str) -> None:
    out = call("results", "list", "-o", shape).out
    told = json.loads(out) if shape == "json" else [json.loads(one) for one in out.splitlines()]
    assert [one["kind"] for one in told] == [str(kind) for kind in reversed(ResultKind)]
    assert {one["simulated"] for one in told} == {True}
    shown = json.loads(call("results", "show", found[BRIEF], "-o", "json").out)
    assert shown == told[0]


def test_a_list_goes_on_past_a_page(call: Call, store: Store) -> None:
    """More results than are read by one statement: none is lost, none told twice."""
    from plinthctl.services.results import WHOLE_AT_ONCE

    many = WHOLE_AT_ONCE * 2 + 1
    job = running(store)
    store.apply(complete(job, *(a_result(kind=EVIDENCE, ordinal=n) for n in range(many))))
    told = [
        json.loads(one) for one in call("results", "list", "--all", "-o", "ndjson").out.splitlines()
    ]
    assert sorted(one["ordinal"] for one in told) == list(range(many))
    cut = call("results", "list", "--limit", str(WHOLE_AT_ONCE + 1), "-o", "json")
    assert len(json.loads(cut.out)) == WHOLE_AT_ONCE + 1
    assert cut.err == f"{WHOLE_AT_ONCE + 1} of {many} shown; --all for the rest\n"


@pytest.mark.parametrize("shape", ["table", "wide", "json", "ndjson", "id"])
def test_a_result_shows_in_every_shape(call: Call, found: dict[str, str], shape: str) -> None:
    said = call("results", "show", found[PROFILE][-8:], "-o", shape)
    assert (said.code, said.err) == (0, "")
    assert found[PROFILE] in said.out


def test_a_result_says_where_it_comes_from(call: Call, found: dict[str, str]) -> None:
    shown = call("results", "show", found[EVIDENCE]).out
    for words in (
        "simulated: no real provider was asked",
        "written by gpt-5, prompt 1 · 10 tokens in, 20 out · $0.5000",
        "by job job_",
        f"decision {found['decision']}",
        "https://acme.com",
        "fetched 2026-03-01 12:00:00Z by firecrawl",
    ):
        assert words in shown


def test_an_export_is_what_lists_tell(call: Call, found: dict[str, str]) -> None:
    assert call("results", "export").out == call("results", "list", "-o", "json").out
    lines = call("results", "export", "--org", "acme", "-o", "ndjson").out.splitlines()
    assert [json.loads(one)["id"] for one in lines] == [found[BRIEF], found[PROFILE]]
    assert call("results", "export", "--to", "-").out == call("results", "export").out


def test_an_export_into_a_file_is_that_file(
    call: Call, found: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "out.json"
    said = call("results", "export", "--to", str(path))
    assert (said.code, said.out, said.err) == (0, f"{path}\n", "")
    assert path.read_text() == call("results", "export").out
    assert path.stat().st_mode & 0o777 == 0o600
    again = call("results", "export", "--to", str(path))
    assert (again.code, again.out) == (2, "")
    assert "--force to replace it" in again.err
    assert call("results", "export", "--to", str(path), "--type", "brief", "--force").code == 0
    assert len(json.loads(path.read_text())) == 1


def test_an_export_into_a_folder_is_named_by_its_moment(
    call: Call, found: dict[str, str], tmp_path: Path
) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    path = Path(call("results", "export", "-o", "ndjson", "--to", str(tmp_path)).out.strip())
    assert (path.parent, path.suffix) == (tmp_path, ".ndjson")
    made = datetime.strptime(path.stem, "results-%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert before <= made <= datetime.now(UTC)
    assert len(path.read_text().splitlines()) == 4


def test_a_reader_that_leaves_ends_an_export_without_a_word(found: dict[str, str]) -> None:
    program = subprocess.Popen(
        [*PROGRAM, "results", "export"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(os.environ),
    )
    assert program.stdout is not None
    program.stdout.close()
    _, err = program.communicate(timeout=60)
    assert (program.returncode, err) == (141, b"")
