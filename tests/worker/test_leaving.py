"""Whether a worker is to go, how soon, and with which exit code."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from plinthctl.errors import ExitCode
from plinthctl.store import Store
from tests.worker.states import TYPE
from worker.calls import StoreCalls
from worker.chores import Roller
from worker.leaving import Leaving
from worker.post import Description, Post
from worker.runner import Runner
from worker.runs import Runs


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param([], (False, False, ExitCode.OK), id="nothing said: it stays"),
        pytest.param([Leaving.ask], (True, False, ExitCode.OK), id="asked once: it drains"),
        pytest.param([Leaving.ask] * 2, (True, True, ExitCode.OK), id="asked twice: at once"),
        pytest.param(
            [Leaving.when_done] * 2, (True, False, ExitCode.OK), id="nothing left, said twice"
        ),
        pytest.param(
            [Leaving.when_done, Leaving.ask],
            (True, True, ExitCode.OK),
            id="asked while it already drains: at once",
        ),
        pytest.param(
            [Leaving.break_off],
            (True, True, ExitCode.STOPPED_ITSELF),
            id="broken: at once, and its exit code says so",
        ),
    ],
)
def test_how_a_worker_goes(
    said: Sequence[Callable[[Leaving], None]], expected: tuple[bool, bool, ExitCode]
) -> None:
    leaving = Leaving()
    for say in said:
        say(leaving)
    assert (leaving.asked.is_set(), leaving.at_once.is_set(), leaving.code) == expected


def test_a_worker_that_was_retired_and_not_taken_back_has_nothing_to_give_back(
    store: Store, tmp_path: Path
) -> None:
    async def leave() -> tuple[bool, bool]:
        post = Post(calls, Description(None, (TYPE,), 1, tmp_path))
        await post.take()
        on_duty = post.taken
        post.lose()
        await Roller(calls, post, Runs(1, _no_runner), lambda: False, lambda: False).give_back_all()
        return on_duty, post.taken

    calls = StoreCalls(store, 1)
    assert asyncio.run(leave()) == (True, False)
    assert list((tmp_path / "workers").iterdir()) == []
    calls.close()


def _no_runner(_: object) -> Runner:
    raise AssertionError("nothing runs here")
