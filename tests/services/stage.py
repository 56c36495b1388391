"""A store, a bell and a clock on which a test plays what happens to followed jobs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from plinthctl.domain.job import JobStatus
from plinthctl.domain.views import EventView, JobNews, JobView
from plinthctl.errors import BellUnavailable, StoreUnavailable
from plinthctl.services.follow import Follow, Pace, Update
from tests.cli import samples

POLL_S: Final = 0.5
USUAL_S: Final = (31.0, 61.0)  # told with the first look at a job only
LIVE: Final = Pace(POLL_S)
GONE: Final = BellUnavailable("Redis at redis://h does not answer")

Act = Callable[["Stage"], None]


class Stage:
    """A store, a bell and a clock. What is to happen at which second is given, in any order.

    A follower that waits gets to the next thing that happens, or to the end of its wait.
    """

    def __init__(self, *ids: str) -> None:
        self.now = 0.0
        self.asked: list[tuple[float, dict[str, int | None]]] = []
        self.ears = 0
        self.store_away = False
        self.deaf: BellUnavailable | None = None
        self.there_is_a_bell = True
        self._plan: list[tuple[float, Act]] = []
        self._jobs = {i: samples.pending(id=i, event_seq=1) for i in ids}
        self._events: dict[str, list[EventView]] = {i: [_event(1)] for i in ids}
        self._said = set[str]()
        self._broken = False

    def at(self, second: float, *acts: Act) -> "Stage":
        self._plan += [(second, act) for act in acts]
        return self

    # -- what may happen ---------------------------------------------------------------

    def happen(self, job_id: str, *, ends: bool = False, told: bool = True) -> None:
        job = self._jobs[job_id]
        status = JobStatus.COMPLETED if ends else JobStatus.RUNNING
        self._jobs[job_id] = replace(job, status=status, event_seq=job.event_seq + 1)
        self._events[job_id].append(_event(job.event_seq + 1))
        if told:
            self._said.add(job_id)

    def vanish(self, job_id: str) -> None:
        del self._jobs[job_id]

    def go_back(self, job_id: str) -> None:
        job = self._jobs[job_id]
        self._jobs[job_id] = replace(job, status=JobStatus.PENDING, event_seq=job.event_seq - 1)

    def break_the_ear(self) -> None:
        self._broken = True

    # -- the clock -----------------------------------------------------------------------

    def sleep(self, seconds: float) -> None:
        until = self.now + seconds
        while self._pass(until):
            pass
        self.now = max(self.now, until)

    def _pass(self, until: float) -> bool:
        """Whether something happened by then."""
        due = sorted((s for s, _ in self._plan if s <= until))
        if not due:
            return False
        self.now = max(self.now, due[0])
        acts = [act for s, act in self._plan if s == due[0]]
        self._plan = [(s, act) for s, act in self._plan if s != due[0]]
        for act in acts:
            act(self)
        return True

    # -- the store, the bell, the ear -------------------------------------------------------

    def news(self, known: Mapping[str, int | None]) -> tuple[JobNews, ...]:
        self.asked.append((self.now, dict(known)))
        if self.store_away:
            raise StoreUnavailable("nobody answers")
        return tuple(
            JobNews(self._told(i, first=seq is None), self._after(i, seq))
            for i, seq in known.items()
            if i in self._jobs
        )

    def _told(self, job_id: str, *, first: bool) -> JobView:
        return replace(self._jobs[job_id], usual_s=USUAL_S if first else None)

    def _after(self, job_id: str, seq: int | None) -> tuple[EventView, ...]:
        events = self._events[job_id] if seq is not None else []
        return tuple(event for event in events if event.seq > (seq or 0))

    def ear(self, ids: Sequence[str]) -> "Stage | None":
        if self.deaf is not None:
            raise self.deaf
        self.ears += self.there_is_a_bell
        self._said.clear()
        self._broken = False
        return self if self.there_is_a_bell else None

    def wait(self, timeout_s: float) -> frozenset[str]:
        until = self.now + timeout_s
        while not self._said and not self._broken and self._pass(until):
            pass
        if self._broken or self.deaf is not None:
            raise GONE
        if not self._said:
            self.now = max(self.now, until)
        heard, self._said = frozenset(self._said), set()
        return heard

    def close(self) -> None:
        self.ears -= 1

    # -- the follower ----------------------------------------------------------------------

    def follow(self, *ids: str, pace: Pace = LIVE) -> list[tuple[float, Update]]:
        follow = Follow(self, self, monotonic=lambda: self.now, sleep=self.sleep)
        return [(self.now, update) for update in follow.updates(ids or list(self._jobs), pace)]


def _event(seq: int) -> EventView:
    return EventView(seq, samples.NOW, "step_done", None, {})


def happens(job_id: str, *, ends: bool = False, told: bool = True) -> Act:
    return lambda stage: stage.happen(job_id, ends=ends, told=told)


def ends(job_id: str, *, told: bool = True) -> Act:
    return happens(job_id, ends=True, told=told)


def falls_silent(stage: Stage) -> None:
    stage.deaf = GONE


def breaks(stage: Stage) -> None:
    stage.break_the_ear()


def rings_again(stage: Stage) -> None:
    stage.deaf = None


def is_taken_down(stage: Stage) -> None:
    stage.there_is_a_bell = False
    stage.break_the_ear()


def store_leaves(stage: Stage) -> None:
    stage.store_away = True


def store_returns(stage: Stage) -> None:
    stage.store_away = False
