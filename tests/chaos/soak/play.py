"""A soak from its first process to its report."""

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.chaos.soak.clients import Crowd
from tests.chaos.soak.evidence import Books, Evidence, evidence_of
from tests.chaos.soak.history import now_us
from tests.chaos.soak.nemesis import Nemesis
from tests.chaos.soak.report import Report, report
from tests.chaos.soak.world import World, world

ENDED_WITHIN_S: Final = 180.0  # after everything is mended
LOOK_EVERY_S: Final = 0.2


@dataclass(frozen=True)
class Soak:
    """It is over after ``seconds`` or, if that is less, after so many ``strikes``.
    ``every_s``: seconds between two, about; ``pace``: of the workers' clocks."""

    database: str
    seed: int
    seconds: float
    every_s: float = 3.0
    pace: float = 1.0
    strikes: int = sys.maxsize
    workers: int = 3


def soak(wanted: Soak, folder: Path) -> tuple[Report, Evidence]:
    """Play it in an empty folder, which keeps what was written there."""
    with world(folder, wanted.database, wanted.pace) as made:
        _hire(made, wanted.workers)
        nemesis = Nemesis(made, wanted.seed, wanted.every_s)
        with Crowd(made, wanted.seed), nemesis:
            nemesis.wait(wanted.seconds, wanted.strikes)
        made.control.reset()
        _until_all_ended(made)
        for worker in list(made.workers):
            made.send_home(worker)
        made.run("reap", "reap", "-q")
        _note_tracebacks(made)
        found = evidence_of(made.books_url, made.simulator.journal, [made.history.path])
    return report(found, wanted.seed, wanted.database, wanted.seconds / 60), found


def _hire(made: World, count: int) -> None:
    """Return once they are on duty."""
    for _ in range(count):
        made.hire()
    books, give_up_at = Books(made.books_url), time.monotonic() + ENDED_WITHIN_S
    while len(books.rows("SELECT id FROM workers")) < count:
        assert time.monotonic() < give_up_at, f"no workers: {made.log()[-2000:]}"
        time.sleep(LOOK_EVERY_S)
    books.close()


def _until_all_ended(made: World) -> None:
    """Until nobody has anything to do; what is left then breaks a rule."""
    books, give_up_at = Books(made.books_url), time.monotonic() + ENDED_WITHIN_S
    while books.active() and time.monotonic() < give_up_at:
        time.sleep(LOOK_EVERY_S)
    books.close()


def _note_tracebacks(made: World) -> None:
    if "Traceback" in (log := made.log()):
        said = log[log.index("Traceback") :][:2000]
        made.history.note("workers", "unknown", now_us(), stderr=said)
