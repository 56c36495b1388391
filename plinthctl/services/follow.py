"""Follow jobs to their end: told of each change as it happens, or looking again and again."""

import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final, Protocol

from plinthctl.domain.views import JobNews, JobView
from plinthctl.errors import BellUnavailable, NotFound, StoreUnavailable

AWAY_FIRST_S: Final = 1.0
AWAY_LONGEST_S: Final = 8.0
LOOK_ANYWAY_S: Final = 2.0  # a message may be lost, an event is not


class Reads(Protocol):
    """The little of a store that following needs."""

    def news(self, known: Mapping[str, int | None]) -> tuple[JobNews, ...]:
        """The jobs of these ids that there are, with their events after the given
        numbers (None: no events), all read at one moment."""
        ...


class Ear(Protocol):
    """A subscription to the updates of some jobs."""

    def wait(self, timeout_s: float) -> frozenset[str]:
        """The jobs that were heard of; empty when time is up. Raises `BellUnavailable`."""
        ...

    def close(self) -> None:
        """Stop listening."""
        ...


class Listens(Protocol):
    """The little of a bell that following needs."""

    def ear(self, ids: Sequence[str]) -> Ear | None:
        """Once it returns, no update of these jobs is missed; None: there is no bell.
        Raises `BellUnavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """The jobs at one look, in the order they were asked for, and those among them
    that are seen for the first time, or to which something has happened since."""

    jobs: tuple[JobView, ...]
    news: tuple[JobNews, ...] = ()

    @property
    def all_ended(self) -> bool:
        """Whether nothing is left to wait for."""
        return all(job.ended for job in self.jobs)


@dataclass(frozen=True, slots=True)
class Away:
    """The store did not answer; it is asked again in ``retry_s`` seconds."""

    error: StoreUnavailable
    retry_s: float


@dataclass(frozen=True, slots=True)
class Deaf:
    """Updates do not come any more: the store is looked at each ``poll_s`` seconds.
    ``error`` None: they come again."""

    error: BellUnavailable | None
    poll_s: float


Update = Seen | Away | Deaf


@dataclass(frozen=True, slots=True)
class Pace:
    """How to follow: how often to look (seconds) where nobody tells of changes, for
    how long (None: without an end), and whether to listen at all."""

    poll_s: float
    limit_s: float | None = None
    live: bool = True


@dataclass(slots=True)
class Follow:
    """``monotonic`` and ``sleep`` are the clock's; tests hand in their own."""

    store: Reads
    bell: Listens | None = None
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def updates(self, ids: Sequence[str], pace: Pace) -> Iterator[Update]:
        """What is seen, until every job has ended or the limit has passed.

        The first `Seen` has each job's state, and each later event of it is in exactly
        one of the following, in order; none is older than the one before. At the limit
        there is one last look.

        Raises:
            NotFound: a job is not, or no longer, in the store.
            StoreUnavailable: the store is still away when the limit passes.
        """
        until = None if pace.limit_s is None else self.monotonic() + pace.limit_s
        told = _Told(ids)
        hearing = _Hearing(self.bell if pace.live else None, ids, pace.poll_s, self)
        heard, away_s = frozenset(ids), AWAY_FIRST_S
        with closing(hearing):
            while True:
                yield from hearing.listen()
                update = self._look(told, heard if hearing.live else frozenset(ids), away_s)
                yield update
                if isinstance(update, Seen) and update.all_ended:
                    return
                left_s = None if until is None else until - self.monotonic()
                if left_s is not None and left_s <= 0:
                    return _give_up(update)
                if isinstance(update, Away):
                    self.sleep(away_s if left_s is None else min(away_s, left_s))
                    heard, away_s = frozenset(ids), min(away_s * 2, AWAY_LONGEST_S)
                else:
                    heard, away_s = hearing.wait(left_s), AWAY_FIRST_S

    def _look(self, told: "_Told", wanted: frozenset[str], away_s: float) -> Seen | Away:
        asked = told.known(wanted)
        try:
            return told.after(asked, self.store.news(asked))
        except StoreUnavailable as error:
            return Away(error, away_s)


class _Told:
    """What the follower knows: each job as last seen, and up to which event."""

    def __init__(self, ids: Sequence[str]) -> None:
        self._ids = tuple(dict.fromkeys(ids))
        self._jobs: dict[str, JobView] = {}

    def known(self, wanted: frozenset[str]) -> dict[str, int | None]:
        """What to ask for: jobs that have ended are not asked for again."""
        new = {i: None for i in self._ids if i not in self._jobs}
        going = {i: job.event_seq for i, job in self._jobs.items() if not job.ended}
        return {**new, **{i: seq for i, seq in going.items() if i in wanted}}

    def after(self, asked: Iterable[str], found: Sequence[JobNews]) -> Seen:
        """What there is to see now. Raises `NotFound`."""
        _all_there(asked, {one.job.id for one in found})
        newer = [self._whole(one) for one in found if self._is_no_older(one.job)]
        news = tuple(one for one in newer if one.events or one.job.id not in self._jobs)
        self._jobs |= {one.job.id: one.job for one in newer}
        return Seen(tuple(self._jobs[i] for i in self._ids), news)

    def _whole(self, one: JobNews) -> JobNews:
        """What is usual of its type is read at the first look only."""
        known = self._jobs.get(one.job.id)
        if known is None or one.job.usual_s is not None:
            return one
        return replace(one, job=replace(one.job, usual_s=known.usual_s))

    def _is_no_older(self, job: JobView) -> bool:
        """A store that was put back, or answers from a copy that lags behind, is not shown."""
        known = self._jobs.get(job.id)
        return known is None or known.event_seq <= job.event_seq


def _all_there(asked: Iterable[str], found: Container[str]) -> None:
    for job_id in asked:
        if job_id not in found:
            fix = "plinthctl list"
            raise NotFound(f'no job "{job_id}"', fix=fix, details={"id": job_id})


class _Hearing:
    """The bell as long as it rings, and a clock while it does not."""

    def __init__(
        self, bell: Listens | None, ids: Sequence[str], poll_s: float, clock: Follow
    ) -> None:
        self._bell = bell
        self._ids = ids
        self._poll_s = poll_s
        self._clock = clock
        self._ear: Ear | None = None
        self._again_at = 0.0
        self._again_s = AWAY_FIRST_S
        self._all_at = 0.0
        self._lost: BellUnavailable | None = None
        self._said = False

    @property
    def live(self) -> bool:
        """Whether updates come."""
        return self._ear is not None

    def listen(self) -> Iterator[Deaf]:
        """Listen (again) if nobody does; says so once when it fails, and when it works again."""
        if self._ear is None and self._bell is not None:
            self._try(self._bell)
        if self._lost is not None and not self._said:
            self._said = True
            yield Deaf(self._lost, self._poll_s)
        if self._ear is not None and self._said:
            self._said = False
            yield Deaf(None, self._poll_s)

    def _try(self, bell: Listens) -> None:
        if self._clock.monotonic() < self._again_at:
            return
        try:
            self._ear = bell.ear(self._ids)
            self._lost, self._again_s = None, AWAY_FIRST_S
            self._look_at_all_later()
        except BellUnavailable as error:
            self._put_off(error)

    def _put_off(self, error: BellUnavailable) -> None:
        self._lost = error
        self._again_at = self._clock.monotonic() + self._again_s
        self._again_s = min(self._again_s * 2, AWAY_LONGEST_S)

    def wait(self, at_most_s: float | None) -> frozenset[str]:
        """The jobs to look at, once there is a reason: those that were heard of, or all,
        each `LOOK_ANYWAY_S` at the latest, however much is heard of others."""
        if self._ear is None:
            self._clock.sleep(_least(self._poll_s, at_most_s))
            return frozenset(self._ids)
        left_s = max(0.0, self._all_at - self._clock.monotonic())
        heard = self._hear(self._ear, _least(left_s, at_most_s))
        if heard and self._clock.monotonic() < self._all_at:
            return heard
        self._look_at_all_later()
        return frozenset(self._ids)

    def _look_at_all_later(self) -> None:
        self._all_at = self._clock.monotonic() + LOOK_ANYWAY_S

    def _hear(self, ear: Ear, within_s: float) -> frozenset[str]:
        try:
            return ear.wait(within_s)
        except BellUnavailable:
            # Worth a word only if it cannot be had again: with the last worker goes the bell.
            self.close()
            return frozenset()

    def close(self) -> None:
        """Stop listening."""
        if self._ear is not None:
            self._ear.close()
            self._ear = None


def _least(seconds: float, at_most_s: float | None) -> float:
    return seconds if at_most_s is None else min(seconds, at_most_s)


def _give_up(update: Seen | Away) -> None:
    if isinstance(update, Away):
        raise update.error
