"""Between two looks: who is told of a job shows what has become of it."""

import asyncio
import queue
from collections.abc import Sequence
from dataclasses import replace

import pytest
from textual.message import Message

from plinthctl.domain.job import JobStatus
from plinthctl.domain.views import JobView
from plinthctl.errors import BellUnavailable
from tests.tui import looks
from tests.tui.stage import shown
from tui.frame import Wanted
from tui.listener import Listener
from tui.messages import Moved
from tui.moving import REMEMBERED, heard_of, moved, remembered

PATIENCE_S = 20.0
FIRST = looks.busy().active[0]


def test_a_job_that_goes_on_is_shown_as_it_is_now() -> None:
    later = replace(FIRST, progress=90, event_seq=9)
    frame = moved(looks.a_frame(), [later])
    assert frame.snapshot.active[0] == later
    assert len(frame.snapshot.active) == len(looks.busy().active)


def test_older_news_change_nothing() -> None:
    assert moved(looks.a_frame(), [replace(FIRST, progress=1, event_seq=1)]) == looks.a_frame()


def test_a_job_that_has_ended_is_the_newest_of_the_ends() -> None:
    ended = looks.ended("7Q2K9M4T", FIRST.type, JobStatus.COMPLETED, 0, event_seq=9)
    look = moved(looks.a_frame(), [ended]).snapshot
    assert ended.id not in {job.id for job in look.active}
    assert look.recent[0] == ended


def test_a_job_that_has_left_is_remembered_for_whoever_has_the_cursor_on_it() -> None:
    known = remembered({}, looks.a_frame())
    assert FIRST.id in remembered(known, looks.a_frame(looks.idle()))
    many = tuple(looks.waiting(f"{n:08}", FIRST.type, 1) for n in range(REMEMBERED + 10))
    assert len(remembered(known, looks.a_frame(looks.busy(active=many)))) == REMEMBERED


def test_only_jobs_that_can_still_change_are_listened_to() -> None:
    ids = heard_of(looks.a_frame())
    assert ids == [job.id for job in looks.busy().active]


def test_what_is_told_is_seen_and_a_job_that_is_shown_whole_is_looked_at() -> None:
    async def play() -> tuple[str, list[str]]:
        async with shown(looks.a_frame()) as stage:
            await stage.tell(Moved((replace(FIRST, progress=99, event_seq=9),)))
            seen = stage.screen
            await stage.arrives(looks.a_frame(wanted=Wanted(detail=FIRST.id)))
            await stage.tell(Moved((replace(FIRST, event_seq=10),)))
            return seen, stage.feed.done

    seen, done = asyncio.run(play())
    assert " 99%" in seen
    assert "now" in done


class Bell:
    """A bell that says what a test makes it say."""

    def __init__(self) -> None:
        self.words: queue.Queue[frozenset[str] | None] = queue.Queue()
        self.about: queue.Queue[Sequence[str]] = queue.Queue()
        self.closed: queue.Queue[bool] = queue.Queue()

    def ear(self, ids: Sequence[str]) -> "Bell":
        self.about.put(ids)
        return self

    def wait(self, timeout_s: float) -> frozenset[str]:
        try:
            word = self.words.get(timeout=0.05)
        except queue.Empty:
            return frozenset()
        if word is None:
            raise BellUnavailable("gone")
        return word

    def close(self) -> None:
        self.closed.put(True)


class Store:
    """A store that has every job."""

    def jobs_by_ids(self, ids: Sequence[str]) -> tuple[JobView, ...]:
        return tuple(replace(FIRST, id=job_id) for job_id in ids)


@pytest.fixture
def bell() -> Bell:
    return Bell()


def test_it_listens_to_what_is_shown_and_tells_what_it_reads(bell: Bell) -> None:
    heard: queue.Queue[Message] = queue.Queue()
    listener = Listener(lambda: bell, Store, heard.put)
    listener.about(["a", "b"])
    listener.start()
    assert bell.about.get(timeout=PATIENCE_S) == ["a", "b"]
    bell.words.put(frozenset({"b"}))
    message = heard.get(timeout=PATIENCE_S)
    assert isinstance(message, Moved)
    assert [job.id for job in message.jobs] == ["b"]
    listener.about(["b", "c"])
    assert bell.closed.get(timeout=PATIENCE_S)
    assert bell.about.get(timeout=PATIENCE_S) == ["b", "c"]
    bell.words.put(None)  # it goes away: nobody is told, and nothing breaks
    assert bell.closed.get(timeout=PATIENCE_S)
    listener.stop()
    assert heard.empty()
