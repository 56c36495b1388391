"""On a terminal: questions, one redrawn line, Ctrl-C that only stops the watching."""

import re
import signal
import time
from collections.abc import Callable

import pytest

from plinthctl.domain.job import JobStatus
from plinthctl.store import Store
from tests.cli.conftest import Call
from tests.cli.screen import PATIENCE_S, Screen

ACME = ("-i", "company_name=Acme Corp", "-i", "company_url=https://acme.com")
SUBMIT = ("submit", "competitor_analysis")
SHOW_CURSOR, HIDE_CURSOR = "\x1b[?25h", "\x1b[?25l"


def ended(store: Store, job_id: str) -> JobStatus:
    """The job's final status, waited for."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        job = store.job(job_id)
        if job is not None and job.ended:
            return job.status
        time.sleep(0.05)
    raise AssertionError(f"{job_id} has not ended")


def test_what_is_missing_is_asked_for_until_it_fits(store: Store) -> None:
    with Screen(*SUBMIT, pipe_out=True) as screen:
        screen.wait_for("Company name (such as Acme Corp): ")
        screen.type("Acme")
        screen.wait_for("Company URL (such as https://acme.com): ")
        screen.type("acme")
        screen.wait_for('company_url: "acme" is not an http(s) address')
        screen.type("https://acme.com")
        assert screen.end() == 0
        detail = store.detail(screen.piped().strip())
    assert detail is not None
    assert detail.input == {"company_name": "Acme", "company_url": "https://acme.com"}


def test_a_misspelt_field_is_told_before_anything_is_asked() -> None:
    with Screen(*SUBMIT, "-i", "compny_name=Acme") as screen:
        assert screen.end() == 2
        assert "did you mean company_name?" in screen.text
        assert "such as" not in screen.text


def test_ctrl_d_leaves_the_rest_missing() -> None:
    with Screen(*SUBMIT) as screen:
        screen.wait_for("Company name")
        screen.type("Acme")
        screen.wait_for("Company URL")
        screen.type("\x04")
        assert screen.end() == 2
        assert "competitor_analysis needs company_url" in screen.text


def test_a_submit_says_how_to_see_more(a_pending_job: Callable[..., str]) -> None:
    with Screen(*SUBMIT, *ACME, "--color", "never") as screen:
        assert screen.end() == 0
        lines = screen.text.splitlines()
    assert lines[0].startswith("✓ competitor analysis started   ")
    assert lines[0].endswith("usually 30-90s")
    name = lines[0].split()[4]
    assert lines[1:3] == [f"  view:   plinthctl show {name}", f"  follow: plinthctl watch {name}"]


def test_a_list_fits_the_terminal_and_cuts_only_the_message(
    a_pending_job: Callable[..., str],
) -> None:
    job_id = a_pending_job()
    with Screen("list", "--color", "never") as screen:
        assert screen.end() == 0
        _, row = screen.text.splitlines()
    assert row.startswith(f"{job_id[-8:]}  competitor_analysis  ○ pending")
    assert row.endswith("1st in line")
    assert len(row) <= 80


def test_a_job_is_followed_on_one_line_to_its_profile(store: Store) -> None:
    fast = {"PLINTHCTL_SIMULATOR_SPEED": "20"}
    with Screen(*SUBMIT, *ACME, "--wait", env=fast) as screen:
        screen.wait_for("no worker is running; started one")
        screen.wait_for("Competitor profile ready")
        assert screen.end() == 0
        shown = screen.text
    assert "━" in shown
    assert "usually 30-90s" in shown
    assert shown.rfind(SHOW_CURSOR) > shown.rfind(HIDE_CURSOR) > 0
    for words in ("Summary", "Sources", "[S1]", "https://acme.com", "simulated"):
        assert words in shown


@pytest.mark.parametrize(
    ("columns", "hint"),
    [
        pytest.param(80, "usually 30-90s", id="a narrow line says what is usual"),
        pytest.param(140, "usually 30-90s · Ctrl-C detaches", id="a wide one the way out, too"),
    ],
)
def test_a_line_says_what_fits(a_pending_job: Callable[..., str], columns: int, hint: str) -> None:
    job_id = a_pending_job()
    watch = ("watch", job_id, "--timeout", "300ms", "--color", "never")
    with Screen(*watch, columns=columns) as screen:
        assert screen.end() == 124
        lines = re.split(r"[\r\n]|\x1b\[\d*[A-Z]", screen.text)
    drawn = [line.rstrip() for line in lines if "Waiting for a worker…" in line]
    assert drawn[0].endswith(hint)
    assert max(map(len, drawn)) <= columns


def test_ctrl_c_detaches_and_the_job_completes(store: Store) -> None:
    slow = {"PLINTHCTL_SIMULATOR_SPEED": "8"}
    with Screen(*SUBMIT, *ACME, "--wait", "-o", "id", pipe_out=True, env=slow) as screen:
        screen.wait_for("Scraping website…")
        screen.process.send_signal(signal.SIGINT)
        assert screen.end() == 130
        assert "Detached; the job keeps running." in screen.text
        assert "watch again:  plinthctl watch " in screen.text
        assert screen.text.rfind(SHOW_CURSOR) > screen.text.rfind(HIDE_CURSOR)
        assert screen.piped() == ""
    newest = store.newest_of("default", _whoever(store))
    assert newest is not None
    assert ended(store, newest) is JobStatus.COMPLETED


def test_ctrl_c_before_the_first_look_detaches_and_the_job_completes(store: Store) -> None:
    fast = {"PLINTHCTL_SIMULATOR_SPEED": "50"}
    with Screen(*SUBMIT, *ACME, "--wait", env=fast) as screen:
        screen.wait_for("Ctrl-C detaches")
        screen.process.send_signal(signal.SIGINT)
        assert screen.end() == 130
        assert "Detached; the job keeps running." in screen.text
    newest = store.newest_of("default", _whoever(store))
    assert newest is not None
    assert ended(store, newest) is JobStatus.COMPLETED


def _whoever(store: Store) -> str:
    from plinthctl.domain.queries import JobQuery

    return store.jobs(JobQuery())[0].user


def test_ctrl_c_may_cancel_instead(store: Store, a_pending_job: Callable[..., str]) -> None:
    with Screen(*SUBMIT, *ACME, "--wait", "--cancel-on-interrupt") as screen:
        screen.wait_for("Scraping website…")
        screen.process.send_signal(signal.SIGINT)
        assert screen.end() == 130
        assert "Cancelled " in screen.text
    newest = store.newest_of("default", _whoever(store))
    assert newest is not None
    assert ended(store, newest) is JobStatus.CANCELLED


def test_off_a_terminal_a_wait_says_one_line_a_change(piped: Call, store: Store) -> None:
    fast = {"PLINTHCTL_SIMULATOR_SPEED": "20"}
    said = piped(*SUBMIT, *ACME, "--wait", "-o", "json", env=fast)  # type: ignore[arg-type]
    assert said.code == 0
    assert "\x1b" not in said.err
    assert "Waiting for a worker…" in said.err
    assert "✓ Competitor profile ready" in said.err
    assert '"simulated": true' in said.out
    assert '"status": "completed"' in said.out


def test_a_failed_job_exits_8_and_says_why(piped: Call) -> None:
    nowhere = ("-i", "company_name=Nowhere", "-i", "company_url=https://nowhere.invalid")
    said = piped(*SUBMIT, *nowhere, "--wait", env={"PLINTHCTL_SIMULATOR_SPEED": "50"})  # type: ignore[arg-type]
    assert said.code == 8
    assert "competitor analysis failed" in said.err
    assert "nowhere.invalid" in said.err
    shown = piped("show", "@last")
    assert "✗ scrape-website" in shown.out
    assert "error   " in shown.out


def test_a_worker_that_cannot_start_is_told_with_its_last_words(piped: Call) -> None:
    said = piped(*SUBMIT, *ACME, "--wait", env={"PLINTHCTL_SIMULATOR_JOURNAL": "/nowhere/j"})
    assert said.code == 1
    assert "the worker that was started ended with exit code" in said.err
    assert "why: " in said.err
    assert "worker.log" in said.err
    assert "Traceback" not in said.err
