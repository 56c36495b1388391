"""One job: by its key, at its time, once there is a place."""

import json
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from plinthctl.domain.job import JobStatus, Phase
from plinthctl.domain.limits import Limits
from plinthctl.domain.queries import JobQuery
from plinthctl.store import Store
from tests.cli.conftest import Call
from tests.cli.screen import Screen
from tests.nursery import PROGRAM

SUBMIT = ("submit", "competitor_analysis")
ACME = ("-i", "company_name=Acme Corp", "-i", "company_url=https://acme.com")
PEAR = ("-i", "company_name=Pear", "-i", "company_url=https://pear.example")


# By a key


def test_a_key_makes_one_job_and_says_so(call: Call, store: Store) -> None:
    first = call(*SUBMIT, *ACME, "--key", "nightly-42")
    again = call(*SUBMIT, *ACME, "--key", "nightly-42")
    assert (first.code, again.code) == (0, 0)
    assert again.out == first.out
    assert 'the key "nightly-42" has made this job before' in again.err
    assert "has made this job before" not in first.err
    assert len(store.jobs(JobQuery())) == 1


def test_a_script_sees_whether_its_key_was_new(call: Call) -> None:
    told = [call(*SUBMIT, *ACME, "--key", "k", "-o", "json").out for _ in range(2)]
    new, old = map(json.loads, told)
    assert (new["existing"], old["existing"]) == (False, True)
    assert (new["id"], new["key"]) == (old["id"], "k")
    assert "existing" not in json.loads(call(*SUBMIT, *ACME, "-o", "json").out)


def test_a_key_with_another_input_exits_4(call: Call, store: Store) -> None:
    first = call(*SUBMIT, *ACME, "--key", "k").out.strip()
    said = call(*SUBMIT, *PEAR, "--key", "k", "-o", "json")
    assert (said.code, said.out) == (4, "")
    error = json.loads(said.err)["error"]
    assert (error["code"], error["details"]) == ("wrong_state", {"key": "k", "job": first})
    assert len(store.jobs(JobQuery())) == 1


def test_a_key_finds_its_job_where_the_limits_are_full(call: Call) -> None:
    held = [call(*SUBMIT, *ACME, "--user", "ana", "--key", f"k{n}").out for n in range(3)]
    assert call(*SUBMIT, *PEAR, "--user", "ana").code == 5
    assert call(*SUBMIT, *ACME, "--user", "ana", "--key", "k1").out == held[1]


def test_a_job_that_has_ended_is_found_by_its_key_without_a_warning(call: Call) -> None:
    job_id = call(*SUBMIT, *ACME, "--key", "k").out.strip()
    call("cancel", job_id)
    said = call(*SUBMIT, *ACME, "--key", "k")
    assert (said.code, said.out.strip()) == (0, job_id)
    assert "ago, cancelled" in said.err
    assert "expires" not in said.err
    assert call(*SUBMIT, *ACME, "--key", "k", "--wait").code == 9


def test_a_rehearsal_knows_the_key(call: Call) -> None:
    job_id = call(*SUBMIT, *ACME, "--key", "k").out.strip()
    told = json.loads(call(*SUBMIT, *ACME, "--key", "k", "--dry-run", "-o", "json").out)
    assert (told["dry_run"], told["existing"], told["id"]) == (True, True, job_id)
    assert "would find" in call(*SUBMIT, *ACME, "--key", "k", "--dry-run").out
    assert call(*SUBMIT, *PEAR, "--key", "k", "--dry-run").code == 4


# At a time


def test_a_job_starts_so_long_from_now(call: Call, store: Store) -> None:
    said = call(*SUBMIT, *ACME, "--in", "10m")
    job = store.job(said.out.strip())
    assert job is not None
    assert job.phase is Phase.SCHEDULED
    assert abs(job.available_at - job.created_at - timedelta(minutes=10)) < timedelta(seconds=30)
    at = job.available_at.astimezone()
    assert f"starts at {at:%H:%M}" in said.err
    expires = at + timedelta(minutes=5)
    assert f"the job expires at {expires:%H:%M}" in said.err


def test_a_job_starts_at_a_time(call: Call, store: Store) -> None:
    at = store.now() + timedelta(days=2)
    told = json.loads(call(*SUBMIT, *ACME, "--at", at.isoformat(), "-o", "json").out)
    assert (told["phase"], told["status"]) == ("scheduled", "pending")
    assert told["available_at"][:19] == at.isoformat()[:19]
    assert f"starts at {at.astimezone():%H:%M} on" in call("show", told["id"]).out


def test_a_scheduled_job_says_so_on_a_terminal() -> None:
    with Screen(*SUBMIT, *ACME, "--in", "2h", "--color", "never") as screen:
        assert screen.end() == 0
        line = screen.text.splitlines()[0]
    assert line.startswith("✓ competitor analysis scheduled   ")
    assert ", in 2h00m · usually 30-90s" in line


def test_a_scheduled_job_is_waited_for_until_its_end(piped: Call, store: Store) -> None:
    fast = {"PLINTHCTL_SIMULATOR_SPEED": "50"}
    said = piped(*SUBMIT, *ACME, "--in", "2s", "--wait", "-o", "id", env=fast)  # type: ignore[arg-type]
    assert said.code == 0, said.err
    job = store.job(said.out.strip())
    assert job is not None
    assert job.started_at is not None
    assert job.started_at >= job.available_at
    assert "scheduled" in said.err
    assert "Starts at" in said.err


def test_a_rehearsal_knows_the_start(call: Call, store: Store) -> None:
    told = json.loads(call(*SUBMIT, *ACME, "--in", "1h", "--dry-run", "-o", "json").out)
    assert told["available_at"].endswith("Z")
    assert "starts" in call(*SUBMIT, *ACME, "--in", "1h", "--dry-run").out
    assert store.jobs(JobQuery()) == ()


# Once there is a place


@contextmanager
def waiting(*words: str) -> Iterator[subprocess.Popen[str]]:
    """A submit that has said that it waits."""
    process = subprocess.Popen(
        [*PROGRAM, *SUBMIT, *words, "--user", "ana", "--wait-for-slot"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    net = threading.Timer(60, process.kill)
    net.start()
    try:
        line = process.stderr.readline()
        assert line.startswith("waiting for a place: user ana already has 3 of 3"), line
        assert "A place is likely free in 90 s." in line
        yield process
    finally:
        net.cancel()
        if process.poll() is None:
            process.kill()
        process.communicate()


def the_rest(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """What it says until its end. `communicate` would lose what was read ahead of a line."""
    assert process.stdout is not None
    assert process.stderr is not None
    err, out = process.stderr.read(), process.stdout.read()
    process.wait()
    return out, err


def test_a_place_that_comes_free_is_taken(store: Store, a_pending_job: Callable[..., str]) -> None:
    held = [a_pending_job() for _ in range(3)]
    with waiting(*ACME) as process:
        store.request_cancel(held[0], "ana", None)
        out, err = the_rest(process)
    assert process.returncode == 0
    assert "no worker is running; no place comes free before one is" in err
    job = store.job(out.strip())
    assert job is not None
    assert job.status is JobStatus.PENDING


def test_ctrl_c_submits_nothing_and_says_so(
    store: Store, a_pending_job: Callable[..., str]
) -> None:
    held = {a_pending_job() for _ in range(3)}
    with waiting(*ACME) as process:
        process.send_signal(signal.SIGINT)
        out, err = the_rest(process)
    assert (process.returncode, out) == (130, "")
    assert "Stopped waiting; nothing was submitted." in err
    assert {job.id for job in store.jobs(JobQuery())} == held


def test_time_without_a_place_exits_5_with_the_limit(
    call: Call, store: Store, a_pending_job: Callable[..., str]
) -> None:
    held = [a_pending_job() for _ in range(3)]
    wait = ("--wait-for-slot", "--timeout", "100ms", "--user", "ana", "-q")
    said = call(*SUBMIT, *ACME, *wait, "-o", "json")
    assert (said.code, said.out) == (5, "")
    error = json.loads(said.err.splitlines()[-1])["error"]
    assert error["code"] == "limit_reached"
    assert error["details"]["full"][0]["active"] == held
    assert "No place came free in time." in error["why"]
    assert len(store.jobs(JobQuery())) == 3


def test_who_finds_a_place_does_not_wait(call: Call) -> None:
    said = call(*SUBMIT, *ACME, "--wait-for-slot", "--timeout", "1ms")
    assert said.code == 0
    assert "waiting for a place" not in said.err


def test_a_limit_of_nothing_is_waited_for_as_long_as_asked(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLINTHCTL_LIMITS_ORG", "0")
    said = call(*SUBMIT, *ACME, "--wait-for-slot", "--timeout", "50ms")
    assert said.code == 5
    assert "waiting for a place: org default already has 0 of 0" in said.err
    assert "likely free" not in said.err


def test_a_conflict_of_keys_is_told_while_it_waits(
    store: Store, a_pending_job: Callable[..., str]
) -> None:
    from tests.stores import a_job

    for _ in range(3):
        a_pending_job()
    with waiting(*ACME, "--key", "k") as process:
        rival = a_job(org="default", user="bo", key="k", input={"another": "input"})
        store.admit(rival, Limits(org=99), "bo", {})
        _, err = the_rest(process)
    assert process.returncode == 4
    assert f'the key "k" belongs to {rival.id[-8:]}' in err
