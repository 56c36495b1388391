"""Follow jobs to their end by looking at the store again and again."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from plinthctl.domain.views import JobView
from plinthctl.errors import NotFound, StoreUnavailable

AWAY_FIRST_S: Final = 1.0
AWAY_LONGEST_S: Final = 8.0


class Reads(Protocol):
    """The little of a store that following needs."""

    def job(self, job_id: str) -> JobView | None:
        """The job, or None if there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """The jobs at one look, in the order they were asked for."""

    jobs: tuple[JobView, ...]

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
class Pace:
    """How often to look (seconds), and for how long; None: without an end."""

    poll_s: float
    limit_s: float | None = None


@dataclass(slots=True)
class Follow:
    """A look at the store each time `updates` is asked for the next one.

    ``monotonic`` and ``sleep`` are the clock's; tests hand in their own.
    """

    store: Reads
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def updates(self, ids: Sequence[str], pace: Pace) -> Iterator[Seen | Away]:
        """Looks, until every job has ended or the limit has passed.

        Raises:
            NotFound: a job is not, or no longer, in the store.
            StoreUnavailable: the store is still away when the limit passes.
        """
        until = None if pace.limit_s is None else self.monotonic() + pace.limit_s
        away_s = AWAY_FIRST_S
        while True:
            update = self._look(ids, away_s)
            yield update
            if isinstance(update, Seen) and update.all_ended:
                return
            wait_s = update.retry_s if isinstance(update, Away) else pace.poll_s
            away_s = min(away_s * 2, AWAY_LONGEST_S) if isinstance(update, Away) else AWAY_FIRST_S
            if until is not None and self.monotonic() >= until:
                return _give_up(update)
            self.sleep(wait_s if until is None else min(wait_s, until - self.monotonic()))

    def _look(self, ids: Sequence[str], away_s: float) -> Seen | Away:
        try:
            return Seen(tuple(self._job(job_id) for job_id in ids))
        except StoreUnavailable as error:
            return Away(error, away_s)

    def _job(self, job_id: str) -> JobView:
        found = self.store.job(job_id)
        if found is None:
            raise NotFound(f'no job "{job_id}"', fix="plinthctl list", details={"id": job_id})
        return found


def _give_up(update: Seen | Away) -> None:
    if isinstance(update, Away):
        raise update.error
