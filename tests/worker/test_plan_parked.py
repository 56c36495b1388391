"""What a run does while a provider is left alone, and what it shows of one."""

from dataclasses import replace
from typing import Final

import pytest

from plinthctl.domain.circuits import CircuitEvent, Health, Reason
from plinthctl.domain.failures import FailureClass
from plinthctl.domain.job import JobEvent
from plinthctl.domain.runs import Advance, Fail, PutBack
from plinthctl.domain.steps import StepStatus
from tests.worker.states import (
    DONE,
    GATHERING,
    NEWS,
    PROFILE,
    REVIEWS,
    RUNNING,
    SCRAPE,
    at,
    done,
    failed,
    state,
)
from worker import plan
from worker.plan import Moment

KEYS: Final = {"exa": "k1", "llm": "k2", "firecrawl": "k3", "g2": "k4"}
GATHERED: Final = dict.fromkeys(GATHERING, DONE)


def moment(**open_: Reason) -> Moment:
    return replace(at(), health=Health(KEYS, open_))


def test_a_step_whose_provider_is_left_alone_parks_the_job_once_nothing_runs() -> None:
    run = state({SCRAPE: RUNNING, NEWS: DONE, REVIEWS: DONE})
    move = plan.after(run, done(SCRAPE), moment(llm=Reason.AUTH_REFUSED))
    assert isinstance(move.change, PutBack)
    assert (move.change.event, move.change.parked) == (JobEvent.PARK, "llm:k2")
    assert move.change.ended is not None  # what was brought is stored
    assert move.over


def test_what_an_operator_holds_back_is_parked_under_any_key() -> None:
    run = state({SCRAPE: RUNNING, NEWS: DONE, REVIEWS: DONE})
    move = plan.after(run, done(SCRAPE), moment(llm=Reason.BY_HAND))
    assert isinstance(move.change, PutBack)
    assert move.change.parked == "llm:*"


def test_siblings_under_way_are_waited_for() -> None:
    run = state({SCRAPE: RUNNING, NEWS: RUNNING, REVIEWS: DONE})
    move = plan.after(run, done(NEWS), moment(llm=Reason.AUTH_REFUSED))
    assert isinstance(move.change, Advance)
    assert not move.over


def test_a_refused_key_fails_the_job_that_finds_out_and_tells() -> None:
    run = state({**GATHERED, PROFILE: RUNNING})
    end = failed(PROFILE, FailureClass.AUTH_FAILURE, provider="llm")
    move = plan.after(run, end, moment())
    assert isinstance(move.change, Fail)
    assert move.sign is not None
    assert (move.sign.event, move.sign.key) == (CircuitEvent.TRIP, "k2")


@pytest.mark.parametrize(
    "of", [FailureClass.AUTH_FAILURE, FailureClass.NETWORK_TIMEOUT], ids=["refused", "no answer"]
)
def test_a_probe_in_vain_charges_no_try_and_fails_nothing(of: FailureClass) -> None:
    run = state({**GATHERED, PROFILE: RUNNING}, probes=frozenset({"llm"}))
    move = plan.after(run, failed(PROFILE, of, provider="llm"), moment(llm=Reason.AUTH_REFUSED))
    assert isinstance(move.change, PutBack)
    assert (move.change.event, move.change.ended) == (JobEvent.PARK, None)
    assert move.sign is not None
    assert move.sign.event is CircuitEvent.REFUSED
    assert move.state.board[PROFILE].tries == 0


def test_a_probe_in_vain_beside_siblings_tells_at_once_and_parks_later() -> None:
    run = state({SCRAPE: RUNNING, NEWS: RUNNING, REVIEWS: DONE}, probes=frozenset({"firecrawl"}))
    end = failed(SCRAPE, FailureClass.AUTH_FAILURE, provider="firecrawl")
    move = plan.after(run, end, moment())
    assert isinstance(move.change, Advance)
    assert move.change.sign is not None
    assert move.state.board[SCRAPE].status is StepStatus.WAITING
    last = plan.after(move.state, done(NEWS), moment(firecrawl=Reason.AUTH_REFUSED))
    assert isinstance(last.change, PutBack)
    assert last.change.parked == "firecrawl:k3"


def test_an_answered_probe_goes_on_as_any_other() -> None:
    run = state({**GATHERED, PROFILE: RUNNING}, probes=frozenset({"llm"}))
    move = plan.after(run, done(PROFILE), moment(llm=Reason.AUTH_REFUSED))
    assert isinstance(move.change, Advance)
    assert move.change.starts == ("save-results",)
    assert move.sign is not None
    assert move.sign.event is CircuitEvent.ANSWERED
