"""Any process may be killed at any border: after one `reap` nothing needs a hand.

A job is then due or has ended, no dead worker is on duty, and the next worker brings
everything to its end, once. `make soak` kills on both databases, and also just before
each commit.
"""

from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from plinthctl.domain.job import JobStatus
from plinthctl.domain.queries import JobQuery
from tests.chaos.borders import KILLED, Mortals, Side
from tests.chaos.histories import completed_once, detail_of, ended_once, is_dense, kinds
from tests.chaos.length import SOAK
from tests.e2e.program import COMPANY, Program
from tests.store.acts import set_job
from tests.telling.ear import listening
from worker.simulator.control import SimulatorControl

BURST: Final = ("worker", "--burst")
SUBMIT: Final = ("submit", "competitor_analysis", *COMPANY, "--key", "once")
SIDES: Final = list(Side) if SOAK else [Side.AFTER]
BOTH: Final = pytest.mark.parametrize("side", [pytest.param(side, id=side) for side in SIDES])
DATABASES: Final = ["sqlite", "postgresql"] if SOAK else ["sqlite"]
pytestmark = pytest.mark.parametrize("store_url", DATABASES, indirect=True)


@pytest.fixture
def mortals(program: Program, tmp_path: Path) -> Mortals:
    return Mortals(program.environment, tmp_path / "said")


@pytest.fixture
def job(mortals: Mortals, program: Program) -> str:
    assert mortals.run(*SUBMIT) == 0
    return the_job(program)


def the_job(program: Program) -> str:
    (job,) = program.store.jobs(JobQuery(limit=None))
    return job.id


def needs_no_hand_after_a_reap(program: Program, mortals: Mortals) -> None:
    assert mortals.run("reap") == 0
    assert program.store.count(JobQuery(statuses=frozenset({JobStatus.RUNNING}))) == 0
    assert program.store.workers() == ()


def completes(program: Program, mortals: Mortals, job: str) -> None:
    """The next worker brings it to its end."""
    assert mortals.run(*BURST) == 0
    completed_once(detail_of(program.store, job))


@BOTH
@pytest.mark.parametrize("border", ["register", "claim", "step store", "finish", "leave"])
def test_a_worker(program: Program, mortals: Mortals, job: str, border: str, side: Side) -> None:
    assert mortals.run(*BURST, dies=border, side=side) == KILLED
    needs_no_hand_after_a_reap(program, mortals)
    completes(program, mortals, job)


def test_a_worker_whose_provider_has_just_answered(
    program: Program, mortals: Mortals, job: str
) -> None:
    assert mortals.run(*BURST, dies="step call") == KILLED
    needs_no_hand_after_a_reap(program, mortals)
    completes(program, mortals, job)


@BOTH
def test_a_worker_that_puts_a_job_off(
    program: Program, mortals: Mortals, control: SimulatorControl, job: str, side: Side
) -> None:
    control.fault("llm", "server_error")
    assert mortals.run(*BURST, dies="put back", side=side) == KILLED
    needs_no_hand_after_a_reap(program, mortals)
    assert mortals.run(*BURST) == 0
    detail = detail_of(program.store, job)
    assert detail.job.status is JobStatus.COMPLETED
    is_dense(detail)
    ended_once(detail)


@BOTH
@pytest.mark.parametrize("border", ["leave", "recover"])
def test_a_reap(program: Program, mortals: Mortals, job: str, border: str, side: Side) -> None:
    assert mortals.run(*BURST, dies="claim") == KILLED
    assert mortals.run("reap", dies=border, side=side) == KILLED
    needs_no_hand_after_a_reap(program, mortals)
    assert kinds(detail_of(program.store, job)).count("recovered") == 1
    completes(program, mortals, job)


@BOTH
def test_a_reap_that_ends_what_has_waited_too_long(
    program: Program, mortals: Mortals, job: str, side: Side
) -> None:
    long_ago = program.store.now() - timedelta(minutes=6)
    set_job(program.store, job, available_at=long_ago)
    assert mortals.run("reap", dies="expire", side=side) == KILLED
    needs_no_hand_after_a_reap(program, mortals)
    assert kinds(detail_of(program.store, job)) == ["submitted", "expired"]


@BOTH
@pytest.mark.parametrize("border", ["alert", "letter"])
def test_a_reap_that_alerts(
    program: Program, mortals: Mortals, job: str, border: str, side: Side
) -> None:
    with listening() as ear:
        alerts = {"QUEUE_DEPTH_THRESHOLD": "0", "WEBHOOK": ear.url, "TIMEOUT": "1s"}
        variables = {f"PLINTHCTL_ALERTS_{name}": value for name, value in alerts.items()}
        alerting = Mortals({**mortals.environment, **variables}, mortals.log)
        assert alerting.run("reap", dies=border, side=side) == KILLED
        needs_no_hand_after_a_reap(program, alerting)
        (open_one,) = program.store.open_alerts()
        assert [one["incident"] for one in ear.heard] in ([open_one.id], [])
    completes(program, mortals, job)


@BOTH
def test_a_submit(program: Program, mortals: Mortals, side: Side) -> None:
    assert mortals.run(*SUBMIT, dies="admit", side=side) == KILLED
    needs_no_hand_after_a_reap(program, mortals)
    assert program.store.count(JobQuery()) == (1 if side is Side.AFTER else 0)
    assert mortals.run(*SUBMIT) == 0
    completes(program, mortals, the_job(program))


@BOTH
def test_a_cancel(program: Program, mortals: Mortals, job: str, side: Side) -> None:
    assert mortals.run("cancel", job, dies="cancel", side=side) == KILLED
    needs_no_hand_after_a_reap(program, mortals)
    if side is Side.WITHIN:
        completes(program, mortals, job)
    else:
        assert kinds(detail_of(program.store, job)) == ["submitted", "cancelled"]


@BOTH
def test_a_retry(program: Program, mortals: Mortals, job: str, side: Side) -> None:
    assert mortals.run("cancel", job) == 0
    assert mortals.run("retry", job, dies="retry", side=side) == KILLED
    needs_no_hand_after_a_reap(program, mortals)
    told = kinds(detail_of(program.store, job))
    assert told == ["submitted", "cancelled", *(["retried"] if side is Side.AFTER else [])]
