"""The feed looks in its own time, one look after the other, and comes back by itself."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from textual.message import Message

from plinthctl.errors import PlinthError, StoreUnavailable
from tests.tui import looks
from tui.feed import Feed
from tui.frame import Asked, Frame, Wanted
from tui.messages import Arrived, Lost
from tui.pace import back_off, faster, paced, slower

LONG_S = 3600.0
PATIENCE_S = 20.0


@pytest.mark.parametrize(
    ("interval_s", "took_s", "expected_s"),
    [
        pytest.param(2.0, 0.004, 2.0, id="a quick look: as often as was asked for"),
        pytest.param(2.0, 2.0, 6.0, id="a look of 2 s: every 6 s, so 2s→6s is said"),
        pytest.param(0.5, 0.2, 0.6, id="a little too slow: a little less often"),
    ],
)
def test_looking_takes_a_third_of_the_time_at_most(
    interval_s: float, took_s: float, expected_s: float
) -> None:
    assert paced(interval_s, took_s) == pytest.approx(expected_s)


def test_a_store_that_is_away_is_asked_after_1_2_4_8_and_then_each_15_seconds() -> None:
    assert [back_off(attempt) for attempt in range(1, 8)] == [1, 2, 4, 8, 15, 15, 15]


def test_the_rate_has_steps_and_ends() -> None:
    assert (faster(2.0), slower(2.0), faster(0.5), slower(60.0)) == (1.0, 5.0, 0.5, 60.0)


class Store:
    """A store that answers when a test lets it."""

    def __init__(self) -> None:
        self.asked: queue.Queue[Wanted] = queue.Queue()
        self.answers: queue.Queue[Frame | Exception] = queue.Queue()
        self.at_once = 0
        self.most_at_once = 0

    def look(self, wanted: Wanted) -> Frame:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.asked.put(wanted)
        answer = self.answers.get(timeout=PATIENCE_S)
        self.at_once -= 1
        if isinstance(answer, Exception):
            raise answer
        return answer


@contextmanager
def feeding(interval_s: float = LONG_S) -> Iterator[tuple[Feed, Store, "queue.Queue[Message]"]]:
    store, told = Store(), queue.Queue[Message]()
    feed = Feed(store.look, told.put, interval_s)
    feed.start()
    yield feed, store, told
    store.answers.put(looks.a_frame())  # whoever still waits for one
    feed.stop()


def next_of(waiting: "queue.Queue[Message]") -> Message:
    return waiting.get(timeout=PATIENCE_S)


def test_it_looks_at_once_and_tells_what_it_has_seen() -> None:
    with feeding() as (_, store, told):
        frame = looks.a_frame()
        store.answers.put(frame)
        message = next_of(told)
        assert isinstance(message, Arrived)
        assert message.frame is frame


def test_what_is_wanted_anew_is_looked_for_at_once_and_never_beside_another_look() -> None:
    with feeding() as (feed, store, told):
        store.asked.get(timeout=PATIENCE_S)
        wanted = Wanted(jobs=Asked("status:failed"))
        for _ in range(20):
            feed.now()
        feed.want(wanted)
        assert store.asked.empty()
        store.answers.put(looks.a_frame())
        next_of(told)
        assert store.asked.get(timeout=PATIENCE_S) == wanted
        assert store.most_at_once == 1


@pytest.mark.parametrize("error", [StoreUnavailable("gone"), ZeroDivisionError("a bug")])
def test_a_look_that_fails_is_told_and_tried_again(error: Exception) -> None:
    with feeding() as (feed, store, told):
        for attempt in (1, 2):
            store.answers.put(error)
            lost = next_of(told)
            assert isinstance(lost, Lost)
            assert isinstance(lost.error, PlinthError)
            assert (lost.attempt, lost.retry_s) == (attempt, back_off(attempt))
            feed.now()
        store.answers.put(looks.a_frame())
        assert isinstance(next_of(told), Arrived)


def test_paused_it_does_not_look_and_then_it_does_at_once() -> None:
    with feeding(interval_s=0.01) as (feed, store, told):
        store.asked.get(timeout=PATIENCE_S)
        feed.pause()
        store.answers.put(looks.a_frame())
        next_of(told)
        assert store.asked.empty()
        feed.want(Wanted(detail="job_1"))  # somebody opens a job
        assert store.asked.get(timeout=PATIENCE_S) == Wanted(detail="job_1")
        store.answers.put(looks.a_frame())
        next_of(told)
        assert store.asked.empty()
        feed.go_on()
        store.asked.get(timeout=PATIENCE_S)


def test_it_ends_with_the_app_though_the_store_does_not_answer() -> None:
    store, told = Store(), queue.Queue[Message]()
    feed = Feed(store.look, told.put, LONG_S)
    feed.start()
    store.asked.get(timeout=PATIENCE_S)
    leaving = threading.Thread(target=feed.stop)
    leaving.start()
    assert feed._stopped.wait(PATIENCE_S)
    store.answers.put(looks.a_frame())
    leaving.join(PATIENCE_S)
    assert told.empty()  # nobody is told of it any more
