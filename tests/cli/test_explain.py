"""``plinthctl explain``: the cause is found in a store, and its command helps."""

import json
import shlex
from collections.abc import Callable
from datetime import timedelta

import pytest

from plinthctl.domain.failures import FailureClass
from plinthctl.domain.ids import short
from plinthctl.store import Store
from tests.cli.conftest import Call
from tests.cli.steered import Jobs
from tests.store.acts import registered, set_job

TYPE = "competitor_analysis"


@pytest.fixture
def jobs(store: Store, a_pending_job: Callable[..., str]) -> Jobs:
    return Jobs(store, a_pending_job)


@pytest.fixture
def why(call: Call) -> Callable[[str], dict[str, object]]:
    """What `explain` says of a job, as JSON."""

    def asked(job_id: str) -> dict[str, object]:
        said = call("explain", job_id, "-o", "json")
        assert (said.code, said.err) == (0, "")
        found: dict[str, object] = json.loads(said.out)
        return found

    return asked


Why = Callable[[str], dict[str, object]]


def typed(call: Call, command: object) -> None:
    """Type what was suggested."""
    program, *arguments = shlex.split(str(command))
    assert program == "plinthctl"
    assert call(*arguments).code == 0


def started_ago(store: Store, job_id: str, seconds: float) -> None:
    set_job(store, job_id, started_at=store.now() - timedelta(seconds=seconds))


def paused(jobs: Jobs, call: Call) -> str:
    registered(jobs.store)
    assert call("pause", TYPE, "--reason", "too dear").code == 0
    return jobs.pending()


def parked(jobs: Jobs, call: Call) -> str:
    job_id = jobs.pending()
    assert call("providers", "open", "firecrawl", "--reason", "too dear").code == 0
    assert not jobs.store.claim(registered(jobs.store), [TYPE], 9)
    return job_id


def asked_in_vain(jobs: Jobs, _: Call) -> str:
    job_id = jobs.running().id
    jobs.store.request_cancel(job_id, "ana", None)
    set_job(jobs.store, job_id, cancel_requested_at=jobs.store.now() - timedelta(seconds=9))
    return job_id


def orphaned(jobs: Jobs, _: Call) -> str:
    job = jobs.running()
    set_job(jobs.store, job.id, worker_id="wrk_nobody")
    return job.id


def overdue(jobs: Jobs, _: Call) -> str:
    job_id = jobs.running().id
    started_ago(jobs.store, job_id, 601)
    return job_id


def slow(jobs: Jobs, _: Call) -> str:
    job_id = jobs.running().id
    started_ago(jobs.store, job_id, 120)
    return job_id


def expired(jobs: Jobs, call: Call) -> str:
    job_id = jobs.pending()
    set_job(jobs.store, job_id, available_at=jobs.store.now() - timedelta(minutes=6))
    assert call("reap").code == 0
    return job_id


def limited(jobs: Jobs, _: Call) -> str:
    return jobs.failed(FailureClass.RATE_LIMITED)


def cancelled(jobs: Jobs, call: Call) -> str:
    job_id = jobs.pending()
    assert call("cancel", job_id, "--reason", "wrong company").code == 0
    return job_id


@pytest.mark.parametrize(
    ("put", "cause", "status"),
    [
        pytest.param(paused, "paused", "pending", id="paused: resume"),
        pytest.param(parked, "parked", "pending", id="parked: close the circuit"),
        pytest.param(asked_in_vain, "cancelling", "cancelled", id="cancelling: cancel again"),
        pytest.param(orphaned, "worker_silent", "pending", id="its worker is gone: reap"),
        pytest.param(overdue, "too_long", "failed", id="too long: reap"),
        pytest.param(slow, "slow", "running", id="slow: cancel"),
        pytest.param(expired, "expired_in_queue", "pending", id="expired: retry"),
        pytest.param(limited, "provider_in_trouble", "pending", id="limited: retry"),
        pytest.param(cancelled, "cancelled", "pending", id="cancelled: retry"),
    ],
)
def test_what_it_suggests_helps(
    call: Call, jobs: Jobs, why: Why, put: Callable[[Jobs, Call], str], cause: str, status: str
) -> None:
    job_id = put(jobs, call)
    before = why(job_id)
    assert before["cause"] == cause
    typed(call, before["command"])
    assert jobs.status(job_id) == status
    assert why(job_id)["cause"] != cause


def test_without_a_worker_it_suggests_one_which_runs_the_job(
    call: Call, piped: Call, jobs: Jobs, why: Why
) -> None:
    job_id = jobs.pending()
    found = why(job_id)
    assert (found["cause"], found["command"]) == ("no_worker", "plinthctl worker")
    fast = {"PLINTHCTL_SIMULATOR_SPEED": "200"}
    assert piped("worker", "--burst", env=fast).code == 0
    assert why(job_id)["cause"] in {"completed", "degraded"}


def test_it_reads_as_one_sentence_its_evidence_and_what_to_type(call: Call, jobs: Jobs) -> None:
    job_id = jobs.pending()
    said = call("explain", job_id)
    assert said.out.splitlines() == [
        f"{short(job_id)}  {TYPE}  ○ pending",
        "It waits because no worker is alive; it expires in 5m.",
        "  · no worker has reported to this store",
        "  -> plinthctl worker",
    ]


def test_a_job_that_can_only_fail_again_has_no_command(call: Call, jobs: Jobs, why: Why) -> None:
    job_id = jobs.failed(FailureClass.INVALID_INPUT)
    found = why(job_id)
    assert found["command"] is None
    assert "a retry fails again" in str(found["otherwise"])
    assert call("explain", job_id).out.endswith("submit it again with other input\n")
