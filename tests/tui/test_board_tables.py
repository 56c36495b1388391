"""What the board decides before anything is drawn: usual times, forms, steps over time, ages."""

from dataclasses import replace
from typing import Any

import pytest

from plinthctl.domain.job import JobStatus
from plinthctl.domain.views import JobView
from plinthctl.render.board import order
from plinthctl.render.board.jobs import age_s
from plinthctl.render.board.timeline import Doing, timeline
from plinthctl.render.board.usual import so_far, usual_s, usually
from tests.cli import samples
from tests.cli.samples import NOW, ago
from tests.tui import jobs, looks

COMPETITOR = jobs.COMPETITOR


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        pytest.param(20, (10.0, 50.0), id="20 of its own: its P50 and P95"),
        pytest.param(19, (30, 90), id="19: what the catalogue says"),
    ],
)
def test_usual_is_its_own_once_there_are_enough(count: int, expected: tuple[float, float]) -> None:
    numbers = looks.numbers(COMPETITOR, duration=looks.durations(count, 10.0, 50.0))
    assert usual_s(COMPETITOR, looks.busy(types=(numbers,))) == expected


def test_a_type_of_nobody_has_no_usual() -> None:
    assert usual_s("summary", None) is None


@pytest.mark.parametrize(
    ("usual", "said"),
    [((30, 90), "30-90 seconds"), ((48, 131), "48s to 2m11s"), ((1, 99.9), "1-100 seconds")],
)
def test_usual_is_said_in_seconds_up_to_a_hundred(usual: tuple[float, float], said: str) -> None:
    assert usually(usual) == said


@pytest.mark.parametrize(
    ("ran_s", "said"),
    [
        pytest.param(180, "3m · this usually takes 30-90 seconds", id="twice its upper end"),
        pytest.param(181, "3m01s · longer than usual (usually 30-90 seconds)", id="past it"),
    ],
)
def test_it_is_longer_than_usual_past_twice_the_upper_end(ran_s: float, said: str) -> None:
    assert so_far(samples.a_job(started_at=ago(ran_s)), None) == said


def test_what_has_not_begun_waits() -> None:
    assert so_far(samples.pending(created_at=ago(5)), None) == "waits for 5s"


@pytest.mark.parametrize(
    ("job", "expected_s"),
    [
        pytest.param(
            samples.a_job(created_at=ago(90), started_at=ago(9)), 9, id="runs: since then"
        ),
        pytest.param(
            samples.pending(created_at=ago(90), available_at=ago(30)), 30, id="due: since it is"
        ),
        pytest.param(
            samples.pending(created_at=ago(90), available_at=NOW.replace(year=2027)),
            90,
            id="not due: since it was created",
        ),
        pytest.param(
            samples.pending(created_at=ago(90), available_at=ago(1), attempt=2),
            90,
            id="tried before: since it was created",
        ),
        pytest.param(samples.completed(created_at=ago(90)), 90, id="ended: its age"),
    ],
)
def test_the_age_of_a_row(job: JobView, expected_s: float) -> None:
    assert age_s(job) == expected_s


def filled(**changes: Any) -> order.Filled:
    told = {"type": COMPETITOR, "fields": jobs.INPUT, "org": "acme", "user": "ana"}
    return order.Filled(**{**told, **changes})


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        pytest.param(filled(), [], id="all of it fits"),
        pytest.param(filled(fields={}), ["company_name", "company_url"], id="nothing filled in"),
        pytest.param(filled(org=" ", user=""), ["org", "user"], id="nobody's"),
        pytest.param(filled(decision="x" * 2001), ["decision"], id="too long"),
    ],
)
def test_faults_are_told_by_the_names_of_their_fields(form: order.Filled, wrong: list[str]) -> None:
    assert sorted(order.wrong(form)) == wrong


def test_what_is_left_empty_is_left_out() -> None:
    assert order.given(filled(fields={"company_name": " Acme ", "company_url": " "})) == {
        "company_name": "Acme"
    }


@pytest.mark.parametrize(
    ("value", "word"),
    [
        pytest.param("a b", "'company_name=a b'", id="quoted for a shell"),
        pytest.param("@file", "'company_name:=\"@file\"'", id="no file's name"),
        pytest.param(3, "company_name:=3", id="no text"),
    ],
)
def test_a_command_says_the_same(value: object, word: str) -> None:
    told = order.submit_command(COMPETITOR, {"company_name": value}, "acme", "ana", None)
    assert told == f"plinthctl submit {COMPETITOR} -i {word} --org acme --user ana"


def _parts(detail: Any, step: str) -> list[tuple[Doing, float, float]]:
    line = next(one for one in timeline(detail, 90).steps if one.name == step)
    return [(part.doing, round(part.from_s, 1), round(part.to_s, 1)) for part in line.parts]


@pytest.mark.parametrize(
    ("detail", "step", "parts"),
    [
        pytest.param(
            jobs.running(), "scrape-website", [(Doing.WORK, 0, 7.6)], id="done: its one try"
        ),
        pytest.param(
            jobs.running(),
            "search-news",
            [(Doing.WORK, 0, 9), (Doing.WAIT, 9, 11), (Doing.WORK, 11, 33)],
            id="a failed try, its wait, and the try that runs",
        ),
        pytest.param(jobs.running(), "save-results", [], id="not begun"),
    ],
)
def test_the_parts_of_a_step(
    detail: Any, step: str, parts: list[tuple[Doing, float, float]]
) -> None:
    assert _parts(detail, step) == parts


def test_a_step_that_waits_has_its_wait_to_come() -> None:
    assert _parts(jobs.retrying(), "search-sources")[-1][0] is Doing.TO_COME


def test_the_step_a_job_failed_on_is_marked_and_what_was_open_is_stopped() -> None:
    marks = [line.mark.text for line in timeline(jobs.failed(), 0).steps]
    assert marks == ["✓", "✗", "○", "○", "○"]
    cancelled = jobs.as_job(jobs.running(), status=JobStatus.CANCELLED, completed_at=NOW)
    assert timeline(replace(cancelled, error_detail=None), 0).steps[1].mark.text == "⊘"
