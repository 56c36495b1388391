"""Hostile text in every text that the store keeps, through every command.

A terminal gets no code point below U+0020 but line breaks, none of U+007F to U+009F,
and nothing that is invisible or turns the direction; no markup is obeyed. JSON has
all of it, escaped.
"""

import json
import re

import pytest

from plinthctl.store import Store
from plinthctl.store.tables import Words, metadata
from tests.cli.conftest import Call
from tests.cli.every_command import ENTRIES, Entry, Path_, World
from tests.cli.hostile import MARKS_IN_A_ROW, kept, obeyed, piles, poison
from tests.cli.screen import Screen
from tests.cli.worlds import Do, do, store, template, world

__all__ = ["do", "store", "template", "world"]  # fixtures

SGR = re.compile(r"\x1b\[[0-9;]*m")
SHOWS_IT = {"list", "show", "explain", "watch", "limits", "worker list", "types"} | {
    "stats",
    "diff",
    "alerts",
    "alerts ack",
    "alerts history",
    "alerts test",
    "providers list",
    "decision list",
    "decision show",
    "decision export",
    "decision option list",
    "results list",
    "results show",
    "results export",
}
ELSEWHERE = {("db", "backup"), ("demo",)}  # a file of its own, a store of its own
READING = {path: entry for path, entry in ENTRIES.items() if path not in ELSEWHERE}


@pytest.fixture
def spoilt(world: World, store: Store) -> World:
    poison(store)
    return world


def each(entries: dict[Path_, Entry] = READING) -> pytest.MarkDecorator:
    rows = [pytest.param(path, entry, id=" ".join(path)) for path, entry in entries.items()]
    return pytest.mark.parametrize(("path", "entry"), rows)


def test_every_text_column_is_spoilt(spoilt: World, store: Store) -> None:
    columns = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Words) and not column.primary_key
    }
    assert columns <= set(poison(store))
    assert len(columns) > 20


@each()
@pytest.mark.parametrize("form", ["table", "wide"])
def test_people_are_shown_text(spoilt: World, do: Do, path: Path_, entry: Entry, form: str) -> None:
    forms = ("-o", form) if form in entry.forms else ()
    said = do(path, (*entry.good, *forms))
    assert "unforeseen" not in said.err, said.err
    shown = said.out + said.err
    assert obeyed(shown) == []
    assert piles(shown) <= MARKS_IN_A_ROW


@each()
def test_colour_is_all_that_a_terminal_is_told(
    spoilt: World, do: Do, path: Path_, entry: Entry
) -> None:
    said = do(path, (*entry.good, "--color", "always"))
    assert obeyed(SGR.sub("", said.out + said.err)) == []


@each({path: entry for path, entry in READING.items() if entry.shape})
def test_scripts_get_it_escaped_and_whole(spoilt: World, do: Do, path: Path_, entry: Entry) -> None:
    said = do(path, (*entry.good, "-o", "json"))
    assert said.out.isascii()
    assert obeyed(said.out) == []
    if said.code == 0:
        json.loads(said.out)
    assert kept(said.out) is (" ".join(path) in SHOWS_IT)


@pytest.mark.parametrize("arguments", [("show", "{pending}"), ("results", "show", "{result}")])
def test_markup_is_shown_as_it_stands(spoilt: World, call: Call, arguments: Path_) -> None:
    shown = call(*spoilt.typed((), arguments)).out
    assert "[bold][/][/foo][@click=app.quit]x[/][link=http://e]x[/link][[a]]" in shown
    assert ":smile:" in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ("list",),
        ("show", "{failed}", "--events"),
        ("show", "{running}"),
        ("decision", "show", "{decision}"),
        ("results", "show", "{result}"),
    ],
    ids=" ".join,
)
def test_a_terminal_gets_no_more_than_a_pipe(spoilt: World, arguments: Path_) -> None:
    with Screen(*spoilt.typed((), arguments), "--color", "never") as screen:
        assert screen.end() == 0
    assert obeyed(screen.text) == []
    assert "\ufffd" in screen.text


def test_a_line_that_is_drawn_anew_obeys_nobody(spoilt: World) -> None:
    watch = ("watch", "{running}", "--timeout", "300ms")
    with Screen(*spoilt.typed((), watch)) as screen:
        assert screen.end() == 124
    drawn = re.sub(r"\x1b\[[?\d;]*[a-zA-Z]|\r", "", screen.text)
    assert "\ufffd" in drawn
    assert obeyed(drawn) == []
