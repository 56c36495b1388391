"""When a provider is left alone, who asks it again, and what a try shows of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Final

import pytest

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.circuits import (
    ANY_KEY,
    HELD_FOR,
    PROBE_MAY_TAKE,
    Candidate,
    Circuit,
    CircuitEvent,
    CircuitRules,
    CircuitState,
    Health,
    Reason,
    after,
    counts,
    digest,
    needing,
    probe_wait_s,
    sift,
    sign_of,
    too_many_fail,
)
from plinthctl.domain.failures import Failure, FailureClass
from plinthctl.domain.steps import StepState, StepStatus

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
CLOSED, OPEN, HALF = CircuitState.CLOSED, CircuitState.OPEN, CircuitState.HALF_OPEN
STEPS: Final = {name: one.steps for name, one in JOB_TYPES.items()}
KEYS: Final = {"exa": "k1", "llm": "k2", "g2": "k3"}
HEALTH: Final = Health(KEYS)
NEWS = next(step for step in STEPS["competitor_analysis"] if step.name == "search-news")
PROFILE = next(step for step in STEPS["competitor_analysis"] if step.name == "generate-profile")

MOVES: Final = {
    (CLOSED, CircuitEvent.TRIP): OPEN,
    (CLOSED, CircuitEvent.OPEN_BY_HAND): OPEN,
    (OPEN, CircuitEvent.PROBE): HALF,
    (OPEN, CircuitEvent.OPEN_BY_HAND): OPEN,
    (OPEN, CircuitEvent.CLOSE_BY_HAND): CLOSED,
    (HALF, CircuitEvent.PROBE): HALF,
    (HALF, CircuitEvent.ANSWERED): CLOSED,
    (HALF, CircuitEvent.REFUSED): OPEN,
    (HALF, CircuitEvent.OPEN_BY_HAND): OPEN,
    (HALF, CircuitEvent.CLOSE_BY_HAND): CLOSED,
}


@pytest.mark.parametrize(("state", "event"), list(product(CircuitState, CircuitEvent)))
def test_a_circuit_moves_by_its_table_and_what_comes_too_late_changes_nothing(
    state: CircuitState, event: CircuitEvent
) -> None:
    assert after(state, event) is MOVES.get((state, event))


@pytest.mark.parametrize(
    ("refused", "expected_s"),
    [
        pytest.param(0, 30.0, id="the first probe: after 30 s"),
        pytest.param(2, 120.0, id="two in vain: 30 s doubled twice"),
        pytest.param(4, 300.0, id="past the cap: 5 minutes"),
        pytest.param(5_000, 300.0, id="after a month of them: no overflow"),
    ],
)
def test_probes_back_off_up_to_a_cap(refused: int, expected_s: float) -> None:
    assert probe_wait_s(refused, CircuitRules()) == expected_s


@pytest.mark.parametrize(
    ("tries", "failed", "expected"),
    [
        pytest.param(20, 11, True, id="more than half of enough tries"),
        pytest.param(20, 10, False, id="just half"),
        pytest.param(19, 19, False, id="all, but too few"),
    ],
)
def test_a_rate_opens_above_its_threshold_with_a_minimum_sample(
    tries: int, failed: int, expected: bool
) -> None:
    assert too_many_fail(tries, failed, CircuitRules()) is expected


def test_a_key_is_known_by_a_digest_that_each_store_salts() -> None:
    one = digest("sk-secret", "store-1")
    assert one == digest("sk-secret", "store-1")
    assert len({one, digest("sk-secret", "store-2"), digest("sk-other", "store-1")}) == 3
    assert "secret" not in one


# -- what a try shows -------------------------------------------------------------------------


def failure(of: FailureClass) -> Failure:
    return Failure(of, "No.", "llm")


REFUSED = failure(FailureClass.AUTH_FAILURE)
GONE = failure(FailureClass.QUOTA_EXHAUSTED)
AWAY = failure(FailureClass.PROVIDER_UNAVAILABLE)
FAILING = Health(KEYS, failing=frozenset(KEYS))


@pytest.mark.parametrize(
    ("found", "health", "expected"),
    [
        pytest.param(REFUSED, HEALTH, Reason.AUTH_REFUSED, id="the key is refused"),
        pytest.param(GONE, HEALTH, Reason.QUOTA_GONE, id="the budget is gone"),
        pytest.param(AWAY, FAILING, Reason.ERROR_RATE, id="one more of too many"),
        pytest.param(AWAY, HEALTH, None, id="one of few"),
        pytest.param(None, FAILING, None, id="it succeeded"),
        pytest.param(replace(REFUSED, provider="direct"), HEALTH, None, id="another refused"),
        pytest.param(replace(REFUSED, may_degrade=True), HEALTH, None, id="not in the plan"),
        pytest.param(REFUSED, Health(), None, id="there is no key"),
        pytest.param(failure(FailureClass.RATE_LIMITED), FAILING, None, id="only too fast"),
    ],
)
def test_a_try_trips_its_circuit(
    found: Failure | None, health: Health, expected: Reason | None
) -> None:
    sign = sign_of(found, "llm", PROFILE, health, probes=False)
    assert (sign.reason if sign else None) is expected
    assert sign is None or sign.event is CircuitEvent.TRIP


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(None, CircuitEvent.ANSWERED, id="a result"),
        pytest.param(failure(FailureClass.PARSE_ERROR), CircuitEvent.ANSWERED, id="nonsense"),
        pytest.param(failure(FailureClass.RATE_LIMITED), CircuitEvent.ANSWERED, id="too fast"),
        pytest.param(REFUSED, CircuitEvent.REFUSED, id="the key is refused"),
        pytest.param(AWAY, CircuitEvent.REFUSED, id="it is still away"),
        pytest.param(failure(FailureClass.UNKNOWN), None, id="a fault of ours says nothing"),
        pytest.param(replace(AWAY, provider="direct"), None, id="another says nothing"),
    ],
)
def test_a_probe_is_answered_or_refused(
    found: Failure | None, expected: CircuitEvent | None
) -> None:
    sign = sign_of(found, "llm", PROFILE, HEALTH, probes=True)
    assert (sign.event if sign else None) is expected


def test_a_step_that_may_end_without_its_data_trips_nothing_but_by_a_refused_key() -> None:
    gone, refused = replace(GONE, provider="exa"), replace(REFUSED, provider="exa")
    assert sign_of(gone, "exa", NEWS, FAILING, probes=False) is None
    assert sign_of(refused, "exa", NEWS, HEALTH, probes=False) is not None


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(None, False, id="a success"),
        pytest.param(AWAY, True, id="a failure of the provider"),
        pytest.param(failure(FailureClass.CONTENT_REFUSED), False, id="it answered"),
        pytest.param(failure(FailureClass.UNKNOWN), None, id="unknown says nothing"),
    ],
)
def test_what_counts_for_the_rate(found: Failure | None, expected: bool | None) -> None:
    assert counts(found, "llm") is expected


@pytest.mark.parametrize(
    ("reason", "step", "expected"),
    [
        pytest.param(Reason.QUOTA_GONE, "search-news", False, id="it goes without, as always"),
        pytest.param(Reason.AUTH_REFUSED, "search-news", True, id="it would fail the job"),
        pytest.param(Reason.BY_HAND, "search-news", True, id="an operator wants no requests"),
        pytest.param(Reason.QUOTA_GONE, "scrape-website", False, id="it asks somebody else"),
    ],
)
def test_an_open_circuit_holds_a_step_back(reason: Reason, step: str, expected: bool) -> None:
    spec = next(one for one in STEPS["competitor_analysis"] if one.name == step)
    health = Health(KEYS, {"exa": reason})
    assert health.holds("competitor_analysis", spec) is expected
    assert not health.without({"exa"}).holds("competitor_analysis", spec)


# -- who goes on ------------------------------------------------------------------------------

EXA = Circuit("exa", "k1", OPEN, Reason.AUTH_REFUSED, "No.", NOON, NOON + timedelta(seconds=30))
DUE = replace(EXA, probe_at=NOON)
HELD = replace(EXA, key=ANY_KEY, reason=Reason.BY_HAND, probe_at=None)


def evidence(*names: str) -> list[Candidate]:
    return [Candidate(name, "evidence_search", {}) for name in names]


def test_who_needs_no_open_circuit_goes_on_and_the_rest_is_parked() -> None:
    brief = Candidate("b", "brief_generation", {})
    done = {"search-sources": StepState(StepStatus.DONE)}
    past = Candidate("c", "evidence_search", done)
    found = sift([*evidence("a"), brief, past], STEPS, [EXA], NOON)
    assert (found.claimed, found.probes) == (("b", "c"), {})
    assert found.parked == {"a": EXA}


def test_one_job_probes_and_the_others_wait_for_it() -> None:
    found = sift(evidence("a", "b", "c"), STEPS, [DUE], NOON)
    assert (found.claimed, found.probes) == (("a",), {"a": (DUE,)})
    assert {one.probe_at for one in found.parked.values()} == {NOON + PROBE_MAY_TAKE}


def test_what_is_held_by_hand_is_never_probed() -> None:
    late = NOON + timedelta(days=30)
    found = sift(evidence("a"), STEPS, [HELD], late)
    assert found.claimed == ()
    assert HELD.looks_again_at(late) == late + HELD_FOR


def test_a_circuit_is_about_its_own_key_and_by_hand_about_every() -> None:
    closed = replace(EXA, state=CLOSED)
    assert needing([EXA, HELD, closed], {"exa": "k1"}) == (EXA, HELD)
    assert needing([EXA, HELD, closed], {"exa": "other"}) == (HELD,)
    assert needing([EXA, HELD, closed], {}) == (HELD,)
