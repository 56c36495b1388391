"""A process that writes to a store as fast as it can and keeps a ledger of it.

    python -m tests.chaos.scribe URL LEDGER SEED THREADS DATA_DIR

It reports for duty as a worker does (row, life file, beats), claims jobs of its
own and stores a step of some. With no threads it only holds its jobs and beats.
It ends in good order when its standard input does.
"""

import asyncio
import os
import random
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from plinthctl.domain.failures import Usage
from plinthctl.domain.ids import IdPrefix
from plinthctl.domain.limits import Limits
from plinthctl.domain.runs import Advance, Answer, ClaimedJob, Shown, StepEnd, TryRecord
from plinthctl.domain.steps import StepStatus
from plinthctl.errors import StoreUnavailable
from plinthctl.services.life import LifeFile, boot_id, life_path
from plinthctl.store import Store, open_store
from tests.chaos.ledger import Ledger, Said, said_of
from tests.stores import a_job, a_worker, an_id
from worker.signals import Answers, answered

JOB, STEP, HELD = "job", "step", "held"
STORED_STEP = "scrape-website"
KEPT_JOBS = 3
BEAT_EVERY_S = 1.0
NO_MORE_PAGES, ALL_PAGES = 1, 2**30  # SQLite takes 1 as "no more than there are"


class Scribe:
    """Writes and takes notes, from several threads."""

    def __init__(self, store: Store, ledger: Ledger, worker_id: str) -> None:
        self._store = store
        self._ledger = ledger
        self._worker_id = worker_id
        self._over = threading.Event()

    def stop(self) -> None:
        self._over.set()

    def noted(self, kind: str, what: str, write: Callable[[], object]) -> bool:
        """Whether the write was acknowledged; the ledger says what became of it."""
        self._ledger.say(Said.ABOUT, kind, what)
        try:
            agreed = write() not in {None, Answer.LOST}
        except StoreUnavailable as error:
            self._ledger.say(said_of(error), kind, what)
            return False
        if agreed:
            self._ledger.say(Said.ACKED, kind, what)
        return agreed

    def keep_jobs(self) -> None:
        """Claim a few jobs, to be kept until the end."""
        for _ in range(KEPT_JOBS):
            while (job := self._admitted()) is None:
                pass
            claimed = self._store.claim_one(self._worker_id, job)
            assert claimed is not None
            self._ledger.say(Said.ACKED, HELD, f"{claimed.id}:{claimed.token}")

    def beat(self) -> None:
        while not self._over.wait(BEAT_EVERY_S):
            try:
                assert self._store.beat(self._worker_id) is not None, "buried alive"
            except StoreUnavailable:
                continue

    def write(self, dice: random.Random) -> None:
        while not self._over.is_set():
            job = self._admitted()
            if job is not None and dice.random() < 0.3:
                self._run_a_step(job)
            if dice.random() < 0.02:
                self._fill_up(dice)

    def _admitted(self) -> str | None:
        job = a_job()
        made = self.noted(JOB, job.id, lambda: self._store.admit(job, Limits(), "scribe", {}))
        return job.id if made else None

    def _run_a_step(self, job_id: str) -> None:
        try:
            claimed = self._store.claim_one(self._worker_id, job_id)
        except StoreUnavailable:
            return
        if claimed is not None:
            self.noted(STEP, job_id, lambda: self._store.apply(_stored(claimed)))

    def _fill_up(self, dice: random.Random) -> None:
        """Let the store be full for a few writes."""
        self._allow(NO_MORE_PAGES)
        for _ in range(dice.randrange(1, 6)):
            self._admitted()
        self._allow(ALL_PAGES)

    def _allow(self, pages: int) -> None:
        pragma = f"PRAGMA max_page_count = {pages}"
        try:
            self._store._database.write(lambda tx: tx.connection.exec_driver_sql(pragma).all())
        except StoreUnavailable:
            return  # its connection is gone, and with it the limit


def _stored(claimed: ClaimedJob) -> Advance:
    now = datetime.now(UTC)
    tried = TryRecord(1, 0, now, now, Usage())
    ended = StepEnd(STORED_STEP, StepStatus.DONE, tried, output={"page": "x" * 500})
    shown = Shown(40, "search-news", "Searching for news…", 1)
    return Advance(claimed.id, claimed.token, shown, ended)


async def _until_told(store: Store) -> None:
    """Wait for the end of the standard input, and sleep in good order meanwhile."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.add_reader(0, over.set)
    quiet = asyncio.to_thread
    with answered(Answers(over.set, lambda: quiet(store.quiesce), store.resume)):
        await over.wait()
    loop.remove_reader(0)


def main(url: str, ledger: str, seed: str, threads: str, data_dir: str) -> None:
    store = open_store(url)
    worker = an_id(IdPrefix.WORKER)
    life = LifeFile(life_path(Path(data_dir), store.safe_url, worker))
    store.register(
        a_worker(id=worker, boot_id=boot_id(), life_file=str(life.path), pid=os.getpid())
    )
    scribe = Scribe(store, Ledger(Path(ledger)), worker)
    scribe.keep_jobs()
    with ThreadPoolExecutor(int(threads) + 1) as pool:
        writing = [
            pool.submit(scribe.write, random.Random(f"{seed}-{number}"))
            for number in range(int(threads))
        ]
        running = [pool.submit(scribe.beat), *writing]
        asyncio.run(_until_told(store))
        scribe.stop()
    for thread in running:
        thread.result()
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
