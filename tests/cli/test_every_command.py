"""Every command in every mode: help, JSON, pipe, colour, read-only, no store, wrong input."""

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from plinthctl.store import Store
from tests.cli.conftest import Call, Said
from tests.cli.every_command import ENTRIES, Changes, Entry, Path_, commands, parse, typed_in
from tests.cli.worlds import Do, do, store, template, world
from tests.store.acts import everything

__all__ = ["do", "store", "template", "world"]  # fixtures

GOLDEN = Path(__file__).parent / "golden" / "shapes"
REWRITE = os.environ.get("PLINTH_WRITE_SHAPES") == "1"
AWAY = "postgresql://ana:s3cret@127.0.0.1:1/plinth"
COMMANDS = dict(commands())
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def each(*, only: Callable[[Entry], bool] = lambda _: True) -> pytest.MarkDecorator:
    """Once for each command."""
    rows = [
        pytest.param(path, entry, id=" ".join(path))
        for path, entry in ENTRIES.items()
        if only(entry)
    ]
    return pytest.mark.parametrize(("path", "entry"), rows)


def test_every_command_has_an_entry_and_every_entry_a_command() -> None:
    missing = set(COMMANDS) - set(ENTRIES)
    assert missing == set(), "a new command needs an entry in tests/cli/every_command.py"
    assert set(ENTRIES) - set(COMMANDS) == set(), "an entry's command is gone"


# Help


@each()
def test_help_is_there_by_both_names(call: Call, path: Path_, entry: Entry) -> None:
    short, long = call(*path, "-h"), call(*path, "--help")
    assert (short.code, short.err) == (0, "")
    assert short == long
    assert "Usage: plinthctl " + " ".join(path) in short.out


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_its_examples_can_be_typed(path: Path_) -> None:
    examples = typed_in(COMMANDS[path].help)
    assert examples
    for example in examples:
        parse(example)


# Shapes


@each(only=lambda entry: entry.shape)
def test_json_is_json_and_nothing_else(
    do: Do, monkeypatch: pytest.MonkeyPatch, path: Path_, entry: Entry
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    said = do(path, (*entry.good, "-o", "json"))
    assert said.code == 0, said.err
    assert said.out.isascii()
    assert "\x1b" not in said.out
    told = json.loads(said.out)
    assert [text for text in _texts(told) if TIME.match(text) and not text.endswith("Z")] == []


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from _texts(inner)


@each(only=lambda entry: entry.shape)
def test_the_shape_of_its_json_is_as_scripts_know_it(do: Do, path: Path_, entry: Entry) -> None:
    """Additive only: ``PLINTH_WRITE_SHAPES=1`` writes the golden files anew."""
    shape = _shape(json.loads(do(path, (*entry.good, "-o", "json")).out))
    golden = GOLDEN / f"{'_'.join(path)}.json"
    if REWRITE:
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(json.dumps(shape, indent=1) + "\n")
    assert shape == json.loads(golden.read_text())


def _shape(value: Any) -> Any:
    match value:
        case dict():
            return {key: _shape(inner) for key, inner in value.items()}
        case list():
            return _distinct([_shape(inner) for inner in value])
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "time" if TIME.match(value) else "text"
        case _:
            return "null"


def _distinct(shapes: list[Any]) -> list[Any]:
    return [shape for n, shape in enumerate(shapes) if shape not in shapes[:n]]


@each(only=lambda entry: bool(entry.forms))
def test_every_other_shape_is_printed_or_refused_in_words(
    do: Do, path: Path_, entry: Entry
) -> None:
    for form in {"table", "wide", "ndjson", "id"} - set(entry.forms):
        said = do(path, (*entry.good, "-o", form))
        assert said.code in {0, 2}
        assert said.code == 0 or "makes no sense here" in said.err
    for form in entry.forms if entry.changes is Changes.NOTHING else entry.forms[:1]:
        said = do(path, (*entry.good, "-o", form))
        assert said.code == 0, (form, said.err)
        if form == "ndjson":
            for line in said.out.splitlines():
                json.loads(line)


@each()
def test_in_a_pipe_there_is_no_colour_and_no_control(do: Do, path: Path_, entry: Entry) -> None:
    said = do(path, entry.good)
    assert said.code == 0, said.err
    assert [c for c in said.out + said.err if c != "\n" and not c.isprintable()] == []


@each(only=lambda entry: not entry.own_world)
def test_no_color_wins_over_force_color_and_the_flag_over_both(
    do: Do, monkeypatch: pytest.MonkeyPatch, path: Path_, entry: Entry
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    said = do(path, entry.good)
    assert said.code == 0, said.err
    assert "\x1b" not in said.out + said.err
    monkeypatch.setenv("PLINTHCTL_COLOR", "never")
    monkeypatch.delenv("NO_COLOR")
    assert "\x1b" not in do(path, entry.wrong).err


# What may not be changed


@each(only=lambda entry: entry.changes is Changes.STORE)
def test_read_only_refuses_a_change_and_changes_nothing(
    do: Do, store: Store, monkeypatch: pytest.MonkeyPatch, path: Path_, entry: Entry
) -> None:
    before = everything(store)
    said = do(path, (*entry.change, "--read-only"))
    assert (said.code, said.out) == (5, "")
    assert said.err.startswith("error: read_only is set: ")
    assert "fix: leave --read-only out, and unset read_only and PLINTHCTL_READ_ONLY" in said.err
    monkeypatch.setenv("PLINTHCTL_READ_ONLY", "true")
    assert do(path, entry.change).code == 5
    assert everything(store) == before


@each(only=lambda entry: entry.changes is not Changes.STORE and not entry.own_world)
def test_what_only_reads_changes_nothing_and_is_allowed_where_nothing_may_be_changed(
    do: Do, store: Store, path: Path_, entry: Entry
) -> None:
    before = everything(store)
    said = do(path, (*entry.good, "--read-only"))
    assert said.code == 0, said.err
    assert everything(store) == before


@each(only=lambda entry: entry.changes is Changes.STORE and entry.changing is None)
def test_what_is_said_to_change_the_store_does(
    do: Do, store: Store, path: Path_, entry: Entry
) -> None:
    before = everything(store)
    assert do(path, entry.good).code == 0
    assert everything(store) != before or path == ("db", "upgrade")


# What goes wrong


@each(only=lambda entry: not entry.own_world)
@pytest.mark.parametrize("shape", ["text", "json"])
def test_a_store_that_is_away_is_told(
    do: Do, monkeypatch: pytest.MonkeyPatch, path: Path_, entry: Entry, shape: str
) -> None:
    monkeypatch.setenv("PLINTHCTL_DATABASE_URL", AWAY)
    if shape == "json":
        monkeypatch.setenv("PLINTHCTL_OUTPUT", "json")
    said = do(path, entry.good)
    assert said.code == entry.without_store
    assert "s3cret" not in said.out + said.err
    assert "Traceback" not in said.err
    if entry.without_store == 6:
        assert said.out == ""
        _is_an_error(said, shape, "cannot reach the store at postgresql://ana:***@127.0.0.1:1")


def _is_an_error(said: Said, shape: str, told: str = "") -> None:
    if shape == "json":
        (line,) = said.err.splitlines()
        error = json.loads(line)["error"]
        assert error["exit_code"] == said.code
        assert told in error["message"]
    else:
        assert said.err.startswith(f"error: {told}")


@each()
@pytest.mark.parametrize("shape", ["text", "json"])
def test_a_wrong_argument_is_told_with_what_to_type(
    do: Do, store: Store, monkeypatch: pytest.MonkeyPatch, path: Path_, entry: Entry, shape: str
) -> None:
    if shape == "json" and "-o" not in entry.wrong:
        monkeypatch.setenv("PLINTHCTL_OUTPUT", "json")
    before = everything(store)
    said = do(path, entry.wrong)
    assert (said.code, said.out) == (entry.wrong_code, "")
    assert "Traceback" not in said.err
    _is_an_error(said, "text" if "-o" in entry.wrong else shape)
    assert "fix:" in said.err or json.loads(said.err)["error"]["hint"]
    assert everything(store) == before


@each()
def test_an_option_that_is_none_names_the_help(do: Do, path: Path_, entry: Entry) -> None:
    said = do(path, (*entry.good, "--no-such-option"))
    assert (said.code, said.out) == (2, "")
    assert "no such option: --no-such-option" in said.err
    assert f"fix: plinthctl {' '.join(path)} --help" in said.err
