"""Deliveries are hints: doubled, each job runs once; dropped, each job runs all the same."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from plinthctl.domain.liveness import WorkerMode
from plinthctl.domain.news import News
from tests.chaos.fleet import Fleet, heard, ring
from tests.chaos.histories import detail_of, kinds
from tests.e2e.program import Program
from tests.valkeys import Valkey

WORKERS: Final = 4
JOBS: Final = 200
LOT: Final = 10


@pytest.fixture
def fleet(program: Program, valkey: Valkey, tmp_path: Path) -> Fleet:
    return Fleet.of(program, tmp_path / "errands", PLINTHCTL_REDIS_URL=valkey.tcp_url)


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_200_jobs_that_are_delivered_twice_to_four_workers_run_once(
    fleet: Fleet, valkey: Valkey
) -> None:
    with fleet.workers(WORKERS), heard(fleet.store) as news:
        fleet.all_say(WorkerMode.BELL)
        jobs = fleet.submit(JOBS)
        _deliver_twice(fleet, valkey, news)
        fleet.all_ended()
    fleet.each_ran_once(jobs)
    assert {kinds(detail_of(fleet.store, job_id)).count("claimed") for job_id in jobs} == {1}


def _deliver_twice(fleet: Fleet, server: Valkey, news: Sequence[News]) -> None:
    """Each lot again at the very moment at which it was taken."""
    queue = f"plinthctl:{fleet.store.name}:queue:errand"
    with server.client() as client:
        for first in range(0, len(news), LOT):
            for _ in range(2):
                ring(fleet.store, server.tcp_url, news[first : first + LOT])
                while client.zcard(queue):
                    pass
        assert client.info("commandstats")["cmdstat_zrem"]["calls"] == 2 * len(news)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_200_jobs_of_which_no_worker_is_told_complete(fleet: Fleet, valkey: Valkey) -> None:
    with fleet.workers(WORKERS):
        fleet.all_say(WorkerMode.BELL)
        unrung = fleet.submit(JOBS // 2)
        # Taken with thanks, and never passed on: nobody looks into that database.
        swallowed = fleet.submit_and_ring(JOBS // 2, f"{valkey.tcp_url[:-1]}1")
        fleet.all_ended()
        fleet.all_say(WorkerMode.BELL)
    fleet.each_ran_once([*unrung, *swallowed])
    assert fleet.said("no_bell") == []
