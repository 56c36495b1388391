"""Decisions as an operator keeps them, and what jobs have gathered for them."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from plinthctl.domain.results import ResultKind
from plinthctl.store import Store, upgrade_store
from tests.cli.conftest import Call
from tests.cli.screen import Screen
from tests.cli.test_pipes import HOSTILE
from tests.nursery import PROGRAM
from tests.store.acts import a_result, audits, complete, running

ADD = ("decision", "add")
SENSOR = (
    *ADD,
    "Which sensor to buy",
    "--question",
    "Which one survives the frost?",
    "--criterion",
    "price=0.4:lower",
    "--criterion",
    "range",
    "--option",
    "Zeta",
    "--option",
    "Nova=the one with = the solar panel",
)


@pytest.fixture
def elsewhere(tmp_path: Path) -> tuple[str, str]:
    """The options that make another store of a call."""
    config = tmp_path / "elsewhere.toml"
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    upgrade_store(url)
    config.write_text(f'[database]\nurl = "{url}"\n')
    return ("--config", str(config))


def gather(store: Store, decision_id: str, *, org: str = "acme", title: str = "Acme") -> list[str]:
    """One job's results of every kind, for the decision; their ids."""
    job = running(store, org=org, decision=decision_id)
    made = [a_result(kind=kind, title=title, ordinal=n) for n, kind in enumerate(ResultKind)]
    store.apply(complete(job, *made))
    return [result.id for result in made]


def test_a_piped_add_says_just_the_id(call: Call, store: Store) -> None:
    said = call(*SENSOR, "--org", "acme", "--reason", "they ask")
    assert (said.code, said.err) == (0, "")
    decision = store.decision(said.out.strip())
    assert decision is not None
    assert (decision.title, decision.org) == ("Which sensor to buy", "acme")
    assert [(c.name, c.weight, c.better) for c in decision.criteria] == [
        ("price", 0.4, "lower"),
        ("range", 1.0, None),
    ]
    assert [(o.name, o.description) for o in decision.options] == [
        ("Zeta", None),
        ("Nova", "the one with = the solar panel"),
    ]
    assert audits(store)[0]["reason"] == "they ask"


def test_on_a_terminal_an_add_says_what_to_do_with_it() -> None:
    with Screen(*ADD, "Where to grow", "--color", "never") as screen:
        assert screen.end() == 0
        lines = screen.text.splitlines()
    assert lines[0].startswith("✓ decision added   ")
    assert lines[0].endswith("   Where to grow")
    name = lines[0].split()[3]
    assert lines[1] == f"  view: plinthctl decision show {name}"
    assert lines[2].startswith("  use:  plinthctl submit competitor_analysis --decision ")


def test_a_context_comes_from_a_file_or_a_pipe(piped: Call, call: Call, tmp_path: Path) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text("# Background\n\n    code\n")
    said = call(*ADD, "T", "--context", f"@{notes}", "-o", "json")
    assert json.loads(said.out)["context"] == "# Background\n\n    code"
    said = piped(*ADD, "T", "--context", "@-", "-o", "json", stdin="from a pipe\n")
    assert json.loads(said.out)["context"] == "from a pipe"


@pytest.mark.parametrize("shape", ["json", "ndjson"])
def test_an_added_decision_is_told_as_lists_tell_it(call: Call, shape: str) -> None:
    added = json.loads(call(*SENSOR, "-o", shape).out)
    (listed,) = json.loads(call("decision", "list", "-o", "json").out)
    assert added == listed


def test_a_list_is_one_uncut_line_a_decision(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    ids = [call(*ADD, f"Decision {n} " + "word " * 30).out.strip() for n in range(3)]
    header, *rows = call("decision", "list").out.splitlines()
    assert header.split() == ["ID", "CRITERIA", "OPTIONS", "CREATED", "TITLE"]
    assert [row.split()[0] for row in rows] == sorted(ids, reverse=True)
    assert {row.count("word") for row in rows} == {30}
    assert call("decision", "list", "-o", "id").out.split() == sorted(ids, reverse=True)


def test_a_list_may_be_cut_and_says_so(call: Call) -> None:
    for n in range(3):
        call(*ADD, f"Decision {n}", "--org", f"org-{n % 2}")
    said = call("decision", "list", "--limit", "2")
    assert (len(said.out.splitlines()), said.err) == (3, "2 of 3 shown; --all for the rest\n")
    assert len(call("decision", "list", "--all", "-o", "ndjson").out.splitlines()) == 3
    said = call("decision", "list", "--org", "org-0", "-o", "wide")
    assert [row.split()[1] for row in said.out.splitlines()[1:]] == ["org-0", "org-0"]


def test_an_empty_list_says_how_to_begin(call: Call) -> None:
    said = call("decision", "list")
    assert (said.code, said.out) == (0, "")
    assert said.err == "no decisions (make one: plinthctl decision add)\n"
    assert call("decision", "list", "-o", "json").out == "[]\n"


@pytest.mark.parametrize(
    "part", [lambda i: i[-8:], lambda i: i[-4:].lower(), lambda i: i, str.lower]
)
def test_a_decision_is_found_by_its_short_and_its_whole_id(
    call: Call, part: Callable[[str], str]
) -> None:
    decision_id = call(*SENSOR).out.strip()
    assert call("decision", "show", part(decision_id), "-o", "id").out == f"{decision_id}\n"


def test_a_decision_shows_what_was_gathered_for_it(call: Call, store: Store) -> None:
    decision_id = call(*SENSOR).out.strip()
    found = gather(store, decision_id)
    call(*ADD, "Another")
    shown = call("decision", "show", decision_id).out
    assert [one for one in (*found, "Nova", "price", "frost?") if one not in shown] == []
    assert "4 of 4 simulated" in shown
    told = json.loads(call("decision", "show", decision_id, "-o", "json").out)
    assert [result["id"] for result in told["results"]] == found
    assert told["results"][0]["sources"][0]["url"] == "https://acme.com"


def test_an_export_comes_back_as_it_was_in_another_store(
    call: Call, store: Store, elsewhere: tuple[str, str], tmp_path: Path
) -> None:
    decision_id = call(*SENSOR, "--context", HOSTILE.replace("\x00", "")).out.strip()
    gather(store, decision_id, title=HOSTILE)
    exported = call("decision", "export", decision_id[-8:]).out
    file = tmp_path / "sensor.json"
    file.write_text(exported)
    said = call("decision", "import", str(file), *elsewhere)
    assert said.code == 0
    assert f"{decision_id} added, 4 of 4 results added" in said.out
    assert call("decision", "export", decision_id, *elsewhere).out == exported
    listed = call("results", "list", "--decision", decision_id, "-o", "id", *elsewhere)
    assert len(listed.out.split()) == 4


def test_an_import_again_changes_nothing_and_a_changed_one_conflicts(
    call: Call, store: Store, tmp_path: Path
) -> None:
    decision_id = call(*SENSOR).out.strip()
    gather(store, decision_id)
    file = tmp_path / "sensor.json"
    exported = call("decision", "export", decision_id).out
    file.write_text(exported)
    said = call("decision", "import", str(file), "-o", "json")
    assert said.code == 0
    assert json.loads(said.out) == [
        {
            "id": decision_id,
            "title": "Which sensor to buy",
            "added": False,
            "results": 4,
            "results_added": 0,
            "skipped": None,
        }
    ]
    file.write_text(exported.replace("Which sensor to buy", "What to buy"))
    said = call("decision", "import", str(file))
    assert (said.code, said.out) == (4, "")
    assert said.err.startswith(f"error: decision {decision_id} is in the store with other content")
    assert "not the same: title" in said.err
    assert f"plinthctl decision show {decision_id}" in said.err
    assert call("decision", "export", decision_id).out == exported
    assert [audit["action"] for audit in audits(store)] == ["decision_add"]


@pytest.mark.parametrize("shape", ["json", "ndjson"])
def test_several_decisions_come_and_go_in_one_file(
    call: Call, elsewhere: tuple[str, str], tmp_path: Path, shape: str
) -> None:
    ids = [call(*ADD, f"Decision {n}", "--option", "o").out.strip() for n in range(3)]
    exported = call("decision", "export", "--all", "-o", shape).out
    file = tmp_path / "all"
    file.write_text(exported)
    said = call("decision", "import", str(file), "-o", "id", *elsewhere)
    assert (said.code, sorted(said.out.split())) == (0, ids)
    assert call("decision", "export", "--all", "-o", shape, *elsewhere).out == exported


def test_of_several_a_conflict_is_skipped_and_told(call: Call, tmp_path: Path) -> None:
    decision_id = call(*ADD, "One").out.strip()
    file = tmp_path / "two.json"
    file.write_text(json.dumps([{"id": decision_id, "title": "Other"}, {"title": "Two"}]))
    said = call("decision", "import", str(file))
    assert said.code == 4
    skipped, added = said.out.splitlines()
    assert skipped.startswith(f"– {decision_id} skipped: decision {decision_id} is in the store")
    assert "not the same: title" in skipped
    assert added.endswith("added   Two")
    told = [
        json.loads(one)
        for one in call("decision", "import", str(file), "-o", "ndjson").out.splitlines()
    ]
    assert [one["skipped"] is None for one in told] == [False, True]


def test_of_several_one_mistake_keeps_all_out(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "two.json"
    file.write_text(json.dumps([{"title": "One"}, {"title": ""}]))
    said = call("decision", "import", str(file))
    assert (said.code, said.out) == (2, "")
    assert "decision 2 of 2: title" in said.err
    assert call("decision", "list", "-o", "json").out == "[]\n"


def test_a_title_is_all_that_an_import_needs(piped: Call) -> None:
    said = piped("decision", "import", "-", stdin='{"title": "Where to grow"}')
    assert said.code == 0
    assert said.out.endswith(" added   Where to grow\n")


def test_an_export_in_a_folder_is_a_file_a_decision(
    call: Call, elsewhere: tuple[str, str], tmp_path: Path
) -> None:
    ids = [call(*ADD, f"Decision {n}").out.strip() for n in range(2)]
    folder = tmp_path / "backup"
    folder.mkdir()
    said = call("decision", "export", "--all", "--to", str(folder))
    assert sorted(Path(line).name for line in said.out.splitlines()) == [f"{i}.json" for i in ids]
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    for path in folder.iterdir():
        assert call("decision", "import", str(path), *elsewhere).code == 0
    again = call("decision", "export", "--all", "--to", str(folder))
    assert (again.code, again.out) == (2, "")
    assert "is there already" in again.err
    assert call("decision", "export", "--all", "--to", str(folder), "--force").code == 0


def test_ids_are_read_from_stdin(piped: Call, call: Call) -> None:
    ids = [call(*ADD, f"Decision {n}").out.strip() for n in range(2)]
    said = piped("decision", "export", "-", "-o", "ndjson", stdin="\n".join(ids))
    assert [json.loads(line)["id"] for line in said.out.splitlines()] == ids


def test_an_option_may_come_later(call: Call, store: Store) -> None:
    decision_id = call(*SENSOR).out.strip()
    option_id = call("decision", "option", "add", decision_id[-8:], "Third=x").out.strip()
    lines = call("decision", "option", "list", decision_id).out.splitlines()
    assert lines[0].split() == ["ID", "OPTION", "DESCRIPTION"]
    assert lines[-1].split() == [option_id, "Third", "x"]
    told = json.loads(call("decision", "option", "list", decision_id, "-o", "json").out)
    assert told[-1] == {"id": option_id, "name": "Third", "description": "x"}
    ids = call("decision", "option", "list", decision_id, "-o", "id").out.split()
    assert ids == [one["id"] for one in told]
    again = call("decision", "option", "add", decision_id, "third")
    assert again.code == 4
    assert 'has an option "Third" already' in again.err
    assert [one["action"] for one in audits(store)] == ["decision_add", "decision_option_add"]


def test_no_options_are_no_error(call: Call) -> None:
    decision_id = call(*ADD, "T").out.strip()
    said = call("decision", "option", "list", decision_id)
    assert (said.code, said.out) == (0, "")
    assert "no options" in said.err


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(SENSOR, id="add"),
        pytest.param(("decision", "import", "@file"), id="import"),
        pytest.param(("decision", "option", "add", "@decision", "Third"), id="option add"),
    ],
)
def test_read_only_refuses_every_change(
    call: Call,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    change: tuple[str, ...],
) -> None:
    decision_id = call(*ADD, "T").out.strip()
    file = tmp_path / "one.json"
    file.write_text('{"title": "Where to grow"}')
    before = audits(store)
    monkeypatch.setenv("PLINTHCTL_READ_ONLY", "true")
    named = {"@file": str(file), "@decision": decision_id}
    said = call(*(named.get(part, part) for part in change))
    assert (said.code, said.out) == (5, "")
    assert "read_only is set" in said.err
    assert audits(store) == before
    assert call("decision", "list", "-o", "id").out.split() == [decision_id]


def keep_hostile(store: Store, call: Call, tmp_path: Path) -> str:
    """A decision, and results for it, whose every text is hostile; the decision's id."""
    text = HOSTILE.replace("\x00", "�")  # no argument holds a NUL, and JSON may
    given = {
        "title": HOSTILE,
        "org": HOSTILE,
        "question": HOSTILE,
        "context": f"{HOSTILE}\n{HOSTILE}",
        "criteria": [{"name": HOSTILE, "better": HOSTILE}],
        "options": [{"name": HOSTILE, "description": HOSTILE}],
    }
    file = tmp_path / "hostile.json"
    file.write_text(json.dumps(given))
    said = call("decision", "import", str(file), "--reason", text, "-o", "id")
    assert said.code == 0
    decision_id = said.out.strip()
    made = a_result(title=HOSTILE, body={HOSTILE: [HOSTILE]})
    source = made.provenance.sources[0].model_copy(
        update={"id": text, "url": text, "title": text, "provider": text}
    )
    made = replace(made, provenance=replace(made.provenance, sources=(source,), model=HOSTILE))
    store.apply(complete(running(store, org=HOSTILE, decision=decision_id), made))
    return decision_id


COMMANDS: list[tuple[str, ...]] = [
    ("decision", "list"),
    ("decision", "list", "-o", "wide"),
    ("decision", "show", "@decision"),
    ("decision", "export", "@decision"),
    ("decision", "export", "--all", "-o", "ndjson"),
    ("decision", "option", "list", "@decision"),
    ("decision", "option", "add", "@decision", "@text=@text"),
    ("decision", "add", "@text", "--option", "@text", "--criterion", "@text=2"),
    ("decision", "add", "@text", "-o", "json"),
    ("decision", "import", "@file"),
    ("decision", "import", "@bad"),
    ("decision", "show", "@text"),
    ("results", "list"),
    ("results", "list", "-o", "wide"),
    ("results", "list", "-o", "json"),
    ("results", "list", "--org", "@text"),
    ("results", "list", "--type", "@text"),
    ("results", "list", "--since", "@text"),
    ("results", "show", "@result"),
    ("results", "show", "@text"),
    ("results", "export", "-o", "ndjson"),
    ("results", "export", "--to", "@text"),
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_hostile_text_reaches_no_terminal(
    call: Call, store: Store, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    decision_id = keep_hostile(store, call, tmp_path)
    exported = tmp_path / "exported.json"
    exported.write_text(call("decision", "export", decision_id).out)
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps({"title": "t", HOSTILE: HOSTILE, "id": HOSTILE}))
    named = {
        "@decision": decision_id,
        "@result": call("results", "list", "-o", "id").out.strip(),
        "@file": str(exported),
        "@bad": str(bad),
    }
    text = HOSTILE.replace("\x00", "").replace("=", "")
    said = call(*(named.get(part, part).replace("@text", text) for part in arguments))
    assert said.code in {0, 2, 3, 4}
    shown = said.out + said.err
    forbidden = [c for c in shown if c != "\n" and (c < " " or "\x7f" <= c <= "\x9f")]
    assert forbidden == []
    assert [c for c in shown if c in "\u202e\u200d"] == []


def test_hostile_text_is_escaped_in_json_and_not_lost(
    call: Call, store: Store, tmp_path: Path
) -> None:
    decision_id = keep_hostile(store, call, tmp_path)
    said = call("decision", "show", decision_id, "-o", "json")
    assert said.out.isascii()
    told = json.loads(said.out)
    kept = HOSTILE.replace("\x00", "�")
    assert (told["title"], told["options"][0]["description"]) == (kept, kept)
    assert told["results"][0]["title"] == kept


def test_a_store_that_is_away_is_told(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLINTHCTL_DATABASE_URL", "postgresql://ana:secret@127.0.0.1:1/plinth")
    for arguments in (("decision", "list"), SENSOR, ("results", "list"), ("results", "export")):
        said = call(*arguments)
        assert (said.code, said.out) == (6, "")
        assert "cannot reach the store" in said.err


def test_a_full_disk_says_that_the_decision_is_kept(call: Call) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*PROGRAM, *SENSOR], stdout=full, stderr=subprocess.PIPE, check=False, timeout=60
        )
    assert done.returncode == 1
    (decision,) = json.loads(call("decision", "list", "-o", "json").out)
    assert f"{decision['id']} is kept all the same" in done.stderr.decode()


@pytest.mark.parametrize("shape", ["table", "wide", "json", "ndjson", "id"])
@pytest.mark.parametrize(
    "arguments",
    [("decision", "list"), ("decision", "show", "@d"), ("decision", "option", "list", "@d")],
    ids=" ".join,
)
def test_every_shape_is_known(call: Call, arguments: tuple[str, ...], shape: str) -> None:
    decision_id = call(*SENSOR).out.strip()
    said = call(*(decision_id if part == "@d" else part for part in arguments), "-o", shape)
    assert (said.code, said.err) == (0, "")
    assert said.out.strip()
