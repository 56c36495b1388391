"""Following: looks until the end, waits out a store that is away, gives up in time."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from plinthctl.domain.views import JobNews, JobView
from plinthctl.errors import NotFound, StoreUnavailable
from plinthctl.services.follow import Away, Follow, Pace, Seen, Update
from tests.cli import samples

AWAY = StoreUnavailable("nobody answers")


class Scripted:
    """A store that says one thing a look, and the clock beside it."""

    def __init__(self, *answers: JobView | StoreUnavailable | None) -> None:
        self._answers = list(answers)
        self.now = 0.0
        self.slept: list[float] = []

    def news(self, known: Mapping[str, int]) -> tuple[JobNews, ...]:
        answers = [self._next() for _ in known]
        found = zip(known, answers, strict=True)
        return tuple(JobNews(replace(job, id=i), ()) for i, job in found if job is not None)

    def _next(self) -> JobView | None:
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, StoreUnavailable):
            raise answer
        return answer

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def follow(self) -> Follow:
        return Follow(self, monotonic=lambda: self.now, sleep=self.sleep)


def kinds(updates: Sequence[Update]) -> list[str]:
    return [_kind(update) for update in updates]


def _kind(update: Update) -> str:
    match update:
        case Seen():
            return f"{update.jobs[0].status}:{update.jobs[0].progress}"
        case Away():
            return "away"
        case _:
            return "deaf" if update.error else "hears"


def test_it_looks_at_the_pace_until_the_job_has_ended() -> None:
    store = Scripted(samples.pending(), samples.a_job(), samples.completed())
    updates = list(store.follow().updates(["j"], Pace(3.0)))
    assert kinds(updates) == ["pending:0", "running:60", "completed:100"]
    assert store.slept == [3.0, 3.0]


def test_a_job_that_has_ended_is_seen_once_without_waiting() -> None:
    store = Scripted(samples.completed())
    assert kinds(list(store.follow().updates(["j"], Pace(3.0)))) == ["completed:100"]
    assert store.slept == []


def test_the_limit_ends_the_following_with_a_last_look() -> None:
    store = Scripted(samples.a_job())
    updates = list(store.follow().updates(["j"], Pace(3.0, limit_s=7.0)))
    assert kinds(updates) == ["running:60"] * 4
    assert store.slept == [3.0, 3.0, 1.0]


def test_a_store_that_is_away_is_waited_for_longer_each_time() -> None:
    store = Scripted(samples.a_job(), AWAY, AWAY, AWAY, AWAY, AWAY, samples.completed())
    updates = list(store.follow().updates(["j"], Pace(0.5)))
    assert kinds(updates) == ["running:60", *["away"] * 5, "completed:100"]
    assert store.slept == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]


def test_a_store_still_away_at_the_limit_is_an_error() -> None:
    store = Scripted(AWAY)
    with pytest.raises(StoreUnavailable):
        list(store.follow().updates(["j"], Pace(0.5, limit_s=5.0)))
    assert store.now == 5.0


def test_a_job_that_is_gone_is_an_error() -> None:
    with pytest.raises(NotFound):
        list(Scripted(None).follow().updates(["j"], Pace(0.5)))


def test_several_jobs_are_followed_until_the_last_has_ended() -> None:
    store = Scripted(samples.completed(), samples.a_job(), samples.completed(), samples.failed())
    updates = list(store.follow().updates(["a", "b"], Pace(1.0)))
    assert [u.all_ended for u in updates if isinstance(u, Seen)] == [False, True]
