"""Writers under torture: what is done to them, and the judge who looks on."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from plinthctl.domain.ids import IdPrefix
from plinthctl.errors import StoreUnavailable
from plinthctl.services.life import boot_id
from plinthctl.services.sweep import Sweeper
from plinthctl.store import open_store
from tests.chaos.audit import Audit
from tests.chaos.ledger import Said, acknowledged, last_acknowledged
from tests.chaos.processes import GENEROUS_S, Child, until
from tests.chaos.scribe import HELD, KEPT_JOBS
from tests.stores import a_worker, an_id

FREEZE_S = (0.02, 0.6)
THREADS = 6
LOOKS = 30
BETWEEN_LOOKS_S = (0.0005, 0.01)
LOOK_EVERY_S = 0.2
BEAT_EVERY_S = 1.0


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def goes_on(ledger: Path, within_s: float = GENEROUS_S) -> None:
    """Return once its writer was acknowledged more than what was under way."""
    enough = acknowledged(ledger) + THREADS + 1
    until(lambda: acknowledged(ledger) >= enough, f"{ledger.name} goes on", within_s)


def is_ready(ledger: Path) -> None:
    """Return once its writer has reported for duty and holds its jobs. Before that it
    cannot wait for one that is frozen."""
    held = f"{Said.ACKED} {HELD} "
    until(lambda: ledger.read_text().count(held) == KEPT_JOBS, f"{ledger.name} is ready")


class Troupe:
    """The writers, one that only keeps its jobs, and one that comes and goes."""

    def __init__(self, url: str, folder: Path, seed: int, writers: int) -> None:
        self._url = url
        self._folder = folder
        self._seed = seed
        self._started = 0
        self.ledgers: list[Path] = []
        self.killed: list[Path] = []
        self._audit = Audit(file_of(url))
        self._visitor = Child("tests.chaos.visitor", url, str(self._new_ledger()))
        self.keeper, self.keepers_ledger = self.a_scribe(threads=0)
        self.writers = [self.a_scribe(THREADS) for _ in range(writers)]
        for ledger in (self.keepers_ledger, *(ledger for _, ledger in self.writers)):
            is_ready(ledger)

    def a_scribe(self, threads: int) -> tuple[Child, Path]:
        ledger = self._new_ledger()
        seed = f"{self._seed}-{self._started}"
        data = str(self._folder)
        child = Child("tests.chaos.scribe", self._url, str(ledger), seed, str(threads), data)
        return child, ledger

    def _new_ledger(self) -> Path:
        self._started += 1
        ledger = self._folder / f"{self._started}.ledger"
        ledger.touch()
        self.ledgers.append(ledger)
        return ledger

    def all_write(self) -> None:
        """Return once each writer has been acknowledged something more."""
        for _, ledger in self.writers:
            goes_on(ledger)

    def freeze_one(self, dice: random.Random) -> None:
        """Let one stand still, wherever it is."""
        child, ledger = dice.choice(self.writers)
        child.freeze()
        self._all_acknowledged_is_there(ledger)
        time.sleep(dice.uniform(*FREEZE_S))
        child.thaw()

    def look_closely(self, dice: random.Random) -> None:
        """Stop one many times for a moment, to see what it has said by then."""
        child, ledger = dice.choice(self.writers)
        for _ in range(LOOKS):
            child.freeze()
            self._all_acknowledged_is_there(ledger)
            child.thaw()
            time.sleep(dice.uniform(*BETWEEN_LOOKS_S))

    def _all_acknowledged_is_there(self, ledger: Path) -> None:
        """What its writer was told to be stored, anybody can read."""
        lost = self._audit.missing(last_acknowledged(ledger, THREADS, "job"))
        assert lost == set(), "acknowledged before its commit"

    def kill_one(self, dice: random.Random) -> None:
        place = dice.randrange(len(self.writers))
        child, ledger = self.writers[place]
        child.kill()
        self.killed.append(ledger)
        self.writers[place] = self.a_scribe(THREADS)
        is_ready(self.writers[place][1])

    def end_well(self) -> list[int]:
        """Tell everybody to end; their exit codes."""
        children = [self.keeper, self._visitor, *(child for child, _ in self.writers)]
        for child in children:
            child.tell_to_end()
        return [child.exit_code() for child in children]

    def put_away(self) -> None:
        self._audit.close()
        for child in (self.keeper, self._visitor, *(child for child, _ in self.writers)):
            child.put_away()


class Judge(threading.Thread):
    """A worker that looks after the others as every worker does."""

    def __init__(self, url: str) -> None:
        super().__init__(name="judge")
        self._store = open_store(url)
        self._over = threading.Event()
        self._id = an_id(IdPrefix.WORKER)
        self._sweeper = Sweeper(self._store, boot_id())
        self._beats_s: list[float] = []
        self._store.register(a_worker(id=self._id))

    def run(self) -> None:
        while not self._over.wait(LOOK_EVERY_S):
            try:
                self._beat()
                self._look()
            except StoreUnavailable:
                continue

    def _beat(self) -> None:
        now_s = time.monotonic()
        if not self._beats_s or now_s - self._beats_s[-1] > BEAT_EVERY_S:
            self._store.beat(self._id)
            self._beats_s.append(now_s)

    def _look(self) -> None:
        beats_s = self._beats_s[-3:]
        gaps_s = tuple(b - a for a, b in pairwise(beats_s))
        self._sweeper.bury_dead_neighbours(self._id)
        self._sweeper.bury_the_silent(self._id, gaps_s, time.monotonic())

    def stop(self) -> None:
        self._over.set()
        self.join()
        self._store.close()


@contextmanager
def judging(url: str) -> Iterator[Judge]:
    judge = Judge(url)
    judge.start()
    try:
        yield judge
    finally:
        judge.stop()


def torture(troupe: Troupe, dice: random.Random, for_s: float) -> None:
    """Freeze and kill at random for that long, then let everybody recover."""
    acts: list[Callable[[random.Random], None]] = [
        troupe.look_closely,
        troupe.look_closely,
        troupe.freeze_one,
        troupe.freeze_one,
        troupe.kill_one,
    ]
    over_at = time.monotonic() + for_s
    while time.monotonic() < over_at:
        dice.choice(acts)(dice)
    troupe.all_write()
