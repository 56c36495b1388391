"""A worker that can open no file and no connection any more loses nothing and goes on after."""

import resource

import pytest

from plinthctl.domain.job import JobStatus
from tests.chaos.histories import detail_of, ended_once, is_dense
from tests.e2e.program import Program, wait_for

NO_MORE = 3  # descriptors; whoever is at work has more


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_its_jobs_wait_and_complete_when_there_are_descriptors_again(program: Program) -> None:
    with program.worker() as worker:
        wait_for(program.store.workers, "it is on duty")
        soft, hard = resource.prlimit(worker.pid, resource.RLIMIT_NOFILE, (NO_MORE, _hard()))
        job = program.submit()
        wait_for(lambda: _has_failed(program, job), f"a step fails; {program.log()[-2000:]}")
        resource.prlimit(worker.pid, resource.RLIMIT_NOFILE, (soft, hard))
        detail = program.ended(job)
        assert worker.poll() is None
    assert detail.job.status is JobStatus.COMPLETED, detail.job.error
    is_dense(detail)
    ended_once(detail)
    assert "Traceback" not in program.log()


def _hard() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def _has_failed(program: Program, job: str) -> bool:
    return "step_failed" in [one.kind for one in detail_of(program.store, job).events]
