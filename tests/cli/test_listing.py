"""Lists on the command line: every filter, every order, and no more held than shown."""

import gc
import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from plinthctl.cli.app import main
from plinthctl.domain.queries import JobQuery, Place
from plinthctl.domain.views import JobDetail, JobView
from plinthctl.errors import StoreUnavailable
from plinthctl.services import listing
from plinthctl.store import Store
from tests.cli.conftest import Call
from tests.nursery import PROGRAM

Put = Callable[..., str]
NOBODY = ("--user", "nobody")
HOSTILE = [
    "' OR 1=1--",
    '"; DROP TABLE jobs; --',
    "created_at desc, (select 1)",
    "%",
    "_",
    "\\",
    "NaN",
    "9223372036854775808",
    "a\x00b",
    "\udcff",  # what argv makes of a byte that is not UTF-8
    "\x1b[2J\u202e",
    "[/x]",
]


@pytest.fixture
def three(a_pending_job: Put, call: Call) -> list[str]:
    """Jobs of two organisations, the last one cancelled; the oldest first."""
    ids = [a_pending_job(), a_pending_job(org="acme", user="bo"), a_pending_job(org="acme")]
    assert call("cancel", ids[2]).code == 0
    return ids


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        pytest.param([], "2 1 0", id="all, the newest first"),
        pytest.param(["--status", "pending,failed"], "1 0", id="of two statuses"),
        pytest.param(["--active"], "1 0", id="active"),
        pytest.param(["--failed"], "", id="failed"),
        pytest.param(["--failed", "--status", "cancelled"], "2", id="statuses add up"),
        pytest.param(["--stuck"], "", id="stuck"),
        pytest.param(["--type", "competitor_analysis,market_research"], "2 1 0", id="of two types"),
        pytest.param(["--org", "acme"], "2 1", id="of an organisation"),
        pytest.param(["--org", "acme", "--org", "default"], "2 1 0", id="of either organisation"),
        pytest.param(["--org", "acme", "--user", "ana"], "2", id="both must hold"),
        pytest.param(["--decision", "dec_1"], "", id="of a decision"),
        pytest.param(["--step", "search-news"], "", id="at a step"),
        pytest.param(["--since", "1h"], "2 1 0", id="of the last hour"),
        pytest.param(["--until", "1h"], "", id="older than an hour"),
        pytest.param(["--search", "org:acme is:active"], "1", id="in the filter language"),
        pytest.param(["--search", "org:acme", "--active"], "1", id="which narrows the flags"),
        pytest.param(["--search", "is:pending", "--status", "cancelled"], "", id="to nothing"),
        pytest.param(["--search", "CANCELLED"], "2", id="a word of its message"),
        pytest.param(["--search", ""], "2 1 0", id="searching for nothing"),
        pytest.param(["--sort", "age"], "0 1 2", id="the oldest first"),
        pytest.param(["--reverse"], "0 1 2", id="the other way round"),
        pytest.param(["--sort", "status"], "1 0 2", id="pending before cancelled"),
        pytest.param(["--sort", "duration", "--limit", "2"], "2 1", id="none has run"),
    ],
)
def test_lists_hold_what_was_asked_for(
    call: Call, three: list[str], arguments: list[str], found: str
) -> None:
    said = call("list", *arguments, "-o", "id")
    assert (said.code, said.out.split()) == (0, [three[int(n)] for n in found.split()])


def test_a_job_is_found_by_a_part_of_its_id(call: Call, three: list[str]) -> None:
    assert call("list", "--search", three[1][-8:].lower(), "-o", "id").out.split() == [three[1]]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param((), "no jobs (make one: plinthctl submit)\n", id="an empty store"),
        pytest.param(("--failed",), "no jobs match (0 in the last hour)\n", id="and a filter"),
    ],
)
def test_nothing_at_all_says_so(call: Call, arguments: tuple[str, ...], told: str) -> None:
    said = call("list", *arguments)
    assert (said.code, said.out, said.err) == (0, "", told)


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        pytest.param(("--failed",), "; drop --failed to see them", id="the only filter"),
        pytest.param(
            ("--org", "acme", *NOBODY), "; drop --user to see them", id="the one that is too much"
        ),
        pytest.param(("--org", "none", *NOBODY), "", id="no single one is"),
        pytest.param(
            ("--org", "acme", "--search", "absent"), "; drop --search to see them", id="a search"
        ),
    ],
)
def test_an_empty_list_names_the_filter_to_drop(
    call: Call, three: list[str], arguments: tuple[str, ...], hint: str
) -> None:
    said = call("list", *arguments)
    assert (said.code, said.out) == (0, "")
    assert said.err == f"no jobs match (3 in the last hour{hint})\n"
    assert call("list", *arguments, "-q").err == ""
    assert call("list", *arguments, "-o", "json").out == "[]\n"


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        pytest.param("1", "1 of more than 2 shown; --all for the rest\n", id="cut, and many"),
        pytest.param("3", "", id="just as many as there are"),
    ],
)
def test_a_list_that_is_cut_says_so(
    call: Call, three: list[str], monkeypatch: pytest.MonkeyPatch, limit: str, told: str
) -> None:
    monkeypatch.setattr(listing, "COUNTED", 2)
    assert call("list", "--limit", limit).err == told


FLAGS = ("--org", "--user", "--decision", "--search", "--type", "--step", "--status", "--since")


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_filters_find_nothing_or_are_refused(
    call: Call, three: list[str], text: str
) -> None:
    for flag in FLAGS:
        said = call("list", flag, text)
        assert (said.out, said.code in {0, 2}) == ("", True), (flag, said)
        assert said.err.startswith(("no jobs match (3", "error: "))
        assert [c for c in said.err if c != "\n" and not c.isprintable()] == []
    assert call("list", "-o", "id").out.split() == three[::-1]


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two jobs a page, two pages of jobs a page of ids."""
    monkeypatch.setattr(listing, "IDS_A_PAGE", 4)
    monkeypatch.setattr(listing, "JOBS_A_PAGE", 2)


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize(
    ("shape", "read", "kind", "page"),
    [
        pytest.param("ndjson", "details_of", JobDetail, 2, id="objects"),
        pytest.param("json", "details_of", JobDetail, 2, id="an array"),
        pytest.param("table", "jobs_of", JobView, 2, id="a table"),
        pytest.param("wide", "jobs_of", JobView, 2, id="a wide table"),
        pytest.param("id", "places", Place, 4, id="ids"),
    ],
)
def test_each_page_is_printed_before_the_next_is_read_and_two_are_held_at_most(
    a_pending_job: Put,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    shape: str,
    read: str,
    kind: type,
    page: int,
) -> None:
    ids = [a_pending_job() for _ in range(11)]
    seen = {"read": 0, "printed": 0}
    unprinted, held = [], []
    original = getattr(Store, read)

    def noting(store: Store, *arguments: Any) -> Any:
        out = capsys.readouterr().out
        seen["printed"] += sum(job_id in out for job_id in ids)
        unprinted.append(seen["read"] - seen["printed"])
        found = original(store, *arguments)
        seen["read"] += len(found)
        held.append(_alive(kind) - others)
        return found

    monkeypatch.setattr(Store, read, noting)
    capsys.readouterr()
    others = _alive(kind)
    assert main(["list", "--all", "-o", shape]) == 0
    assert seen["read"] == 11
    assert unprinted == [0] * len(unprinted)
    assert page < max(held) <= 2 * page


def _alive(kind: type) -> int:
    return sum(type(one) is kind for one in gc.get_objects())


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("number", [0, 1, 2, 5])
def test_an_array_in_pieces_is_the_array_in_one(
    call: Call, a_pending_job: Put, number: int
) -> None:
    ids = [a_pending_job() for _ in range(number)]
    out = call("list", "--all", "-o", "json").out
    objects = json.loads(out)
    assert [one["id"] for one in objects] == ids[::-1]
    assert out == json.dumps(objects, indent=2) + "\n"
    lines = call("list", "--all", "-o", "ndjson").out.splitlines()
    stable = [{**one, "waited_s": 0} for one in map(json.loads, lines)]
    assert stable == [{**one, "waited_s": 0} for one in objects]


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("shape", ["table", "json", "ndjson"])
def test_a_list_that_loses_the_store_says_how_much_it_showed(
    call: Call, a_pending_job: Put, monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    ids = [a_pending_job() for _ in range(5)][::-1]
    name = "jobs_of" if shape == "table" else "details_of"
    original = getattr(Store, name)

    def lost_after_two(store: Store, query: JobQuery, wanted: tuple[str, ...]) -> Any:
        if ids[2] in wanted:
            raise StoreUnavailable("cannot reach the store", why="it is gone", fix="doctor")
        return original(store, query, wanted)

    monkeypatch.setattr(Store, name, lost_after_two)
    said = call("list", "--all", "-o", shape)
    assert said.code == 6
    assert [one for one in ids if one in said.out] == ids[:2]
    if shape == "table":
        assert said.err.splitlines() == [
            "error: only the first 2 were shown",
            "  why: cannot reach the store: it is gone",
            "  fix: doctor",
        ]
        return
    assert json.loads(said.err)["error"]["details"] == {"shown": 2}
    if shape == "json":
        with pytest.raises(ValueError, match="delimiter"):
            json.loads(said.out)
    else:
        assert [json.loads(line)["id"] for line in said.out.splitlines()] == ids[:2]


@pytest.mark.usefixtures("small_pages")
def test_a_table_in_pieces_has_one_header_and_columns_that_only_grow(
    call: Call, a_pending_job: Put
) -> None:
    orgs = ["a", "b", "c" * 20, "d", "e"]
    for org in reversed(orgs):
        a_pending_job(org=org)
    header, *rows = call("list", "--all", "-o", "wide").out.splitlines()
    assert header.startswith("ID ")
    assert [row.split()[6] for row in rows] == orgs
    users = [row.index(" ana ") for row in rows]
    assert users == [users[0]] * 2 + [users[0] + 20 - len("ORG")] * 3


@pytest.mark.parametrize("shape", ["table", "wide", "json", "ndjson", "id"])
def test_a_reader_that_leaves_ends_a_list_without_a_word(a_pending_job: Put, shape: str) -> None:
    for _ in range(3):
        a_pending_job()
    with subprocess.Popen(
        [*PROGRAM, "list", "--all", "-o", shape], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        program.stdout.close()
        _, err = program.communicate(timeout=60)
    assert (program.returncode, err) == (141, b"")


def test_head_takes_the_first_line_of_many(a_pending_job: Put) -> None:
    for _ in range(60):
        a_pending_job(company="Acme " * 300)  # more than a pipe holds
    arguments = [*PROGRAM, "list", "--all", "-o", "ndjson"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert json.loads(program.stdout.readline())["status"] == "pending"
        program.stdout.close()
        _, err = program.communicate(timeout=60)
    assert (program.returncode, err) == (141, b"")
