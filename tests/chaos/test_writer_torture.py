"""Writers of one SQLite file that are frozen, killed and starved of room.

`make soak` runs it for as long as PLINTH_SOAK_S says; PLINTH_SEED repeats a run.
"""

import fcntl
import random
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from plinthctl.domain.limits import Limits
from plinthctl.errors import StoreBusy
from plinthctl.store import open_store
from tests.chaos.audit import Audit
from tests.chaos.ledger import Books, Said
from tests.chaos.length import SEED, TORTURE_S
from tests.chaos.processes import GENEROUS_S, Child, until
from tests.chaos.torture import Troupe, file_of, goes_on, judging, torture
from tests.stores import a_job

SLEEPS = 20
LOOKS = 100


@pytest.fixture
def troupe(sqlite_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Troupe]:
    troupe = Troupe(sqlite_url, tmp_path, SEED, writers=request.param)
    yield troupe
    troupe.put_away()


@pytest.mark.timeout(TORTURE_S + 120)
@pytest.mark.parametrize("troupe", [4], indirect=True, ids=["four saturated writers"])
def test_every_acknowledged_write_survives_and_no_living_worker_loses_a_job(
    troupe: Troupe, sqlite_url: str
) -> None:
    sys.stderr.write(f"to repeat: PLINTH_SEED={SEED}\n")
    troupe.all_write()
    audit = Audit(file_of(sqlite_url))
    with judging(sqlite_url):
        torture(troupe, random.Random(SEED), TORTURE_S)
        lost = {one.partition(":")[0] for one in Books(troupe.killed).ids(Said.ACKED, "held")}
        # What the judge did counts, not what it could tell: the store may have
        # been full before it had finished.
        until(lambda: lost <= audit.recovered(), "recovery", within_s=GENEROUS_S + TORTURE_S)
    assert set(troupe.end_well()) == {0}
    audit.is_sound()
    audit.agrees_with(Books(troupe.ledgers))
    survivors = [troupe.keepers_ledger, *(ledger for _, ledger in troupe.writers)]
    assert Books(survivors).ids(Said.ACKED, "held") - audit.running() == set()
    assert len(audit.buried()) == len(troupe.killed)
    audit.close()


def _holds_the_turn(frozen: Child, database: Path) -> bool:
    """Whether this process stopped inside the turnstile: nobody else leaves it so long."""
    turn = database.with_name(database.name + ".turn")
    with turn.open() as file:
        for _ in range(LOOKS):
            if _can_be_had(file) or int(turn.read_text()) != frozen.pid:
                return False
            time.sleep(0.001)
    return True


def _can_be_had(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _frozen_inside(child: Child, database: Path) -> bool:
    child.freeze()
    if _holds_the_turn(child, database):
        return True
    child.thaw()
    return False


@pytest.mark.parametrize("troupe", [1], indirect=True, ids=["one saturated writer"])
def test_who_waits_for_a_frozen_writer_is_told_its_name_and_goes_on_after_it(
    troupe: Troupe, sqlite_url: str
) -> None:
    troupe.all_write()
    [(writer, _)] = troupe.writers
    until(lambda: _frozen_inside(writer, file_of(sqlite_url)), "a freeze inside the turnstile")
    store = open_store(sqlite_url)
    try:
        refused = a_job()
        with pytest.raises(StoreBusy) as busy:
            store.admit(refused, Limits(), "ana", {})
        assert f"process {writer.pid} (stopped)" in str(busy.value)
        writer.thaw()
        assert store.admit(a_job(), Limits(), "ana", {})
        troupe.all_write()
        assert store.job(refused.id) is None
    finally:
        store.close()
    assert set(troupe.end_well()) == {0}


@pytest.mark.parametrize("troupe", [2], indirect=True, ids=["two saturated writers"])
def test_a_writer_that_is_sent_to_sleep_never_falls_asleep_inside_the_turnstile(
    troupe: Troupe, sqlite_url: str
) -> None:
    troupe.all_write()
    (sleeper, its_ledger), (_, others_ledger) = troupe.writers
    for _ in range(SLEEPS):
        sleeper.send(signal.SIGTSTP)
        sleeper.wait_until_stopped()
        # Inside it, nobody else could write now.
        goes_on(others_ledger, within_s=4.0)
        sleeper.thaw()
        goes_on(its_ledger)
    assert set(troupe.end_well()) == {0}
