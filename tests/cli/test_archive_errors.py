"""Every mistake with decisions and results says what to type next, with its exit code."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Call

ADD = ("decision", "add")
UNKNOWN = "dec_01KAVJ5N3C0ZP4RD8W7Q2K9M4T"

ERRORS = [
    pytest.param((*ADD, " "), 2, ["title:", "decision add --help"], id="an empty title"),
    pytest.param(
        (*ADD, "t" * 201), 2, ["is longer than 200 characters"], id="a title of 201 characters"
    ),
    pytest.param((*ADD, "T", "--org", ""), 2, ["org:", "is empty"], id="an empty organisation"),
    pytest.param((*ADD, "T", "--question", ""), 2, ["question:"], id="an empty question"),
    pytest.param(
        (*ADD, "T", "--criterion", "price=high"),
        2,
        ['"high" is not a weight', "--criterion price=0.4"],
        id="a weight in words",
    ),
    pytest.param(
        (*ADD, "T", "--criterion", "price=1.5"),
        2,
        ["criteria.0.weight: 1.5 is not between 0 and 1"],
        id="a weight above 1",
    ),
    pytest.param((*ADD, "T", "--criterion", "price=nan"), 2, ["not finite"], id="no number"),
    pytest.param((*ADD, "T", "--criterion", "=1"), 2, ["criteria.0.name"], id="a nameless one"),
    pytest.param(
        (*ADD, "T", "--option", "Zeta", "--option", "zeta"),
        2,
        ['the option "zeta" is there twice'],
        id="an option twice",
    ),
    pytest.param(
        (*ADD, "T", "--context", "@absent.md"),
        2,
        ["cannot read absent.md: No such file", "fix:"],
        id="a context that is not there",
    ),
    pytest.param((*ADD, "T", "--reason", "r" * 2001), 2, ["reason: text of 2,001"], id="a reason"),
    pytest.param(
        ("decision", "show", "ZZZZZZZZ"),
        3,
        ['no decision "ZZZZZZZZ"', "plinthctl decision list"],
        id="an unknown decision",
    ),
    pytest.param(
        ("decision", "show", UNKNOWN), 3, [f'no decision "{UNKNOWN}"'], id="by its whole id"
    ),
    pytest.param(
        ("decision", "show", "abc"), 3, ["4 or more characters"], id="an id that is too short"
    ),
    pytest.param(
        ("decision", "option", "add", UNKNOWN, "Zeta"), 3, ["no decision"], id="an option for none"
    ),
    pytest.param(
        ("decision", "option", "list", UNKNOWN), 3, ["no decision"], id="the options of none"
    ),
    pytest.param(
        ("decision", "export"), 2, ["name decisions, or --all", "decision list"], id="export what?"
    ),
    pytest.param(
        ("decision", "export", UNKNOWN, "--all"), 2, ["not both"], id="export one, and all"
    ),
    pytest.param(("decision", "export", UNKNOWN), 3, ["no decision"], id="export an unknown one"),
    pytest.param(
        ("decision", "import", "absent.json"), 2, ["cannot read absent.json"], id="import nothing"
    ),
    pytest.param(
        ("results", "show", "ZZZZZZZZ"),
        3,
        ['no result "ZZZZZZZZ"', "plinthctl results list"],
        id="an unknown result",
    ),
    pytest.param(
        ("results", "list", "--type", "brif"),
        2,
        ['no kind of result "brif"', "did you mean brief?"],
        id="a misspelt kind",
    ),
    pytest.param(
        ("results", "list", "--since", "soon"), 2, ["neither a time nor a duration"], id="no time"
    ),
    pytest.param(
        ("results", "list", "--decision", "ZZZZZZZZ"), 3, ["no decision"], id="of an unknown one"
    ),
    pytest.param(
        ("results", "export", "--force"), 2, ["none is named", "add --to FILE"], id="force what?"
    ),
    pytest.param(
        ("results", "export", "--to", ""), 2, ["is no name for a file"], id="an empty name"
    ),
    pytest.param(
        ("results", "export", "--to", "/dev/full"), 2, ["a link or a device"], id="a device"
    ),
    pytest.param(
        ("results", "export", "--to", "absent/"), 2, ["there is no folder"], id="no folder"
    ),
    pytest.param(
        ("results", "export", "--to", "absent/out.json"), 2, ["cannot write"], id="nor a file in it"
    ),
]


@pytest.mark.parametrize(("arguments", "code", "told"), ERRORS)
def test_an_error_is_told_to_people_and_to_scripts(
    call: Call,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: tuple[str, ...],
    code: int,
    told: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    said = call(*arguments)
    assert (said.code, said.out) == (code, "")
    assert said.err.startswith("error: ")
    assert "fix: " in said.err
    assert [part for part in told if part not in said.err] == []
    monkeypatch.setenv("PLINTHCTL_OUTPUT", "json")
    said = call(*arguments)
    assert (said.code, said.out) == (code, "")
    (line,) = said.err.splitlines()
    assert json.loads(line)["error"]["exit_code"] == code
    assert list(tmp_path.iterdir()) == []


BROKEN = [
    pytest.param("", "no decision in it", id="nothing"),
    pytest.param('{"title": ', "the input is not JSON", id="half an object"),
    pytest.param("[1]", "must be a JSON object", id="a number"),
    pytest.param('{"title": "t", "colour": 1}', 'no field "colour"', id="an unknown field"),
    pytest.param('{"title": "a", "title": "b"}', "is there twice", id="a key twice"),
    pytest.param('{"title": "t", "question": NaN}', "NaN is not a JSON number", id="NaN"),
    pytest.param('{"title": "t", "results": ' + "[" * 5000, "nested too deeply", id="5,000 deep"),
    pytest.param(
        json.dumps({"title": "t", **{f"k{n}": n for n in range(100_000)}}),
        "and 99,995 more",
        id="100,000 keys",
    ),
    pytest.param(
        json.dumps({"title": "t", "options": [{"name": f"o{n}"} for n in range(101)]}),
        "101 options; a decision has 100 at most",
        id="101 options",
    ),
    pytest.param(
        json.dumps(
            {
                "title": "t",
                "options": [{"name": f"o{n}", "description": "d" * 2000} for n in range(40)],
            }
        ),
        "64 kB of text at most",
        id="more than 64 kB",
    ),
    pytest.param(
        json.dumps({"title": "t", "context": "c" * 20_001}),
        "is longer than 20,000",
        id="a long context",
    ),
    pytest.param(
        json.dumps({"title": "t", "id": UNKNOWN, "results": [{"id": "ev_1"}]}),
        "results.0.kind is missing",
        id="a result that is none",
    ),
]


@pytest.mark.parametrize(("text", "told"), BROKEN)
def test_a_file_that_does_not_fit_is_refused(
    call: Call, tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "broken.json"
    file.write_text(text)
    said = call("decision", "import", str(file))
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert "fix: " in said.err
    assert len(said.err) < 3000
    assert call("decision", "list", "-o", "id").out == ""


def test_bytes_that_are_no_text_are_refused(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "bytes"
    file.write_bytes(b'{"title": "\xff"}')
    said = call("decision", "import", str(file))
    assert said.code == 2
    assert "is not UTF-8 text" in said.err


def test_an_ambiguous_id_names_the_candidates(
    call: Call, a_pending_job: Callable[..., str]
) -> None:
    ids = [call(*ADD, f"Decision {n}").out.strip() for n in range(2)]
    said = call("decision", "show", ids[0][:9], "-o", "json")
    assert said.code == 3
    error = json.loads(said.err)["error"]
    assert error["code"] == "ambiguous_id"
    assert error["message"] == f'"{ids[0][:9]}" fits 2 decisions'
    assert sorted(error["details"]["candidates"]) == sorted(ids)


@pytest.mark.parametrize("shape", ["id"])
def test_ids_are_no_export(call: Call, shape: str) -> None:
    for arguments in (("results", "export"), ("decision", "export", "--all")):
        said = call(*arguments, "-o", shape)
        assert (said.code, said.out) == (2, "")
        assert "makes no sense here" in said.err
