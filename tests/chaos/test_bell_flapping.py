"""A bell that fails again and again, for moments, while jobs come and go.

`make soak` plays it for half of PLINTH_SOAK_S; PLINTH_SEED repeats a run.
"""

import random
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from plinthctl.domain.liveness import WorkerMode
from plinthctl.errors import BellUnavailable
from tests.chaos.fleet import Fleet, heard, ring
from tests.chaos.length import SEED, SOAK, TORTURE_S
from tests.chaos.outages import FLUSHED, FROZEN, FULL, KILLED, LOCKED, READ_ONLY
from tests.e2e.program import Program
from tests.valkeys import Valkey

FOR_S: Final = TORTURE_S / 2 if SOAK else 4.0
WORKERS: Final = 2
LOT: Final = 10
LASTS_S: Final = (0.0, 1.5)
OUTAGES: Final = (FLUSHED, FROZEN, FULL, KILLED, LOCKED, READ_ONLY)


@pytest.mark.timeout(TORTURE_S + 120)
@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_every_job_runs_once_and_the_bell_rings_in_the_end(
    program: Program, valkey: Valkey, tmp_path: Path
) -> None:
    sys.stderr.write(f"to repeat: PLINTH_SEED={SEED}\n")
    dice = random.Random(SEED)
    fleet = Fleet.of(program, tmp_path / "errands", PLINTHCTL_REDIS_URL=valkey.tcp_url)
    with fleet.workers(WORKERS) as workers:
        jobs = list[str]()
        over_at = time.monotonic() + FOR_S
        while time.monotonic() < over_at:
            outage = dice.choice(OUTAGES)
            jobs += _submitted(fleet, valkey)
            outage.strike(valkey)
            jobs += _submitted(fleet, valkey)
            time.sleep(dice.uniform(*LASTS_S))
            outage.mend(valkey)
        fleet.all_ended()
        fleet.all_say(WorkerMode.BELL)
        assert [worker.poll() for worker in workers] == [None] * WORKERS
    fleet.each_ran_once(jobs)
    assert "Traceback" not in program.log()
    assert "never retrieved" not in program.log()


def _submitted(fleet: Fleet, server: Valkey) -> list[str]:
    """Jobs that workers are told of, if that can be done just now."""
    with heard(fleet.store) as news:
        ids = fleet.submit(LOT)
    with suppress(BellUnavailable):
        ring(fleet.store, server.tcp_url, news)
    return ids
