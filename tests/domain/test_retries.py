from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinthctl.domain import retries as rules
from plinthctl.domain.failures import Failure, FailureClass
from plinthctl.domain.retries import (
    MAX_TRIES,
    POLICIES,
    EndWithout,
    GiveUp,
    RetryPolicy,
    TryAgain,
    asked_wait_s,
    retry_delay_s,
)

C = FailureClass
ROLLS = st.floats(0, 1, exclude_max=True)
MIDDLE = 0.5  # the roll that leaves a back-off where it is
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

decide = partial(rules.decide, now=NOON)


def failure(failure_class: FailureClass, **more: object) -> Failure:
    told = {"provider": "exa", **more}
    return Failure(failure_class, "Exa is tired.", **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("failed_tries", "roll", "expected_s"),
    [
        pytest.param(1, 0.5, 2.0, id="first failure: 2 s, unmoved"),
        pytest.param(2, 0.5, 4.0, id="second failure: twice as long"),
        pytest.param(3, 0.0, 6.0, id="third failure: three quarters of 8 s"),
        pytest.param(9, 0.5, 30.0, id="past the cap: 30 s"),
        pytest.param(5000, 0.5, 30.0, id="far past every power of two: 30 s"),
    ],
)
def test_delay_is_the_capped_exponential_moved_by_a_quarter(
    failed_tries: int, roll: float, expected_s: float
) -> None:
    policy = RetryPolicy(retries=3, base_s=2.0, cap_s=30.0)
    assert retry_delay_s(failed_tries, policy, roll) == expected_s


@given(st.integers(1, 10_000), st.sampled_from(list(POLICIES.values())), ROLLS)
def test_no_delay_leaves_its_bounds(failed_tries: int, policy: RetryPolicy, roll: float) -> None:
    assert 0 <= retry_delay_s(failed_tries, policy, roll) <= 1.25 * policy.cap_s


def test_tries_count_from_1() -> None:
    with pytest.raises(ValueError, match="count from 1"):
        retry_delay_s(0, POLICIES[C.UNKNOWN], MIDDLE)


@pytest.mark.parametrize(
    ("failure_class", "retries"),
    [
        pytest.param(C.NETWORK_TIMEOUT, 3, id="a time-out is tried three times again"),
        pytest.param(C.RATE_LIMITED, 3, id="a limit on requests too"),
        pytest.param(C.PROVIDER_UNAVAILABLE, 3, id="a provider that is down too"),
        pytest.param(C.UNKNOWN, 3, id="what nobody knows too"),
        pytest.param(C.PARSE_ERROR, 1, id="an unreadable answer once"),
        pytest.param(C.INVALID_INPUT, 0, id="wrong input never"),
        pytest.param(C.AUTH_FAILURE, 0, id="a refused key never"),
        pytest.param(C.QUOTA_EXHAUSTED, 0, id="an empty budget never"),
        pytest.param(C.CONTENT_REFUSED, 0, id="refused content never"),
    ],
)
def test_each_class_is_retried_as_often_as_the_specification_says(
    failure_class: FailureClass, retries: int
) -> None:
    earlier: list[FailureClass] = []
    while isinstance(decide(failure(failure_class), earlier, degradable=False, roll=0), TryAgain):
        earlier.append(failure_class)
    assert len(earlier) == retries


@pytest.mark.parametrize("last", FailureClass)
def test_a_step_is_tried_four_times_at_most_whatever_the_classes(last: FailureClass) -> None:
    for earlier in product(FailureClass, repeat=MAX_TRIES - 1):
        decision = decide(failure(last), earlier, degradable=False, roll=MIDDLE)
        assert isinstance(decision, GiveUp)


@pytest.mark.parametrize(
    ("now", "earlier", "again"),
    [
        pytest.param(C.PARSE_ERROR, [], True, id="the first unreadable answer"),
        pytest.param(C.PARSE_ERROR, [C.PARSE_ERROR], False, id="the second"),
        pytest.param(C.PARSE_ERROR, [C.RATE_LIMITED], True, id="a limit before has its own count"),
        pytest.param(
            C.RATE_LIMITED, [C.PARSE_ERROR, C.RATE_LIMITED], True, id="budgets are per class"
        ),
        pytest.param(
            C.PARSE_ERROR,
            [C.PARSE_ERROR, C.RATE_LIMITED],
            False,
            id="a limit between does not give a budget back",
        ),
        pytest.param(
            C.RATE_LIMITED,
            [C.NETWORK_TIMEOUT, C.UNKNOWN, C.PARSE_ERROR],
            False,
            id="four tries are all",
        ),
        pytest.param(C.AUTH_FAILURE, [C.RATE_LIMITED], False, id="a final class ends at once"),
    ],
)
def test_budgets_are_per_class_within_four_tries(
    now: FailureClass, earlier: Sequence[FailureClass], again: bool
) -> None:
    decision = decide(failure(now), earlier, degradable=False, roll=MIDDLE)
    assert isinstance(decision, TryAgain) is again


@pytest.mark.parametrize(
    ("failed", "earlier", "expected_s"),
    [
        pytest.param(failure(C.RATE_LIMITED), [], 2.0, id="nothing asked: the back-off"),
        pytest.param(
            failure(C.RATE_LIMITED), [C.RATE_LIMITED], 4.0, id="the second of its class: doubled"
        ),
        pytest.param(
            failure(C.RATE_LIMITED), [C.UNKNOWN], 2.0, id="other classes do not lengthen it"
        ),
        pytest.param(failure(C.NETWORK_TIMEOUT), [], 1.0, id="a time-out starts at 1 s"),
        pytest.param(failure(C.PARSE_ERROR), [], 0.0, id="an unreadable answer: at once"),
        pytest.param(
            failure(C.RATE_LIMITED, retry_after_s=12.0), [], 12.0, id="asked for longer: so long"
        ),
        pytest.param(
            failure(C.RATE_LIMITED, retry_after_s=1.0), [], 2.0, id="asked for less: the back-off"
        ),
        pytest.param(
            failure(C.RATE_LIMITED, retry_after_s=-5.0), [], 2.0, id="a time gone by: the back-off"
        ),
        pytest.param(
            failure(C.RATE_LIMITED, retry_after_s=120.0), [], 120.0, id="two minutes are waited"
        ),
        pytest.param(failure(C.RATE_LIMITED, provider="g2"), [], 60.0, id="G2 blocks for a minute"),
        pytest.param(
            failure(C.RATE_LIMITED, provider="g2", retry_after_s=5.0),
            [],
            5.0,
            id="G2 that says how long is believed",
        ),
        pytest.param(
            failure(C.PROVIDER_UNAVAILABLE, provider="g2"), [], 1.0, id="G2 down is just down"
        ),
    ],
)
def test_the_next_try_waits_for_the_longer_of_what_we_and_they_want(
    failed: Failure, earlier: Sequence[FailureClass], expected_s: float
) -> None:
    assert decide(failed, earlier, degradable=False, roll=MIDDLE) == TryAgain(expected_s)


@given(st.sampled_from(FailureClass), st.floats(0, 120), ROLLS)
def test_nobody_is_called_before_the_time_they_asked_for(
    failure_class: FailureClass, asked_s: float, roll: float
) -> None:
    failed = failure(failure_class, retry_after_s=asked_s)
    decision = decide(failed, [], degradable=False, roll=roll)
    assert not isinstance(decision, TryAgain) or decision.wait_s >= asked_s


def test_longer_than_two_minutes_is_not_waited_for() -> None:
    failed = failure(C.RATE_LIMITED, retry_after_s=3600.0)
    decision = decide(failed, [C.UNKNOWN], degradable=False, roll=MIDDLE)
    assert isinstance(decision, GiveUp)
    told = "Exa asks to wait 3600 s; try again after 2026-03-01 13:00 UTC."
    assert (decision.message, decision.retries) == (f"Failed after 1 retry: {told}", 1)
    assert decision.failure == replace(failed, message=told)


def test_a_wait_past_every_calendar_is_said_without_a_time() -> None:
    failed = failure(C.RATE_LIMITED, retry_after_s=1e12)
    decision = decide(failed, [], degradable=False, roll=MIDDLE)
    assert isinstance(decision, GiveUp)
    assert decision.message == "Exa asks to wait 1000000000000 s."


@pytest.mark.parametrize(
    ("failed", "earlier", "ends_without"),
    [
        pytest.param(failure(C.RATE_LIMITED), [], False, id="a first failure is tried again"),
        pytest.param(failure(C.RATE_LIMITED), [C.RATE_LIMITED] * 3, True, id="retries used up"),
        pytest.param(failure(C.PARSE_ERROR), [C.PARSE_ERROR], True, id="its one retry used up"),
        pytest.param(failure(C.QUOTA_EXHAUSTED), [], True, id="not in the plan"),
        pytest.param(failure(C.CONTENT_REFUSED), [], True, id="refused"),
        pytest.param(failure(C.AUTH_FAILURE), [], False, id="a refused key is a mistake of ours"),
        pytest.param(failure(C.AUTH_FAILURE, may_degrade=True), [], True, id="no key configured"),
        pytest.param(failure(C.INVALID_INPUT), [], False, id="wrong input is no gap"),
        pytest.param(failure(C.INVALID_INPUT, may_degrade=True), [], True, id="nothing to find"),
        pytest.param(
            failure(C.RATE_LIMITED, retry_after_s=3600), [], True, id="a wait that is too long"
        ),
    ],
)
def test_a_step_that_may_ends_without_its_data(
    failed: Failure, earlier: Sequence[FailureClass], ends_without: bool
) -> None:
    decision = decide(failed, earlier, degradable=True, roll=MIDDLE)
    assert isinstance(decision, EndWithout) is ends_without


@given(
    st.sampled_from(FailureClass),
    st.lists(st.sampled_from(FailureClass), max_size=3),
    st.booleans(),
)
def test_an_essential_step_never_ends_without_its_data(
    failure_class: FailureClass, earlier: list[FailureClass], may_degrade: bool
) -> None:
    failed = failure(failure_class, may_degrade=may_degrade)
    assert not isinstance(decide(failed, earlier, degradable=False, roll=MIDDLE), EndWithout)


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        pytest.param([], "Exa is tired.", id="no retry: just the message"),
        pytest.param([C.UNKNOWN], "Failed after 1 retry: Exa is tired.", id="one retry"),
        pytest.param([C.UNKNOWN] * 3, "Failed after 3 retries: Exa is tired.", id="three"),
    ],
)
def test_the_last_error_says_how_often_it_was_tried(
    earlier: Sequence[FailureClass], expected: str
) -> None:
    failed = failure(C.INVALID_INPUT)
    decision = decide(failed, earlier, degradable=False, roll=MIDDLE)
    assert decision == GiveUp(expected, len(earlier), failed)


def test_configured_numbers_of_retries_count() -> None:
    never = {**POLICIES, C.UNKNOWN: RetryPolicy(0)}
    decision = decide(failure(C.UNKNOWN), [], degradable=False, roll=MIDDLE, policies=never)
    assert isinstance(decision, GiveUp)


def test_who_says_nothing_asks_for_nothing() -> None:
    assert asked_wait_s(failure(C.RATE_LIMITED, provider="exa")) is None
