"""What is asked for hits the job under the cursor when the key was pressed, whatever a
refresh, a sort or a removal did before and does after."""

import asyncio
import random
from dataclasses import replace

import pytest

from plinthctl.domain.ids import short
from plinthctl.domain.job import JobStatus
from plinthctl.domain.views import JobView
from tests.tui import looks
from tests.tui.stage import Stage, shown
from tui.actions import Action, Cancel, Retry
from tui.cursor import GONE_FOR, Cursor
from tui.messages import Arrived
from tui.questions import Question
from tui.widgets.table import Table

ROUNDS = 500
KEYS = ("a", "b", "c", "d")


@pytest.mark.parametrize(
    ("after", "on", "seen"),
    [
        pytest.param(("a", "b", "c", "d"), "b", ("a", "b", "c", "d"), id="nothing has changed"),
        pytest.param(("d", "c", "b", "a"), "b", ("d", "c", "b", "a"), id="sorted the other way"),
        pytest.param(("x", "a", "b"), "b", ("x", "a", "b"), id="a new row before it"),
        pytest.param(("b",), "b", ("b",), id="all others have gone"),
        pytest.param(("a", "c", "d"), "b", ("a", "b", "c", "d"), id="its own row has gone"),
        pytest.param((), "b", ("b",), id="all rows have gone"),
    ],
)
def test_a_cursor_stays_on_its_row(after: tuple[str, ...], on: str, seen: tuple[str, ...]) -> None:
    cursor = Cursor().after(KEYS).on("b").after(after)
    assert (cursor.key, cursor.keys) == (on, seen)


def test_a_row_that_has_gone_leaves_with_the_cursor() -> None:
    cursor = Cursor().after(KEYS).on("b").after(("a", "c", "d"))
    assert cursor.gone == {"b"}
    assert cursor.moved(1) == Cursor(("a", "c", "d"), "c", held=True)


def test_a_row_that_has_gone_is_not_kept_for_ever() -> None:
    cursor = Cursor().after(KEYS).on("b")
    for _ in range(GONE_FOR):
        cursor = cursor.after(("a", "c", "d"))
        assert cursor.key == "b"
    assert cursor.after(("a", "c", "d")) == Cursor(("a", "c", "d"), "c")


def test_a_cursor_that_nobody_has_moved_is_on_the_first_row() -> None:
    assert Cursor().after(KEYS).after(("x", *KEYS)).key == "x"
    assert Cursor().after(()).key is None


def test_cancel_and_retry_hit_the_job_under_the_cursor_in_500_rounds() -> None:
    async def play() -> int:
        async with shown(looks.a_frame()) as stage:
            stage.app.list_jobs()
            await stage.pilot.pause()
            game = Game(stage, random.Random(7))
            for _ in range(ROUNDS):
                game.play_a_round()
            return game.hits

    assert asyncio.run(play()) > ROUNDS // 3


class Game:
    """Frames, moves and keys at random. What must be hit is known by itself: the job of
    the last row that somebody has put the cursor on."""

    def __init__(self, stage: Stage, dice: random.Random) -> None:
        self.stage = stage
        self.dice = dice
        self.number = 0
        self.hits = 0
        self.jobs: list[JobView] = []
        self.asked: list[tuple[str, Action]] = []
        stage.app.confirmed = self._confirmed  # type: ignore[method-assign]
        for _ in range(12):
            self._new_job()
        self._refresh()

    def play_a_round(self) -> None:
        """Refresh, put the cursor somewhere, refresh, press a key, refresh."""
        self._refresh()
        table = self.stage.app.screen.query_one(Table)
        table.action_move(self.dice.choice([-7, -1, 1, 5]))
        wanted = table.cursor_key
        assert wanted is not None
        known = next(job for job in self._ever if job.id == wanted)
        for _ in range(self.dice.randint(0, GONE_FOR - 1)):
            self._refresh()
        self.asked.clear()
        act = self.stage.app.action_retry if known.ended else self.stage.app.action_cancel
        act()
        self._refresh()
        expected = Retry((wanted,)) if known.ended else Cancel((wanted,))
        assert [action for _, action in self.asked] == [expected]
        assert all(short(wanted) in title for title, _ in self.asked if title)
        self.hits += 1

    @property
    def _ever(self) -> list[JobView]:
        return list(self.stage.app._jobs.values())

    def _confirmed(self, question: Question | None, action: Action) -> None:
        self.asked.append((question.title if question else "", action))

    def _refresh(self) -> None:
        """Rows are sorted otherwise, come and go."""
        if self.dice.random() < 0.6:
            self.dice.shuffle(self.jobs)
        del self.jobs[self.dice.randint(4, 16) :]
        for _ in range(self.dice.randint(0, 6)):
            self._new_job()
        wanted = self.stage.feed.wanted.jobs
        assert wanted is not None
        self.stage.app.on_arrived(Arrived(looks.a_page(wanted, *self.jobs), 2.0))

    def _new_job(self) -> None:
        self.number += 1
        tail, kind = f"{self.number:08}", looks.TYPES[self.number % 4]
        if self.dice.random() < 0.5:
            self.jobs.insert(0, looks.running(tail, kind, 50, 30, "Analyzing data…"))
        else:
            self.jobs.insert(0, looks.ended(tail, kind, JobStatus.FAILED, 30, error="no"))


def test_the_question_names_the_job_that_the_cursor_was_on() -> None:
    """Acceptance check 2 of UX.md: select X, let refreshes sort and remove, press c."""

    async def play() -> tuple[str, list[Action]]:
        async with shown(looks.a_frame()) as stage:
            await stage.press("j", "j", "j")
            look = looks.busy()
            others = tuple(reversed([job for job in look.active if job.progress != 40]))
            await stage.arrives(looks.a_frame(replace(look, active=others)))
            await stage.press("c")
            asked = stage.screen
            await stage.arrives(looks.a_frame(replace(look, active=())))
            await stage.press("y")
            return asked, stage.hands.asked

    asked, done = asyncio.run(play())
    assert "Cancel 7Q2KD9PZ?" in asked
    assert done == [Cancel((looks.job_id("7Q2KD9PZ"),))]


def test_enter_twice_does_nothing() -> None:
    async def play() -> list[Action]:
        async with shown(looks.a_frame()) as stage:
            await stage.press("c", "enter", "c", "escape")
            return stage.hands.asked

    assert asyncio.run(play()) == []


def test_marked_jobs_are_steered_together_and_counted_first() -> None:
    async def play() -> tuple[str, list[Action]]:
        async with shown(looks.a_frame()) as stage:
            stage.app.list_jobs()
            await stage.pilot.pause()
            wanted = stage.feed.wanted.jobs
            assert wanted is not None
            await stage.arrives(looks.a_page(wanted, *looks.busy().active, *looks.busy().recent))
            await stage.press("space", "space", "G", "space", "c")
            asked = stage.screen
            await stage.press("y")
            return asked, stage.hands.asked

    asked, done = asyncio.run(play())
    assert "Cancel 2 jobs?" in asked  # the third has ended
    ids = (looks.job_id("7Q2K9M4T"), looks.job_id("7Q2KB8X1"))
    assert done == [Cancel(ids)]
