"""A worker that is killed while a step is open loses nothing and repeats only that step."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from plinthctl.domain.reaping import RUNS_WATCHED_FOR_S
from plinthctl.domain.steps import StepStatus
from plinthctl.domain.views import JobDetail
from plinthctl.store.turnstile import Turnstile
from tests.e2e.program import Program, wait_for
from worker.simulator.control import SimulatorControl
from worker.simulator.journal import Journal

PROVIDER = {
    "scrape-website": "firecrawl",
    "search-news": "exa",
    "get-reviews": "g2",
    "generate-profile": "llm",
}


@pytest.mark.parametrize("step", PROVIDER)
def test_a_kill_while_a_provider_is_asked_repeats_that_call_at_most_once(
    program: Program, control: SimulatorControl, journal: Journal, step: str
) -> None:
    control.hold(PROVIDER[step])
    job_id = program.submit()
    with program.worker() as first:
        journal.wait_for(lambda seen: [c for c in seen.of_step(job_id, step) if c.open])
        _wait_until_siblings_are_stored(program, job_id, step)
        first.kill()
        first.wait()
    control.release()
    with program.worker("--burst"):
        done = program.ended(job_id)
    _assert_completed_once(done)
    _assert_calls(journal, job_id, interrupted=step)


def test_a_kill_while_the_results_are_saved_saves_them_once(
    program: Program, control: SimulatorControl, journal: Journal
) -> None:
    control.hold("llm")
    job_id = program.submit()
    with program.afresh.worker() as first:
        journal.wait_for(
            lambda seen: [c for c in seen.of_step(job_id, "generate-profile") if c.open]
        )
        with _saving_blocked(program, control, job_id):
            assert _state(program, job_id, "save-results") is StepStatus.RUNNING
            first.kill()
            first.wait()
    assert _state(program, job_id, "generate-profile") is StepStatus.DONE
    with program.worker("--burst"):
        done = program.ended(job_id)
    _assert_completed_once(done)
    _assert_calls(journal, job_id, interrupted=None)


def _wait_until_siblings_are_stored(program: Program, job_id: str, step: str) -> None:
    """The gathering steps that are not held: stored, so that the kill cannot hit them."""
    others = {"scrape-website", "search-news", "get-reviews"} - {step}
    wait_for(
        lambda: all(_state(program, job_id, other) is StepStatus.DONE for other in others),
        "the other steps are stored",
    )


def _state(program: Program, job_id: str, step: str) -> StepStatus:
    return next(s.status for s in program.detail(job_id).steps if s.name == step)


@contextmanager
def _saving_blocked(program: Program, control: SimulatorControl, job_id: str) -> Iterator[None]:
    """While this holds, the step save-results has begun and cannot end."""
    if program.store_url.startswith("sqlite"):
        with _turn_taken_between_two_writes(program, control, job_id):
            yield
    else:
        with _results_locked(program, control, job_id):
            yield


@contextmanager
def _turn_taken_between_two_writes(
    program: Program, control: SimulatorControl, job_id: str
) -> Iterator[None]:
    # Writers take turns, and this one always stands in the queue: it gets the
    # turn between the write that starts the step and the write that ends it.
    turnstile = Turnstile(Path(make_url(program.store_url).database or ""))
    released = False
    try:
        while True:
            with turnstile:
                if _state(program, job_id, "save-results") is StepStatus.RUNNING:
                    yield
                    return
            if not released:
                control.release("llm")
                released = True
    finally:
        turnstile.close()


@contextmanager
def _results_locked(program: Program, control: SimulatorControl, job_id: str) -> Iterator[None]:
    url = make_url(program.store_url).set(drivername="postgresql+psycopg")
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(text("LOCK TABLE competitor_profiles IN EXCLUSIVE MODE"))
        control.release("llm")
        wait_for(
            lambda: _state(program, job_id, "save-results") is StepStatus.RUNNING,
            "save-results has begun",
        )
        yield
    engine.dispose()


def _assert_completed_once(done: JobDetail) -> None:
    assert done.job.status == "completed", done.job.error
    assert len(done.results) == 1
    assert [e.kind for e in done.events].count("completed") == 1
    assert [e.seq for e in done.events] == list(range(1, len(done.events) + 1))


def _assert_calls(journal: Journal, job_id: str, *, interrupted: str | None) -> None:
    """By the journal: a stored step asked once for each thing, the interrupted
    one at most twice."""
    for step in PROVIDER:
        asked = [
            (call.method, call.path.partition("?")[0]) for call in journal.of_step(job_id, step)
        ]
        most = max(asked.count(one) for one in asked)
        assert most <= (2 if step == interrupted else 1), (step, asked)


def test_a_reap_gives_back_what_a_killed_worker_held_at_once(
    program: Program, control: SimulatorControl, journal: Journal
) -> None:
    control.hold("llm")
    job_id = program.submit()
    with program.worker() as killed:
        journal.wait_for(
            lambda seen: [c for c in seen.of_step(job_id, "generate-profile") if c.open]
        )
        killed.kill()
        killed.wait()
    control.release()
    reaped = json.loads(program.run("reap", "-o", "json").stdout)
    assert (reaped["requeued"], reaped["recovered"]["jobs"]) == (1, [job_id])
    assert reaped["took_s"] < RUNS_WATCHED_FOR_S
    assert program.detail(job_id).job.status == "pending"
    with program.worker("--burst"):
        _assert_completed_once(program.ended(job_id))
