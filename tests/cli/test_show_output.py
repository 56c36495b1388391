"""What a job has found, by itself: for people, and for scripts."""

import json
from dataclasses import replace

import pytest

from plinthctl.domain.results import ResultKind
from plinthctl.store import Store
from tests.cli import samples
from tests.cli.conftest import Call
from tests.store.acts import a_result, complete, running


@pytest.fixture
def researched(store: Store) -> str:
    """The id of a job that has found two items of evidence."""
    job = running(store)
    bodies = [samples.an_evidence_item(n).body for n in (1, 2)]
    items = [
        a_result(kind=ResultKind.EVIDENCE, title=body["finding"], body=body, ordinal=n)
        for n, body in enumerate(bodies)
    ]
    store.apply(complete(job, *items))
    return job.id


def test_a_person_reads_the_evidence_with_its_sources(call: Call, researched: str) -> None:
    said = call("show", researched, "--output")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("2 evidence items\nsimulated: no real provider was asked\n")
    assert "“Growers lose 2 % of the harvest to frost, say the official figures.” [S2]" in said.out
    assert "https://acme.com" in said.out


@pytest.mark.parametrize("shape", ["json", "ndjson"])
def test_a_script_reads_the_output(call: Call, researched: str, shape: str) -> None:
    out = call("show", researched, "--output", "-o", shape).out
    whole = json.loads(call("show", researched, "-o", "json").out)
    assert json.loads(out) == whole["output"]
    assert len(out.splitlines()) == 1 or shape == "json"


def test_with_another_part_it_is_json(call: Call, researched: str) -> None:
    parts = json.loads(call("show", researched, "--output", "--input").out)
    assert set(parts) == {"input", "output"}


def test_the_whole_job_shows_them_too(call: Call, researched: str) -> None:
    out = call("show", researched).out
    assert call("show", researched, "--output").out in out
    assert "only what it found" in out


def test_each_item_is_a_result_of_its_own(call: Call, researched: str) -> None:
    ids = call("results", "list", "-o", "id").out.split()
    assert len(ids) == 2
    sheets = [call("results", "show", one).out for one in ids]
    assert sorted(sheet.partition("\n")[0] for sheet in sheets) == [
        "Frost costs growers 1 % of the harvest.",
        "Frost costs growers 2 % of the harvest.",
    ]


def test_a_job_that_found_nothing_has_its_output_as_json(call: Call, store: Store) -> None:
    job = running(store)
    store.apply(replace(complete(job), results=()))
    out = call("show", job.id, "--output").out
    assert json.loads(out) == json.loads(call("show", job.id, "-o", "json").out)["output"]
