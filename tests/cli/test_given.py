"""What ``-f`` names: one input or many, told apart by what is in it."""

import json
from pathlib import Path

import pytest

from plinthctl.cli import given, parsing
from plinthctl.cli.given import Many
from plinthctl.errors import InvalidInput, PlinthError, UsageError

ACME = '{"company_name": "Acme"}'
PEAR = '{"company_name": "Pear"}'
PRETTY = json.dumps({"name": "Acme", "of": [{"a": 1}, {"b": 2}]}, indent=2)


@pytest.mark.parametrize(
    ("text", "many"),
    [
        pytest.param("", False, id="nothing"),
        pytest.param(ACME, False, id="one object on one line"),
        pytest.param(f"\n\n{ACME}\n\n", False, id="blank lines around it"),
        pytest.param(PRETTY, False, id="one object over many lines"),
        pytest.param(PRETTY.replace(" ", ""), False, id="one object, nothing indented"),
        pytest.param(f"[{ACME},\n{PEAR}]", False, id="a list is one value, and no object"),
        pytest.param('{"company_name": ', False, id="one object that is cut off"),
        pytest.param(PRETTY[:-3], False, id="one object over many lines that is cut off"),
        pytest.param(f"{ACME}\n{PEAR}", True, id="two objects, one a line"),
        pytest.param(f"\n{ACME}\r\n\r\n{PEAR}\r\n", True, id="blank lines, and Windows' ends"),
        pytest.param(f"{ACME}\nnonsense", True, id="an object, and a line that is none"),
        pytest.param(f'{{"company_name": \n{PEAR}\n', True, id="the first line is cut off"),
        pytest.param(f"[1]\n{PEAR}", True, id="the first line is no object"),
        pytest.param("[" * 5000 + "\n" + PEAR, True, id="the first line is nested too deeply"),
    ],
)
def test_many_inputs_are_told_from_one(text: str, many: bool) -> None:
    assert given.holds_many(text) is many


def written(folder: Path, content: str | bytes) -> str:
    path = folder / "given"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def lines_of(source: object) -> list[tuple[int, bytes]]:
    assert isinstance(source, Many)
    with source:
        first, again = list(source.lines()), list(source.lines())
    assert first == again
    return first


def test_one_input_is_an_object(tmp_path: Path) -> None:
    assert given.inputs(written(tmp_path, PRETTY)) == json.loads(PRETTY)
    assert given.inputs(None) == {}


def test_many_inputs_keep_the_numbers_of_their_lines(tmp_path: Path) -> None:
    source = given.inputs(written(tmp_path, f"\n{ACME}\n\n  {PEAR}"))
    assert [(n, json.loads(line)["company_name"]) for n, line in lines_of(source)] == [
        (2, "Acme"),
        (4, "Pear"),
    ]


def test_what_is_larger_than_one_input_may_be_many(tmp_path: Path) -> None:
    count = parsing.FILE_BYTES // len(ACME) + 1000
    lines = lines_of(given.inputs(written(tmp_path, f"{ACME}\n" * count)))
    assert lines == [(n + 1, f"{ACME}\n".encode()) for n in range(count)]


def test_of_a_line_that_is_far_too_long_only_the_beginning_is_read(tmp_path: Path) -> None:
    long = '{"x": "' + "y" * 200_000 + '"}'
    (_, first), (_, second), (_, third) = lines_of(
        given.inputs(written(tmp_path, f"{ACME}\n{long}\n{PEAR}\n"))
    )
    assert json.loads(first), json.loads(third)
    assert len(second) < 70_000
    with pytest.raises(InvalidInput, match="larger than 64 kB"):
        given.one(second)


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        pytest.param(b"{", InvalidInput, "the input is not JSON", id="not JSON"),
        pytest.param(b"[1]", InvalidInput, "must be a JSON object", id="no object"),
        pytest.param(b"\xff\xfe{}", InvalidInput, "is not UTF-8 text", id="not UTF-8"),
        pytest.param(b" " * 1_000_001, InvalidInput, "larger than 1 MB", id="too much for one"),
    ],
)
def test_one_input_that_cannot_be_read(
    tmp_path: Path, content: bytes, error: type[PlinthError], words: str
) -> None:
    with pytest.raises(error, match=words) as refused:
        given.inputs(written(tmp_path, content))
    assert refused.value.fix


def test_what_never_ends_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given, "MANY_BYTES", 2_000_000)
    with pytest.raises(InvalidInput, match="larger than"):
        given.inputs(written(tmp_path, f"{ACME}\n" * 100_000))


def test_lines_that_find_no_room_are_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(UsageError, match="cannot be kept while they are submitted") as refused:
        given.inputs(written(tmp_path, f"{ACME}\n" * 50_000))
    assert "TMPDIR" in (refused.value.fix or "")
