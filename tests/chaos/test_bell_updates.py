"""Watchers of 100 jobs at once hear of every change, once and in order."""

from pathlib import Path
from typing import Final

import pytest

from plinthctl.domain.liveness import WorkerMode
from plinthctl.errors import ExitCode
from tests.chaos.fleet import WAITS, Fleet
from tests.chaos.follower import followers, told_whole
from tests.chaos.histories import detail_of
from tests.e2e.program import Program
from tests.valkeys import Valkey

JOBS: Final = 100
FOLLOWERS: Final = 3


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_of_100_jobs_at_once_no_change_is_missing_and_none_told_twice(
    program: Program, valkey: Valkey, tmp_path: Path
) -> None:
    fleet = Fleet.of(program, tmp_path / "errands", PLINTHCTL_REDIS_URL=valkey.tcp_url)
    with fleet.workers(2, "--concurrency", "50"):
        fleet.all_say(WorkerMode.BELL)
        jobs = fleet.submit_and_ring(JOBS, valkey.tcp_url, **WAITS)
        with followers(fleet.program, jobs, tmp_path, FOLLOWERS) as watching:
            fleet.let_go()
            assert [one.ends() for one in watching] == [ExitCode.OK] * FOLLOWERS
    for one in watching:
        assert one.said("live updates") == []
        for job_id in jobs:
            told_whole(one, job_id)
            assert one.told_of(job_id)[-1]["seq"] == detail_of(fleet.store, job_id).job.event_seq
    fleet.each_ran_once(jobs)
