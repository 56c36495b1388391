"""Streams that cannot be written, are closed, or speak another encoding."""

import os
import re
import subprocess
from collections.abc import Callable, Mapping

import pytest

from plinthctl.domain.queries import JobQuery
from plinthctl.store import Store
from tests.nursery import PROGRAM

ACME = "-i company_name=Acme -i company_url=https://acme.com"
SUBMIT = f"submit competitor_analysis {ACME}"
READING = ["list", "list -o json", "show {job}", "types", "--version", "-h"]

Sh = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def sh() -> Sh:
    """Run the program by a shell, which redirects its streams."""

    def run(
        arguments: str, streams: str, env: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        command = f"{' '.join(PROGRAM)} {arguments} {streams}"
        return subprocess.run(
            ["bash", "-c", command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, **(env or {})},
            check=False,
        )

    return run


@pytest.mark.parametrize("streams", [">/dev/full", ">&-"], ids=["a full disk", "closed"])
@pytest.mark.parametrize("arguments", READING)
def test_data_that_cannot_be_written_is_an_error(
    sh: Sh, a_pending_job: Callable[..., str], arguments: str, streams: str
) -> None:
    said = sh(arguments.format(job=a_pending_job()), streams)
    assert said.returncode == 1
    assert "stdout cannot be written: " in said.stderr
    assert "Traceback" not in said.stderr
    assert "Exception ignored" not in said.stderr


@pytest.mark.parametrize("streams", [">/dev/full", ">&-"], ids=["a full disk", "closed"])
def test_an_accepted_job_whose_id_cannot_be_written_is_named_on_stderr(
    sh: Sh, store: Store, streams: str
) -> None:
    said = sh(SUBMIT, streams)
    (job,) = store.jobs(JobQuery())
    assert said.returncode == 1
    assert f"{job.id} is stored all the same" in said.stderr


@pytest.mark.parametrize("streams", ["2>/dev/full", "2>&-"], ids=["a full disk", "closed"])
def test_talk_that_nobody_can_hear_does_not_stop_the_work(
    sh: Sh, store: Store, streams: str
) -> None:
    said = sh(SUBMIT, streams)
    (job,) = store.jobs(JobQuery())
    assert (said.returncode, said.stdout) == (0, job.id + "\n")


def test_a_closed_stdin_is_an_empty_one(sh: Sh) -> None:
    said = sh("submit competitor_analysis -f -", "<&-")
    assert said.returncode == 2
    assert "-f -: the input is not JSON" in said.stderr


@pytest.mark.parametrize("arguments", ["-h", "list -h", "types"])
def test_help_for_a_reader_that_left_ends_as_all_else_does(sh: Sh, arguments: str) -> None:
    said = sh(arguments, "| true; exit ${PIPESTATUS[0]}")
    assert (said.returncode, said.stderr) == (141, "")


def test_a_terminal_of_another_encoding_gets_marks_that_differ(
    sh: Sh, a_pending_job: Callable[..., str]
) -> None:
    job_id = a_pending_job()
    sh(f"cancel {job_id}", "")
    said = sh(f"show {job_id}", "", env={"PYTHONIOENCODING": "ascii"})
    assert said.returncode == 0
    assert re.search(r"competitor_analysis  - cancelled", said.stdout)
    assert re.search(r"\. scrape-website", said.stdout)
