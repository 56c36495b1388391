"""Three steps at once, every way of ending, every way of being interrupted.

The real runner over the real store; Hypothesis writes the scripts.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.views import JobDetail, StepView
from plinthctl.store import Store
from tests.chaos.histories import detail_of, ended_once, is_dense, kinds
from tests.chaos.length import SCRIPTS
from tests.chaos.play import Act, Cancel, End, Lose, Play, Release
from tests.chaos.three_steps import (
    RETRIES,
    THREE_STEPS,
    TRIES_AT_MOST,
    CountingCalls,
    Expected,
    Outcome,
)
from tests.stores import a_worker

STORED: Final = {"step_done", "step_degraded"}
ENDS = st.builds(End, st.integers(0, 2), st.sampled_from(Outcome))
ACTS: st.SearchStrategy[Act] = st.one_of(
    ENDS,
    ENDS,
    st.builds(Cancel, st.booleans()),
    st.builds(Release, st.none() | ENDS, st.booleans()),
    st.builds(Lose, st.booleans()),
)


def _is_as_expected(found: JobDetail, expected: Expected) -> None:
    assert found.job.status is expected.status
    if expected.cancel_asked:
        assert kinds(found)[-1] == "cancelled"
    is_dense(found)
    ended_once(found)
    _is_stored_once(found, expected)
    for step in found.steps:
        _kept_its_budget(step, expected)


def _is_stored_once(found: JobDetail, expected: Expected) -> None:
    stored = Counter(one.data["step"] for one in found.events if one.kind in STORED)
    assert set(stored.values()) <= {1}
    statuses = {step.name: step.status.value for step in found.steps}
    assert expected.stored.items() <= statuses.items()


def _kept_its_budget(step: StepView, expected: Expected) -> None:
    failed = [one.failure_class for one in step.history if one.failure_class]
    assert failed == expected.failures[step.name]
    assert [one.number for one in step.history] == list(range(1, len(step.history) + 1))
    assert len(step.history) <= TRIES_AT_MOST
    for failure_class, times in Counter(expected.failures[step.name]).items():
        assert times <= RETRIES[failure_class] + 1


@pytest.fixture
def new_play(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Play]]:
    monkeypatch.setitem(JOB_TYPES, THREE_STEPS.name, THREE_STEPS)
    worker = a_worker(types=(THREE_STEPS.name,))
    store.register(worker)
    calls = CountingCalls(store, threads=2)
    yield partial(Play, store, calls, worker.id)
    calls.close()


@settings(max_examples=SCRIPTS, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=st.lists(ACTS, max_size=14))
@example(script=[End(0, Outcome.RETRY_LATER), End(0, Outcome.OK), End(0, Outcome.OK)])
@example(script=[End(1, Outcome.DEGRADE), End(1, Outcome.OK), Cancel(told=False)])
@example(script=[Lose(late=True), Lose(late=False), Lose(late=True)])
@example(script=[Release(End(0, Outcome.RETRY_AT_ONCE), stubborn=True)])
@example(script=[Cancel(told=False), End(0, Outcome.FINAL)])
def test_three_steps_at_once_keep_every_promise(
    new_play: Callable[[], Play], store: Store, script: list[Act]
) -> None:
    play = new_play()
    asyncio.run(play.to_its_end(script))
    _is_as_expected(detail_of(store, play.job_id), play.expected)
