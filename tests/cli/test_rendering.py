"""How jobs, steps, times and results look, from values alone."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.text import Text

from plinthctl.domain.expiry import Expiry
from plinthctl.domain.job import JobStatus
from plinthctl.domain.spans import ordinal, span, zulu
from plinthctl.domain.steps import StepStatus
from plinthctl.domain.views import JobView
from plinthctl.render import detail, ends, jobs, jsons, results
from plinthctl.render.progress import ChangeLines
from plinthctl.render.sheet import columns, hang, words
from plinthctl.render.times import TimeStyle
from tests.cli import samples

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = "a\x1b]0;b\x07[/x] \u202ec\x9b31m\x00\u200b\ud800"


def plain(lines: list[Text]) -> str:
    return "\n".join(line.plain for line in lines)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        pytest.param(0.0, "0s", id="nothing"),
        pytest.param(0.44, "0.4s", id="tenths below ten seconds"),
        pytest.param(9.96, "10s", id="which is not 10.0s"),
        pytest.param(34.4, "34s", id="whole seconds"),
        pytest.param(59.6, "1m", id="nearly a minute is one"),
        pytest.param(121, "2m01s", id="minutes and seconds"),
        pytest.param(869, "14m", id="minutes"),
        pytest.param(11_520, "3h12m", id="hours and minutes"),
        pytest.param(187_200, "2d4h", id="days and hours"),
    ],
)
def test_spans_have_two_units_at_most(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_a_time_is_utc_with_milliseconds_and_z() -> None:
    assert zulu(samples.NOW) == "2026-11-23T12:04:31.120Z"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("running", samples.a_detail(samples.a_job())),
        (
            "completed",
            samples.a_detail(
                samples.completed(),
                output={
                    "competitor_profile_id": "cp_1",
                    "warnings": [{"step": "get-reviews", "reason": "G2 has no key."}],
                },
                results=(samples.a_profile(),),
            ),
        ),
        (
            "failed",
            samples.a_detail(
                samples.failed(attempt=4),
                error_detail={"class": "network_timeout", "provider": "exa", "step": "search-news"},
            ),
        ),
    ],
)
def test_the_job_object_is_as_scripts_know_it(name: str, value: Any) -> None:
    golden = json.loads((GOLDEN / f"job_{name}.json").read_text())
    assert json.loads(jsons.dumps(jsons.job_object(value))) == golden


def test_a_job_that_waits_says_when_it_is_tried_again() -> None:
    waits = samples.pending(attempt=2, available_at=samples.NOW + timedelta(seconds=8))
    told = jsons.job_object(samples.a_detail(waits))
    assert (told["status"], told["phase"]) == ("pending", "retrying")
    assert told["next_try_at"] == "2026-11-23T12:04:39.120Z"


def test_a_job_past_its_clock_is_stuck() -> None:
    old = samples.a_job(started_at=samples.ago(601))
    assert jsons.job_object(samples.a_detail(old))["stuck"] is True
    assert jsons.job_object(samples.a_detail(samples.a_job()))["stuck"] is False


def test_a_table_on_a_terminal_has_short_ids_glyphs_and_a_cut_message() -> None:
    rows = (samples.a_job(status_message="word " * 40), samples.failed(), samples.completed())
    lines = plain(jobs.Table(80, TimeStyle.RELATIVE).lines(rows)).splitlines()
    assert lines[0].split() == ["ID", "TYPE", "STATUS", "PROGRESS", "AGE", "TOOK", "MESSAGE"]
    assert lines[1].startswith("7Q2K9M4T  competitor_analysis  ● running")
    assert lines[1].endswith("…")
    assert "✗ failed" in lines[2]
    assert "✓ completed" in lines[3]
    assert max(map(len, lines)) == 80


def test_a_table_in_a_pipe_is_whole_and_has_no_empty_field() -> None:
    rows = (samples.a_job(status_message="word " * 40), samples.pending())
    lines = plain(jobs.Table(None, TimeStyle.UTC).lines(rows)).splitlines()
    assert lines[1].startswith(samples.JOB_ID)
    assert lines[1].rstrip().endswith("word word")
    assert lines[2].split()[2:] == ["pending", "-", "2026-11-23T12:03:55.120Z", "-", "-"]


@pytest.mark.parametrize("style", TimeStyle)
def test_a_time_in_a_pipe_is_one_field(style: TimeStyle) -> None:
    _, row = jobs.Table(None, style).lines([samples.completed()])
    assert len(row.plain.split()) == 7


def test_a_stuck_job_is_marked_for_people_only() -> None:
    rows = [samples.a_job(started_at=samples.ago(601)), samples.a_job()]
    _, stuck, fine = jobs.Table(80, TimeStyle.RELATIVE).lines(rows)
    assert (stuck.plain.split()[5], fine.plain.split()[5]) == ("36s!", "36s")
    assert "!" not in plain(jobs.Table(None, TimeStyle.RELATIVE).lines(rows))
    patient = jobs.Table(80, TimeStyle.RELATIVE, clocks=Expiry(running_for=timedelta(hours=1)))
    assert "!" not in plain(patient.lines(rows))


def test_a_due_job_says_where_it_stands_in_line() -> None:
    waits = [samples.pending(), samples.pending(id="job_2", status_message="Its worker is gone.")]
    first, second = jobs.Table(120, TimeStyle.UTC).lines(waits, {samples.JOB_ID: 6, "job_2": 7})[1:]
    assert first.plain.endswith("  6th in line")
    assert second.plain.endswith("Its worker is gone.")


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (21, "21st"), (112, "112th")],
)
def test_places_are_counted_as_people_do(number: int, words: str) -> None:
    assert ordinal(number) == words


def test_a_wide_table_says_what_is_simulated() -> None:
    (_, row) = jobs.Table(None, TimeStyle.UTC, wide=True).lines([samples.completed()])
    assert "simulated" in row.plain.split()


def test_wide_text_keeps_the_columns_aligned() -> None:
    rows = [[words("東京"), words("x")], [words("Ulm"), words("y")]]
    lines = columns(("TOWN", "N"), rows, None)
    assert [line.cell_len for line in lines] == [7, 7, 7]


def test_a_hanging_text_keeps_its_indent_and_its_words() -> None:
    text = "one two three four five six seven eight nine"
    lines = [line.plain for line in hang(Text("  • "), Text(text), 24)]
    assert [line[:4] for line in lines] == ["  • "] + ["    "] * (len(lines) - 1)
    assert " ".join(line[4:] for line in lines) == text
    assert max(map(len, lines)) <= 24


def test_a_job_on_80_columns() -> None:
    sheet = plain(detail.job_sheet(samples.a_detail(samples.a_job()), 80, TimeStyle.RELATIVE))
    assert sheet == (GOLDEN / "show_running_80.txt").read_text().rstrip("\n")
    assert max(map(len, sheet.splitlines())) <= 80


def test_a_failed_job_shows_its_error_and_what_is_saved() -> None:
    record = {"class": "network_timeout", "provider": "exa", "step": "generate-profile"}
    failed = samples.a_detail(samples.failed(), error_detail=record)
    sheet = plain(detail.job_sheet(failed, 80, TimeStyle.RELATIVE))
    assert "✗ generate-profile" in sheet
    assert "error   Failed after 3 retries: Exa did not answer." in sheet
    assert "network_timeout, exa, at generate-profile" in sheet
    assert "3 of 5 steps are saved" in sheet


def test_a_profile_reads_with_its_sources() -> None:
    sheet = plain(results.result_sheet(samples.a_profile(), 80, TimeStyle.UTC))
    assert sheet == (GOLDEN / "profile_80.txt").read_text().rstrip("\n")


def test_a_profile_of_another_version_shows_as_json() -> None:
    odd = samples.a_profile(body={"brand": "new"})
    assert '"brand": "new"' in plain(results.result_sheet(odd, 80, TimeStyle.UTC))


def test_live_results_do_not_say_simulated() -> None:
    real = samples.a_profile(simulated=False, model="gpt")
    assert "simulated" not in plain(results.result_sheet(real, 80, TimeStyle.UTC))


@pytest.mark.parametrize("width", [40, 80, None])
def test_hostile_values_stay_text_everywhere(width: int | None) -> None:
    job = samples.failed(error=HOSTILE, org=HOSTILE, user=HOSTILE, worker=HOSTILE, type=HOSTILE)
    whole = samples.a_detail(
        job,
        input={"company_name": HOSTILE},
        output={"warnings": [{"step": HOSTILE, "reason": HOSTILE}]},
        error_detail={"class": HOSTILE, "detail": HOSTILE},
    )
    body = json.loads(json.dumps(samples.a_profile().body).replace("It lasts.", "HOSTILE"))
    body["strengths"][0]["text"] = body["company_name"] = HOSTILE
    profile = samples.a_profile(title=HOSTILE, body=body, sources=({"id": HOSTILE},))
    shown = [
        *detail.job_sheet(whole, width, TimeStyle.UTC),
        *jobs.Table(width, TimeStyle.UTC, wide=True).lines([job]),
        *results.result_sheet(profile, width, TimeStyle.UTC),
        *ends.end_lines(job),
    ]
    text = plain(shown)
    assert "[/x]" in text
    assert [c for c in text if c != "\n" and not c.isprintable()] == []


def test_changes_are_told_once_and_at_most_once_a_second() -> None:
    told: list[str] = []
    now = [0.0]
    lines = ChangeLines(lambda line: told.append(line.plain), lambda: now[0])
    steps: list[tuple[float, JobView]] = [
        (0.0, samples.a_job(progress=10)),
        (0.5, samples.a_job(progress=20)),  # too early
        (0.9, samples.a_job(progress=30)),  # still
        (1.1, samples.a_job(progress=30)),  # told now
        (2.5, samples.a_job(progress=30)),  # nothing new
        (3.0, samples.completed()),  # its end is told by others
    ]
    for at, job in steps:
        now[0] = at
        lines.seen([job])
    assert [line.split()[2] for line in told] == ["10%", "30%"]


@pytest.mark.parametrize(
    ("job", "words"),
    [
        pytest.param(samples.completed(), "✓ Competitor profile ready   7Q2K9M4T", id="completed"),
        pytest.param(samples.failed(), "✗ competitor analysis failed   7Q2K9M4T", id="failed"),
        pytest.param(
            samples.a_job(status=JobStatus.CANCELLED), "was cancelled   7Q2K9M4T", id="cancelled"
        ),
        pytest.param(samples.a_job(), "the job goes on (running, 60%)", id="time is up"),
    ],
)
def test_the_last_words_on_a_job(job: JobView, words: str) -> None:
    assert words in plain(ends.end_lines(job))


@pytest.mark.parametrize(
    ("record", "fix"),
    [
        pytest.param(
            {"class": "auth_failure", "provider": "exa"},
            "set PLINTHCTL_PROVIDERS_EXA_API_KEY, then plinthctl retry 7Q2K9M4T",
            id="a key that is rejected names its variable",
        ),
        pytest.param(
            {"class": "invalid_input", "provider": "firecrawl"},
            "submit again with other input",
            id="a company that does not exist",
        ),
    ],
)
def test_a_failure_that_an_operator_can_mend_says_how(record: dict[str, Any], fix: str) -> None:
    assert f"  fix:  {fix}" in plain(ends.end_lines(samples.failed(), record))
    shown = samples.a_detail(samples.failed(), error_detail=record)
    assert f"fix     {fix}" in plain(detail.job_sheet(shown, 80, TimeStyle.UTC))


def test_a_failure_that_nobody_can_mend_gives_no_advice() -> None:
    record = {"class": "network_timeout", "provider": "exa"}
    assert "fix:" not in plain(ends.end_lines(samples.failed(), record))


def test_a_step_that_was_open_when_its_job_ended_is_stopped() -> None:
    record = {"class": "auth_failure", "provider": "firecrawl", "step": "scrape-website"}
    steps = (
        samples.a_step("scrape-website", StepStatus.WAITING, 34, 33),
        samples.a_step("search-news", StepStatus.WAITING, 34, 33),
    )
    ended = samples.a_detail(samples.failed(), error_detail=record, steps=steps)
    sheet = plain(detail.job_sheet(ended, 80, TimeStyle.RELATIVE))
    assert "✗ scrape-website" in sheet
    assert "– search-news" in sheet
    assert sheet.count("stopped") == 1
    assert "↻" not in sheet


@pytest.mark.parametrize(
    ("in_s", "told"),
    [
        pytest.param(8, "next try in 8s", id="later"),
        pytest.param(0, "next try at once", id="now"),
        pytest.param(-3, "next try at once", id="as soon as a worker is free"),
    ],
)
def test_a_step_that_waits_says_when_it_is_tried_again(in_s: float, told: str) -> None:
    step = samples.a_step("scrape-website", StepStatus.WAITING, 34, 26)
    waits = replace(step, retry_at=samples.ago(-in_s))
    shown = samples.a_detail(samples.pending(), steps=(waits,))
    assert told in plain(detail.job_sheet(shown, 100, TimeStyle.UTC))
