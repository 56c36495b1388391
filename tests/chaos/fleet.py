"""Worker processes beside each other, and errands for them to run."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from plinthctl.broker.address import parse
from plinthctl.broker.bell import Bell
from plinthctl.domain.job import ACTIVE, FINAL
from plinthctl.domain.limits import Limits
from plinthctl.domain.liveness import WorkerMode
from plinthctl.domain.news import News, unheard
from plinthctl.domain.queries import JobQuery
from plinthctl.store import Store
from tests.chaos.histories import completed_once, detail_of
from tests.e2e.program import Program, wait_for
from tests.nursery import Process
from tests.stores import a_job

T = TypeVar("T")

ERRANDS: Final = Path(__file__).with_name("errands")
STEPS: Final = ("go", "come-back")
WAITS: Final = {"waits": True}  # at its first step, until errands are let go
LAST_WORDS: Final = 30


@dataclass(frozen=True)
class Fleet:
    """A program that knows errands; ``folder`` is where they are noted."""

    program: Program
    folder: Path

    @classmethod
    def of(cls, program: Program, folder: Path, **variables: str) -> "Fleet":
        folder.mkdir()
        own = {"PYTHONPATH": str(ERRANDS), "PLINTH_TEST_ERRANDS": str(folder)}
        return cls(replace(program, variables={**program.variables, **own, **variables}), folder)

    @property
    def store(self) -> Store:
        return self.program.store

    # -- workers --------------------------------------------------------------------

    @contextmanager
    def workers(self, count: int, *words: str) -> Iterator[list[Process]]:
        """So many, on duty; killed at the end if they still run."""
        with ExitStack() as all_of_them:
            yield self.hire(all_of_them, count, *words)

    def hire(self, until: ExitStack, count: int, *words: str) -> list[Process]:
        """So many more, on duty."""
        before = len(self.store.workers())
        new = [until.enter_context(self.program.worker(*words)) for _ in range(count)]
        self.on_duty(before + count)
        return new

    def on_duty(self, count: int) -> None:
        self.sees(lambda: len(self.store.workers()) == count, f"{count} on duty")

    def all_say(self, mode: WorkerMode, why: str | None = None) -> None:
        """Return once every worker's row says that it is in this mode, and why."""

        def they_do() -> bool:
            return {(row.mode, row.mode_why) for row in self.store.workers()} == {(mode, why)}

        self.sees(they_do, f"all say {mode}, {why}")

    def said(self, event: str) -> list[str]:
        """What all workers' logs tell of this event, in their order."""
        told = (json.loads(line) for line in self.program.log().splitlines())
        return [line["message"] for line in told if line["event"] == event]

    def sees(self, wanted: Callable[[], T | None], what: str) -> T:
        """What ``wanted`` returns, as soon as that is something."""
        try:
            return wait_for(wanted, what)
        except AssertionError as late:
            lines = self.program.log().splitlines()
            telling = [line for line in lines if '"job": ' not in line]
            late.add_note("\n".join(["the workers say:", *telling[-LAST_WORDS:]]))
            raise

    # -- errands --------------------------------------------------------------------

    def submit(self, count: int, **given: Any) -> list[str]:
        """Errands that nobody is told of."""
        jobs = [a_job(type="errand", input=given) for _ in range(count)]
        for job in jobs:
            assert self.store.admit(job, Limits(), "ana", {})
        return [job.id for job in jobs]

    def submit_and_ring(self, count: int, url: str, **given: Any) -> list[str]:
        """Errands that are delivered through the server there."""
        with heard(self.store) as news:
            ids = self.submit(count, **given)
        ring(self.store, url, news)
        return ids

    def hold(self) -> None:
        """Errands that wait shall wait until they are let go."""
        for one in self.folder.glob("pass-*"):
            one.unlink()
        (self.folder / "open").unlink(missing_ok=True)

    def let_go(self) -> None:
        """Errands that wait need not wait any more."""
        (self.folder / "open").touch()

    def let_some_go(self, count: int) -> None:
        """Return once so many errands have ended that had waited."""
        enough = self._ended() + count
        for number in range(count):
            (self.folder / f"pass-{number}").touch()
        self.sees(lambda: self._ended() >= enough, f"{count} have ended")

    def _ended(self) -> int:
        return self.store.count(JobQuery(statuses=FINAL))

    def runs(self) -> Counter[tuple[str, str]]:
        """How often each job's step was run, by what the steps themselves have noted."""
        notes = self.folder / "notes"
        lines = notes.read_text().splitlines() if notes.exists() else []
        return Counter((job, step) for job, step, _ in map(str.split, lines))

    def running(self, count: int) -> None:
        """Return once so many steps were begun in all."""
        self.sees(lambda: self.runs().total() >= count, f"{count} steps were begun")

    def all_ended(self) -> None:
        """Return once no job is left."""
        going = JobQuery(statuses=ACTIVE)
        self.sees(lambda: self.store.count(going) == 0, "every job has ended")

    def each_ran_once(self, ids: Sequence[str]) -> None:
        """Each job completed once, and nothing of it was done twice."""
        for job_id in ids:
            completed_once(detail_of(self.store, job_id))
        assert self.runs() == Counter((job_id, step) for job_id in ids for step in STEPS)


@contextmanager
def heard(store: Store) -> Iterator[list[News]]:
    """What the store tells meanwhile."""
    news: list[News] = []
    store.listen(news.extend)
    yield news
    store.listen(unheard)


def ring(store: Store, url: str, news: Sequence[News]) -> None:
    """Tell of the news through the server there."""
    Bell(lambda: parse(url), lambda: store.name).ring(news)
